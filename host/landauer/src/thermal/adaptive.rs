//! Adaptive integration: which panels are to be solved, until the error is small enough.

use std::collections::BTreeMap;

use super::panels::{Interval, MAX_LEVEL, NODES, Panel, Sums};
use super::window::{COMPONENTS, Components, Window};

/// T at the nodes of those panels of a strip that are solved.
pub(super) type Known = BTreeMap<Panel, [f64; NODES]>;

/// Panels that have not been solved are not wider than this, in units of the window's [scale](Window::scale), before
/// they are: nodes are a seventh of kT apart.
const MAX_WIDTH: f64 = 2.0;

/// Nor are they wider than so many mean spacings between the strip's levels, 8 t/(L W): that is three nodes for each,
/// lest a resonance goes unseen between two.
const MAX_LEVELS: f64 = 5.0;

/// But in a large strip not narrower than this part of the scale, for that.
const MIN_PART: f64 = 8.0;

/// Each round takes care of those panels without which this part of the error is left, or half of what is allowed.
const PART_LEFT: f64 = 1e-3;

/// When an integral is good enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tolerance {
    /// In the integral's unit, G0.
    pub(super) absolute: f64,
    /// As a part of the first component.
    pub(super) relative: f64,
    /// Energies that may be solved for it.
    pub(super) max_solves: u64,
}

/// An integral on its way.
#[derive(Debug)]
pub(super) struct Integral {
    window: Window,
    tolerance: Tolerance,
    widest: f64,
    pieces: Vec<Piece>,
    /// Panels that were solved for it.
    solved: u64,
}

/// A panel and what is known of the integral over it.
#[derive(Debug, Clone, Copy)]
struct Piece {
    panel: Panel,
    modes: usize,
    state: State,
    sums: Sums,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but that T is between 0 and the number of modes.
    Bounded,
    /// Its solution is asked for.
    Asked,
    Solved,
}

/// What comes next.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// These panels must be solved, unless they are.
    Solve(Vec<Panel>),
    /// The error is as small as it should be.
    Done(Sums),
    /// It is not, and no more energies may be solved, or none are left between.
    Failed {
        /// What was reached.
        error: f64,
        /// What was asked for.
        tolerance: f64,
        /// Energies that were solved for it.
        solves: u64,
    },
}

impl Piece {
    fn bounded(panel: Panel, modes: usize, window: Window) -> Self {
        let bounds = window.bounds(panel.ends());
        Self {
            panel,
            modes,
            state: State::Bounded,
            sums: Sums {
                values: [0.0; COMPONENTS],
                errors: bounds.map(|bound| bound * modes as f64),
            },
        }
    }

    fn width(&self) -> f64 {
        let [from, to] = self.panel.ends();
        to - from
    }
}

impl Integral {
    /// Over these intervals, for strips of so many sites.
    pub(super) fn new(
        window: Window,
        intervals: &[Interval],
        sites: usize,
        tolerance: Tolerance,
    ) -> Self {
        let scale = window.scale();
        let levels = MAX_LEVELS * 8.0 / sites as f64;
        let pieces = intervals
            .iter()
            .map(|&interval| Piece::bounded(Panel::of(interval), interval.modes, window));
        Self {
            window,
            tolerance,
            widest: levels.max(scale / MIN_PART).min(scale * MAX_WIDTH),
            pieces: pieces.collect(),
            solved: 0,
        }
    }

    /// The next step, after what was asked for is known. Nothing but T decides, so that the same panels are solved
    /// whatever else is known.
    pub(super) fn step(&mut self, known: &Known) -> Step {
        for piece in &mut self.pieces {
            if piece.state == State::Asked
                && let Some(transmissions) = known.get(&piece.panel)
            {
                piece.state = State::Solved;
                piece.sums = piece.panel.integrate(transmissions, self.window);
                self.solved += 1;
            }
        }
        loop {
            let sums = self.sums();
            let tolerance = self.allowed(&sums);
            let largest = sums.errors.into_iter().fold(0.0, f64::max);
            if largest <= tolerance {
                return Step::Done(sums);
            }
            let failed = Step::Failed {
                error: largest,
                tolerance,
                solves: self.solved * NODES as u64,
            };
            let worst = self.worst(sums.errors, tolerance);
            if worst.is_empty() {
                return failed;
            }
            if self.split(&worst) {
                continue;
            }
            let panels = self.ask(&worst);
            let solves = (self.solved + panels.len() as u64).saturating_mul(NODES as u64);
            if solves > self.tolerance.max_solves {
                return failed;
            }
            return Step::Solve(panels);
        }
    }

