//! Which unknowns are eliminated where, and in which pairs: a rehearsal on known lattices.
//!
//! The order of elimination must serve every lattice, since the lanes of a vector are different
//! samples. It is found by eliminating a clean lattice and some disordered ones together: each
//! front takes the pairs that are good pivots for all of them. What would be a bad pivot in the
//! clean lattice is put off to the parent front, because the clean lattice is the one case in which
//! whole blocks of many samples are alike: a block without impurities must not be singular.
//!
//! At E = 0 and other whole energies it also may not be singular modulo 5. The impurities of models II
//! to IV have energies that vanish modulo 5 (5, 5/2, 5/3, 10/3), so that a determinant which is not
//! zero modulo 5 in the clean lattice is not zero for any arrangement of impurities either.

use landauer_core::{Concentration, DisorderModel, Ensemble};

use super::cost::{front_cost, lead_fma, leaf_cost};
use super::degeneracy::TOO_CLOSE;
use super::tree::{Separator, merge};
use super::{diagonal, pair, straight};
use crate::system::StripSize;

/// The most pivots of a front: their rows stay in the second-level cache.
pub(super) const MAX_PIVOTS: usize = 24;

/// Lattices in the rehearsal; the first is clean.
const CASTS: usize = 8;
/// One number for each.
type Cast = [f64; CASTS];

/// The sites of one front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FrontSites {
    /// Eliminated here, in this order, in pairs but for the last if they are odd.
    pub(super) pivots: Vec<usize>,
    /// Coupled to them and eliminated later; in no order.
    pub(super) outside: Vec<usize>,
    /// Has nothing been eliminated around them before?
    is_leaf: bool,
}

/// A whole order of elimination.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// The fronts in their order.
    pub(super) fronts: Vec<FrontSites>,
    /// Sites of the interior that had to be left to the leads' stage.
    pub(super) left_over: Vec<usize>,
}

/// Energies this near (in t) to a whole number are planned as that: what is singular there, with
/// impurities of 5 t too, loses digits beside it.
const NEARLY_WHOLE: f64 = 1e-3;

/// Finds the order for strips of this size near this energy: the cheapest of some dissections, after
/// a rehearsal of each.
pub(super) fn order(size: StripSize, energy: f64) -> Order {
    let whole = energy.round();
    let energy = if (energy - whole).abs() < NEARLY_WHOLE {
        whole
    } else {
        energy
    };
    let mut dissections = vec![straight::dissect(size, energy)];
    // At the band centre a clean site is no pivot, and nor is what diagonals bound.
    if energy.abs() >= TOO_CLOSE {
        dissections.push(diagonal::dissect(size));
    }
    let orders = dissections
        .into_iter()
        .map(|separators| rehearse(size, energy, &merge(size, separators)));
    let cheapest = orders.min_by(|one, other| one.cost(size).total_cmp(&other.cost(size)));
    cheapest.unwrap_or_default()
}

/// The order that a dissection leads to.
fn rehearse(size: StripSize, energy: f64, separators: &[Separator]) -> Order {
    let mut rehearsal = Rehearsal::new(size, energy);
    let mut waiting: Vec<Option<Update>> = Vec::new();
    for separator in separators {
        let children = separator.children.iter();
        let updates: Vec<Update> = children
            .filter_map(|&child| waiting.get_mut(child)?.take())
            .collect();
        waiting.push(Some(rehearsal.eliminate(separator, updates)));
    }
    // Whatever has no parent in the interior has the ends.
    let roots = waiting.into_iter().flatten();
    Order {
        left_over: roots.flat_map(|root| root.put_off).collect(),
        fronts: rehearsal.fronts,
    }
}

impl Order {
    /// What it costs, in the measure of [`super::cost`].
    fn cost(&self, size: StripSize) -> f64 {
        let fronts = self.fronts.iter().map(|front| {
            let (pivots, outside) = (front.pivots.len(), front.outside.len());
            if front.is_seed(size) {
                leaf_cost(pivots, outside)
            } else {
                front_cost(pivots, outside)
            }
        });
        fronts.sum::<f64>() + lead_fma(size.width() + self.left_over.len(), size.width())
    }
}

impl FrontSites {
    /// Is this one site or two neighbours before anything is eliminated around them?
    pub(super) fn is_seed(&self, size: StripSize) -> bool {
        let coupled = |&site: &usize| neighbours(size, site);
        let around = self.pivots.iter().flat_map(coupled);
        let outside = around.filter(|site| !self.pivots.contains(site)).count();
        let whole = match self.pivots[..] {
            [_] => true,
            [one, two] => neighbours(size, one).any(|site| site == two),
            _ => false,
        };
        whole && outside == self.outside.len() && self.is_leaf
    }
}

/// What a front leaves behind for its parent.
struct Update {
    /// Sites that should have been eliminated; they are among `sites` too.
    put_off: Vec<usize>,
    sites: Vec<usize>,
    matrix: Matrix,
}

/// A dense symmetric matrix of all casts, and of the clean one modulo 5.
struct Matrix {
    side: usize,
    casts: Vec<Cast>,
    modulo: Vec<u8>,
}

impl Matrix {
    fn zero(side: usize) -> Self {
        Self {
            side,
            casts: vec![[0.0; CASTS]; side * side],
            modulo: vec![0; side * side],
        }
    }

    /// Adds to an element and its mirror image.
    fn add(&mut self, row: usize, column: usize, cast: Cast, modulo: u8) {
        for at in [row * self.side + column, column * self.side + row] {
            for (sum, cast) in self.casts[at].iter_mut().zip(cast) {
                *sum += cast;
            }
            self.modulo[at] = (self.modulo[at] + modulo) % 5;
            if row == column {
                break;
            }
        }
    }
}

struct Rehearsal {
    size: StripSize,
    energy: f64,
    /// The on-site energies of the casts, by site.
    onsite: Vec<Cast>,
    /// Sites that have been in the own sites of a separator.
    seen: Vec<bool>,
    /// Sites that have been eliminated.
    gone: Vec<bool>,
    fronts: Vec<FrontSites>,
}

impl Rehearsal {
    fn new(size: StripSize, energy: f64) -> Self {
        let sites = size.length() * size.width();
        Self {
            size,
            energy,
            onsite: casts(sites),
            seen: vec![false; sites],
            gone: vec![false; sites],
            fronts: Vec::new(),
        }
    }

    /// Eliminates a separator and what its children have put off.
    fn eliminate(&mut self, separator: &Separator, children: Vec<Update>) -> Update {
        let mut candidates = separator.sites.clone();
        candidates.extend(children.iter().flat_map(|child| &child.put_off));
        let mut sites = candidates.clone();
        let of_children = children
            .iter()
            .flat_map(|child| child.sites.iter().copied());
        let of_separator = separator
            .sites
            .iter()
            .flat_map(|&site| self.neighbours(site));
        let mut outside: Vec<usize> = of_children.chain(of_separator).collect();
        outside.retain(|site| !self.gone[*site] && !candidates.contains(site));
        outside.sort_unstable();
        outside.dedup();
        sites.extend(&outside);
        let mut place = std::collections::HashMap::new();
        place.extend(sites.iter().enumerate().map(|(at, &site)| (site, at)));

        let mut matrix = Matrix::zero(sites.len());
        let is_leaf = children.is_empty();
        for child in children {
            let places: Vec<usize> = child.sites.iter().map(|site| place[site]).collect();
            for (i, &row) in places.iter().enumerate() {
                for (j, &column) in places.iter().enumerate().take(i + 1) {
                    let at = i * child.matrix.side + j;
                    let (cast, modulo) = (child.matrix.casts[at], child.matrix.modulo[at]);
                    matrix.add(row, column, cast, modulo);
                }
            }
        }
        for &site in &separator.sites {
            let diagonal = self.onsite[site].map(|onsite| self.energy - onsite);
            matrix.add(place[&site], place[&site], diagonal, residue(self.energy));
            for other in self.neighbours(site) {
                if !self.seen[other] {
                    matrix.add(place[&site], place[&other], [1.0; CASTS], 1);
                }
            }
            self.seen[site] = true;
        }
        self.take_pivots(sites, candidates.len(), matrix, is_leaf)
    }