    /// Over all pieces, in their order.
    fn sums(&self) -> Sums {
        let mut sum = Sums::default();
        for piece in &self.pieces {
            for component in 0..COMPONENTS {
                sum.values[component] += piece.sums.values[component];
                sum.errors[component] += piece.sums.errors[component];
            }
        }
        sum
    }

    fn allowed(&self, sums: &Sums) -> f64 {
        let relative = self.tolerance.relative * sums.values[0];
        self.tolerance.absolute.max(relative)
    }

    /// The numbers of the worst pieces, as many as it takes, in their order.
    fn worst(&self, errors: Components, tolerance: f64) -> Vec<usize> {
        let error = |piece: &Piece| piece.sums.errors.into_iter().fold(0.0, f64::max);
        let can_be_better = |piece: &Piece| piece.panel.level() < MAX_LEVEL && error(piece) > 0.0;
        let mut order: Vec<usize> = (0..self.pieces.len())
            .filter(|&number| can_be_better(&self.pieces[number]))
            .collect();
        // Of equal ones the first comes first.
        order.sort_by(|&one, &other| {
            error(&self.pieces[other]).total_cmp(&error(&self.pieces[one]))
        });
        // What is left, summed from the small ones, so that rounding does not matter.
        let left = errors.map(|error| (0.5 * tolerance).max(PART_LEFT * error));
        let mut sum = [0.0; COMPONENTS];
        let mut count = order.len();
        while let Some(&number) = count.checked_sub(1).and_then(|last| order.get(last)) {
            for (sum, error) in sum.iter_mut().zip(self.pieces[number].sums.errors) {
                *sum += error;
            }
            if sum.iter().zip(left).any(|(&sum, left)| sum > left) {
                break;
            }
            count -= 1;
        }
        order.truncate(count);
        order.sort_unstable();
        order
    }

    /// Halves those of these pieces that are too wide to be solved; `false` if none is.
    fn split(&mut self, numbers: &[usize]) -> bool {
        let window = self.window;
        let mut any = false;
        self.replace(numbers, |piece, widest| {
            if piece.state == State::Bounded && piece.width() > widest {
                any = true;
                let halves = piece.panel.halves();
                return halves
                    .map(|half| Piece::bounded(half, piece.modes, window))
                    .to_vec();
            }
            vec![piece]
        });
        any
    }

    /// Asks for the solution of these pieces, or of their halves if they have one.
    fn ask(&mut self, numbers: &[usize]) -> Vec<Panel> {
        let mut panels = Vec::new();
        self.replace(numbers, |piece, _| {
            let asked = |panel, sums| Piece {
                panel,
                state: State::Asked,
                sums,
                ..piece
            };
            let new = if piece.state == State::Solved {
                let [lower, upper] = piece.panel.halves();
                // Until they are known the first has all.
                vec![asked(lower, piece.sums), asked(upper, Sums::default())]
            } else {
                vec![asked(piece.panel, piece.sums)]
            };
            panels.extend(new.iter().map(|piece| piece.panel));
            new
        });
        panels
    }

    /// Puts others in the place of these pieces.
    fn replace(&mut self, numbers: &[usize], mut by: impl FnMut(Piece, f64) -> Vec<Piece>) {
        let mut numbers = numbers.iter().peekable();
        let mut pieces = Vec::with_capacity(self.pieces.len() + 2 * numbers.len());
        for (number, &piece) in self.pieces.iter().enumerate() {
            if numbers.next_if_eq(&&number).is_some() {
                pieces.extend(by(piece, self.widest));
            } else {
                pieces.push(piece);
            }
        }
        self.pieces = pieces;
    }
}

#[cfg(test)]
mod tests {
    use super::super::panels::{clipped, intervals};
    use super::*;