    /// Eliminates as many of the first `candidates` as are good pivots, in fronts of limited size.
    fn take_pivots(
        &mut self,
        mut sites: Vec<usize>,
        mut candidates: usize,
        matrix: Matrix,
        is_leaf: bool,
    ) -> Update {
        let mut matrix = matrix;
        let mut is_leaf = is_leaf;
        while candidates > 0 {
            let mut elimination =
                Elimination::new(&mut matrix, candidates, self.energy.fract() == 0.0);
            let taken = elimination.run(MAX_PIVOTS);
            if taken.is_empty() {
                break;
            }
            for &pivot in &taken {
                self.gone[sites[pivot]] = true;
            }
            let stay: Vec<usize> = (0..sites.len()).filter(|at| !taken.contains(at)).collect();
            candidates -= taken.len();
            let outside: Vec<usize> = stay.iter().map(|&at| sites[at]).collect();
            self.fronts.push(FrontSites {
                pivots: taken.iter().map(|&at| sites[at]).collect(),
                outside: outside.clone(),
                is_leaf,
            });
            is_leaf = false;
            let mut rest = Matrix::zero(stay.len());
            for (i, &row) in stay.iter().enumerate() {
                for (j, &column) in stay.iter().enumerate() {
                    let (to, from) = (i * rest.side + j, row * matrix.side + column);
                    rest.casts[to] = matrix.casts[from];
                    rest.modulo[to] = matrix.modulo[from];
                }
            }
            (sites, matrix) = (outside, rest);
        }
        Update {
            put_off: sites[..candidates].to_vec(),
            sites,
            matrix,
        }
    }

    fn neighbours(&self, site: usize) -> impl Iterator<Item = usize> + use<> {
        neighbours(self.size, site)
    }
}

/// A whole energy modulo 5.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a remainder modulo 5"
)]
fn residue(energy: f64) -> u8 {
    energy.rem_euclid(5.0) as u8 % 5
}

/// The neighbours of a site of a strip.
pub(super) fn neighbours(size: StripSize, site: usize) -> impl Iterator<Item = usize> {
    let [length, width] = size.sides();
    let (x, y) = (site / width, site % width);
    let found = [
        (x > 0).then(|| site - width),
        (x + 1 < length).then(|| site + width),
        (y > 0).then(|| site - 1),
        (y + 1 < width).then(|| site + 1),
    ];
    found.into_iter().flatten()
}

/// The on-site energies of the rehearsal: a clean lattice, then disordered ones of every model.
fn casts(sites: usize) -> Vec<Cast> {
    let mut casts = vec![[0.0; CASTS]; sites];
    let ensembles = [
        (DisorderModel::II, 0.03),
        (DisorderModel::II, 0.1),
        (DisorderModel::II, 0.25),
        (DisorderModel::II, 0.6),
        (DisorderModel::III, 0.2),
        (DisorderModel::IV, 0.2),
        (DisorderModel::AndersonBox { strength: 4.0 }, 0.0),
    ];
    for (number, (model, concentration)) in ensembles.into_iter().enumerate() {
        let ensemble = Ensemble::new(model, Concentration::Fixed(concentration), REHEARSAL_SEED);
        if let Ok(ensemble) = ensemble {
            for (cast, site) in casts.iter_mut().zip(ensemble.sample(0).sites()) {
                cast[number + 1] = site.onsite();
            }
        }
    }
    casts
}

/// A pair that is at most this many times as bad as the best counts as nearly as good.
const NEARLY: f64 = 2.0;

/// The seed of the rehearsal's lattices: another one is another plan and other last digits.
const REHEARSAL_SEED: u64 = 20_201_124;

/// An elimination under way.
struct Elimination<'m> {
    matrix: &'m mut Matrix,
    /// Those not eliminated yet.
    open: Vec<usize>,
    taken: Vec<usize>,
    modulo: bool,
}

impl<'m> Elimination<'m> {
    fn new(matrix: &'m mut Matrix, candidates: usize, modulo: bool) -> Self {
        Self {
            matrix,
            open: (0..candidates).collect(),
            taken: Vec::new(),
            modulo,
        }
    }

    /// Takes at most this many pivots; returns their positions.
    fn run(&mut self, most: usize) -> Vec<usize> {
        while self.taken.len() + 2 <= most {
            let Some((one, two)) = self.best_pair() else {
                break;
            };
            self.eliminate_pair(one, two);
        }
        // What has no partner: the last of an odd number, or all that is left.
        let last = self.open.len() == 1 && self.taken.len() < most;
        if (last || (self.taken.is_empty() && self.best_pair().is_none()))
            && let Some(one) = self.best_single()
        {
            self.eliminate_single(one);
        }
        std::mem::take(&mut self.taken)
    }

    fn at(&self, row: usize, column: usize) -> usize {
        row * self.matrix.side + column
    }

    /// The pair whose pivots are the least bad over all casts; but the first site's best pair if
    /// that is nearly as good, so that neighbours stay neighbours in memory.
    fn best_pair(&self) -> Option<(usize, usize)> {
        let mut best = None;
        let mut least = f64::INFINITY;
        let mut first_best = None;
        let mut first_least = f64::INFINITY;
        for (number, &two) in self.open.iter().enumerate() {
            for &one in &self.open[..number] {
                let risk = self.risk(one, two);
                if risk < least {
                    (best, least) = (Some((one, two)), risk);
                }
                if self.open.first() == Some(&one) && risk < first_least {
                    (first_best, first_least) = (Some((one, two)), risk);
                }
            }
        }
        if first_least < NEARLY * least {
            first_best
        } else {
            best
        }
    }

    /// How bad the pivots of a pair are: infinite if it must not be.
    fn risk(&self, one: usize, two: usize) -> f64 {
        let [a, b, c] = [self.at(one, one), self.at(one, two), self.at(two, two)];
        if self.modulo {
            let m = |at: usize| self.matrix.modulo[at];
            if (m(a) * m(c) + 4 * m(b) * m(b)) % 5 == 0 {
                return f64::INFINITY;
            }
        }
        let casts = &self.matrix.casts;
        let badness = |cast: usize| {
            let [first, second] = pair::pivots(casts[a][cast], casts[b][cast], casts[c][cast]);
            1.0 / first.abs().min(second.abs())
        };
        let clean = badness(0);
        if clean.is_nan() || clean > 1.0 / TOO_CLOSE {
            return f64::INFINITY;
        }
        (0..CASTS).map(badness).sum()
    }

    fn best_single(&self) -> Option<usize> {
        let mut best = None;
        let mut least = f64::INFINITY;
        for &one in &self.open {
            let at = self.at(one, one);
            let casts = &self.matrix.casts[at];
            if (self.modulo && self.matrix.modulo[at] == 0) || casts[0].abs() < TOO_CLOSE {
                continue;
            }
            let risk: f64 = casts.iter().map(|pivot| 1.0 / pivot.abs()).sum();
            if risk < least {
                (best, least) = (Some(one), risk);
            }
        }
        best
    }

    fn take(&mut self, one: usize) {
        self.open.retain(|&open| open != one);
        self.taken.push(one);
    }

    /// What is still coupled: every place that has not been taken.
    fn rest(&self) -> Vec<usize> {
        (0..self.matrix.side)
            .filter(|at| !self.taken.contains(at))
            .collect()
    }