    /// The integral of a known T, and the energies that it took.
    fn integrate(
        transmission: impl Fn(f64) -> f64,
        window: Window,
        tolerance: Tolerance,
    ) -> (Step, usize) {
        let all = intervals(1);
        let all = window
            .limits()
            .map_or(all.clone(), |ends| clipped(&all, ends));
        let mut integral = Integral::new(window, &all, 1000, tolerance);
        let mut known = Known::new();
        loop {
            match integral.step(&known) {
                Step::Solve(panels) => {
                    for panel in panels {
                        known.insert(panel, panel.nodes().map(&transmission));
                    }
                }
                step => return (step, known.len() * NODES),
            }
        }
    }

    const TOLERANCE: Tolerance = Tolerance {
        absolute: 1e-9,
        relative: 0.0,
        max_solves: 100_000,
    };

    fn lorentzian(energy: f64) -> f64 {
        1e-8 / ((energy - 0.3).powi(2) + 1e-8)
    }

    #[test]
    fn a_sharp_resonance_is_found_and_its_error_is_honest() {
        let window = Window::Sharp {
            fermi: 0.25,
            voltage: 0.5,
        };
        let (step, solves) = integrate(lorentzian, window, TOLERANCE);
        let Step::Done(sums) = step else {
            panic!("{step:?}")
        };
        // ∫ = γ (atan((b − e)/γ) − atan((a − e)/γ)), γ = 1e-4.
        let expected = 2e-4 * ((0.2_f64 / 1e-4).atan() + (0.3_f64 / 1e-4).atan());
        assert!((sums.values[0] - expected).abs() <= sums.errors[0] + 1e-15);
        assert!(sums.errors[0] <= 1e-9 && solves < 2000, "{solves}");
    }

    #[test]
    fn a_wide_cold_window_takes_few_energies() {
        let window = Window::Biased {
            fermi: 0.0,
            temperature: 1e-3,
            voltage: 6.0,
        };
        let (step, solves) = integrate(|_| 1.0, window, TOLERANCE);
        let Step::Done(sums) = step else {
            panic!("{step:?}")
        };
        // All of the band is inside.
        assert!((sums.values[0] - 4.0 / 6.0).abs() <= 1e-9, "{sums:?}");
        let narrow = Window::Biased {
            fermi: 0.3,
            temperature: 1e-3,
            voltage: 0.8,
        };
        let (step, more) = integrate(|_| 1.0, narrow, TOLERANCE);
        let Step::Done(sums) = step else {
            panic!("{step:?}")
        };
        assert!((sums.values[0] - 1.0).abs() <= 1e-9, "{sums:?}");
        assert!(solves < 2000 && more < 2000, "{solves} {more}");
    }

    #[test]
    fn no_more_is_solved_than_is_allowed() {
        let window = Window::Linear {
            fermi: 0.3,
            temperature: 0.01,
        };
        let few = Tolerance {
            max_solves: 200,
            ..TOLERANCE
        };
        let (step, solves) = integrate(lorentzian, window, few);
        let Step::Failed { error, .. } = step else {
            panic!("{step:?}")
        };
        assert!(error > 1e-9 && solves <= 200);
        // A step that no panel ends at is found by halving; there is an end to that.
        let found = |absolute| {
            let tolerance = Tolerance {
                absolute,
                ..TOLERANCE
            };
            integrate(
                |energy| f64::from(u8::from(energy > 0.3)),
                window,
                tolerance,
            )
            .0
        };
        let Step::Done(sums) = found(1e-6) else {
            panic!("not found")
        };
        assert!((sums.values[0] - 0.5).abs() <= 1e-6);
        assert!(matches!(found(1e-12), Step::Failed { .. }));
    }

    #[test]
    fn a_relative_tolerance_holds_for_small_values() {
        let window = Window::Linear {
            fermi: 0.0,
            temperature: 0.1,
        };
        let relative = Tolerance {
            absolute: 0.0,
            relative: 1e-8,
            ..TOLERANCE
        };
        let (step, solves) = integrate(|_| 1e-30, window, relative);
        let Step::Done(sums) = step else {
            panic!("{step:?}")
        };
        let expected = 1e-30 * (1.0 / 0.1_f64).tanh();
        assert!((sums.values[0] - expected).abs() <= 1e-38, "{sums:?}");
        assert!(solves < 4000, "{solves}");
        // T = 0 has no digits to be found.
        let (step, _) = integrate(|_| 0.0, window, relative);
        let Step::Done(sums) = step else {
            panic!("{step:?}")
        };
        assert_eq!(sums.values, [0.0; COMPONENTS]);
    }
}