    fn eliminate_pair(&mut self, one: usize, two: usize) {
        let [a, b, c] = [self.at(one, one), self.at(one, two), self.at(two, two)];
        let elements = [a, b, c].map(|at| self.matrix.casts[at]);
        self.take(one);
        self.take(two);
        let rest = self.rest();
        // Rows of the two, combined and made independent of each other, and their pivots.
        let mut rows = vec![[[0.0; CASTS]; 2]; rest.len()];
        let mut inverses = [[0.0; CASTS]; 2];
        for cast in 0..CASTS {
            let [a, b, c] = elements.map(|element| element[cast]);
            let f = pair::combination(a, b, c);
            let (x, y) = (f[0] * a + f[1] * b, f[0] * b + f[1] * c);
            let first = f[0] * x + f[1] * y;
            let factor = (f[2] * x + f[3] * y) / first;
            let second = f[2] * (f[2] * a + f[3] * b) + f[3] * (f[2] * b + f[3] * c)
                - factor * factor * first;
            inverses[0][cast] = 1.0 / first;
            inverses[1][cast] = 1.0 / second;
            for (row, &column) in rows.iter_mut().zip(&rest) {
                let r = self.matrix.casts[one * self.matrix.side + column][cast];
                let s = self.matrix.casts[two * self.matrix.side + column][cast];
                let first = f[0] * r + f[1] * s;
                row[0][cast] = first;
                row[1][cast] = f[2] * r + f[3] * s - factor * first;
            }
        }
        for (i, &row) in rest.iter().enumerate() {
            for (j, &column) in rest.iter().enumerate() {
                let at = self.at(row, column);
                for cast in 0..CASTS {
                    let update = rows[i][0][cast] * inverses[0][cast] * rows[j][0][cast]
                        + rows[i][1][cast] * inverses[1][cast] * rows[j][1][cast];
                    self.matrix.casts[at][cast] -= update;
                }
            }
        }
        if self.modulo {
            self.eliminate_modulo(&[one, two], &rest);
        }
    }

    fn eliminate_single(&mut self, one: usize) {
        let pivot = self.matrix.casts[self.at(one, one)];
        self.take(one);
        let rest = self.rest();
        let row: Vec<Cast> = rest
            .iter()
            .map(|&column| self.matrix.casts[self.at(one, column)])
            .collect();
        for (i, &place) in rest.iter().enumerate() {
            for (j, &column) in rest.iter().enumerate() {
                let at = self.at(place, column);
                for cast in 0..CASTS {
                    self.matrix.casts[at][cast] -= row[i][cast] * row[j][cast] / pivot[cast];
                }
            }
        }
        if self.modulo {
            self.eliminate_modulo(&[one], &rest);
        }
    }

    /// The same modulo 5, where the inverse of x is x³.
    fn eliminate_modulo(&mut self, pivots: &[usize], rest: &[usize]) {
        let m = |row: usize, column: usize| u32::from(self.matrix.modulo[self.at(row, column)]);
        let inverse: Vec<[u32; 2]> = if let &[one, two] = pivots {
            let determinant = m(one, one) * m(two, two) + 4 * m(one, two) * m(one, two);
            let over = determinant.pow(3) % 5;
            vec![
                [over * m(two, two) % 5, 4 * over * m(one, two) % 5],
                [4 * over * m(one, two) % 5, over * m(one, one) % 5],
            ]
        } else {
            vec![[m(pivots[0], pivots[0]).pow(3) % 5, 0]]
        };
        let mut updates = Vec::with_capacity(rest.len() * rest.len());
        for &row in rest {
            for &column in rest {
                let mut update = 0;
                for (inverse, &one) in inverse.iter().zip(pivots) {
                    for (inverse, &two) in inverse.iter().zip(pivots) {
                        update += m(row, one) * inverse * m(two, column);
                    }
                }
                updates.push(update % 5);
            }
        }
        let mut updates = updates.into_iter();
        for &row in rest {
            for &column in rest {
                let at = self.at(row, column);
                let update = updates.next().unwrap_or(0);
                #[allow(clippy::cast_possible_truncation, reason = "a remainder modulo 5")]
                let value = ((u32::from(self.matrix.modulo[at]) + 4 * update) % 5) as u8;
                self.matrix.modulo[at] = value;
            }
        }
    }
}
