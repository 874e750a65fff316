//! The plan of an elimination: what is done in which order, and where every number lies.
//!
//! A *front* is a few unknowns that are eliminated together (its pivots) and those outside they are
//! coupled to. Its rows lie in an arena, `[pivot, column]`, columns being the pivots and then those
//! outside, each padded to whole pairs. What eliminating a front changes among those outside is
//! subtracted at once where it belongs: in the rows of the front that eliminates the earlier of
//! the two unknowns (the right-looking, supernodal way; there is no update matrix to be stored and
//! assembled). A front's rows come into being just before something is first subtracted from them,
//! and their place is free again once it has been eliminated.

use std::sync::Arc;

use pulp::Arch;

use super::batch::InteriorGrowth;
use super::cost::{fma, lead_fma};
use super::ends;
use super::leads::Leads;
use super::pivots::{Order, neighbours, order};
use super::shared_plans::SharedPlans;
use crate::system::StripSize;

/// Where the update of one unknown outside a front goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Destination {
    /// The place of its row in the arena.
    pub(super) row: usize,
    /// Where its columns begin in [`Plan::columns`], one for each unknown outside the front.
    pub(super) columns: usize,
}

/// One front.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Front {
    pub(super) pivots: usize,
    pub(super) outside: usize,
    /// The place of its rows in the arena.
    pub(super) rows: usize,
    /// Where to put the diagonal: (place in the arena, site).
    pub(super) diagonal: Vec<(usize, usize)>,
    /// Where to put the hoppings: places in the arena.
    pub(super) hoppings: Vec<usize>,
    /// The sites outside, in the order of their elimination.
    pub(super) outside_sites: Vec<u32>,
    /// One for each unknown outside.
    pub(super) destinations: Vec<Destination>,
    /// Fronts whose rows come into being before this one is eliminated.
    pub(super) prepare: Vec<usize>,
    /// If it is eliminated without rows, how.
    pub(super) seed: Option<Seed>,
}

/// One site or two neighbours before anything is eliminated around them: what they change outside
/// are just the elements of their 2×2 inverse, since all that couples them are hoppings of 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seed {
    /// The sites; the same one twice if there is only one.
    pub(super) sites: [usize; 2],
    /// Where to subtract the inverse's elements: the first's own, what is between, the second's
    /// own; nothing but the first's if there is only one.
    pub(super) updates: [Vec<usize>; 3],
    /// The sites around each of them, in the order of their elimination.
    pub(super) around: [Vec<u32>; 2],
}

impl Front {
    /// Rows, and columns of pivots, padded to pairs.
    pub(super) const fn padded_pivots(&self) -> usize {
        self.pivots.next_multiple_of(2)
    }

    /// Columns, padded to pairs.
    pub(super) const fn stride(&self) -> usize {
        self.padded_pivots() + self.outside.next_multiple_of(2)
    }

    /// Elements of its rows in the arena.
    pub(super) const fn len(&self) -> usize {
        if self.seed.is_some() {
            return 0;
        }
        self.padded_pivots() * self.stride()
    }
}

/// The unknowns of the leads' stage, `[right end, left-over sites, left end]`, and where the real
/// matrix between them lies: at the beginning of the arena, `[row, column]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ends {
    pub(super) sites: Vec<usize>,
    pub(super) left_over: usize,
    /// The hoppings among them, above the diagonal: (row, column).
    pub(super) hoppings: Vec<(usize, usize)>,
}

impl Ends {
    /// Columns of the matrix.
    pub(super) const fn stride(&self) -> usize {
        self.sites.len().next_multiple_of(2)
    }

    /// Elements of the matrix in the arena.
    pub(super) const fn len(&self) -> usize {
        self.sites.len() * self.stride()
    }
}

/// The plan for one size and energy.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub(super) size: StripSize,
    pub(super) fronts: Vec<Front>,
    pub(super) ends: Ends,
    /// Columns in a destination's row, for each unknown outside a front.
    pub(super) columns: Vec<u32>,
    /// Elements of the arena.
    pub(super) arena: usize,
    /// Elements of the largest front's eliminated rows.
    pub(super) largest: usize,
}

/// What a plan takes, for those who want to know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanSummary {
    /// Fronts.
    pub fronts: usize,
    /// Multiply-adds of the interior, counted exactly: p³/6 + p²q/2 + pq²/2 for p pivots with q
    /// unknowns outside.
    pub interior_fma: f64,
    /// Multiply-adds of the leads' stage.
    pub lead_fma: f64,
    /// Elements that fronts subtract from others: each is read and written once.
    pub updates: usize,
    /// Sites of the interior that are left to the leads' stage.
    pub left_over: usize,
    /// Numbers of workspace for each sample that is solved at a time.
    pub workspace: usize,
}

impl Plan {
    /// The plan for strips of this size, at least two slices long, near this energy: one of its own at whole
    /// energies, where clean blocks are singular; else one that is shared ([`SharedPlans`]) and does not lose
    /// digits in a clean strip there, or one of its own. (In disordered strips any plan loses digits now and then, at
    /// any energy; the guard sees to them one by one.)
    #[must_use]
    pub fn new(size: StripSize, energy: f64) -> Self {
        let plan = Self::for_energies(size, &[energy]).pop();
        plan.map_or_else(|| Self::at(size, energy), Arc::unwrap_or_clone)
    }

    /// The plans at some energies: they depend on nothing but their energy. Made on all threads.
    pub(crate) fn for_energies(size: StripSize, energies: &[f64]) -> Vec<Arc<Self>> {
        // It is never stopped.
        let plans = SharedPlans::new(size).for_energies_unless(energies, &|| false);
        plans.unwrap_or_default()
    }

    /// A plan that is made at this energy.
    pub(super) fn at(size: StripSize, energy: f64) -> Self {
        Layout::new(size, order(size, energy)).plan()
    }

    /// How much the squares of rounding errors grow in a clean strip's interior, at each energy.
    pub(super) fn clean_growth(&self, energies: &[f64]) -> Vec<f64> {
        let leads: Vec<Leads<f64>> = { energies.iter() }
            .map(|&energy| Leads::detached(energy))
            .collect();
        Arch::new().dispatch(InteriorGrowth {
            plan: self,
            leads: &leads,
            onsite: &vec![0.0; self.size.sites()],
        })
    }

    /// What it takes.
    #[must_use]
    pub fn summary(&self) -> PlanSummary {
        let width = self.size.width();
        PlanSummary {
            fronts: self.fronts.len(),
            interior_fma: self
                .fronts
                .iter()
                .map(|front| fma(front.pivots as f64, front.outside as f64))
                .fold(0.0, |sum, fma| sum + fma),
            lead_fma: lead_fma(width + self.ends.left_over, width),
            updates: self
                .fronts
                .iter()
                .map(|front| front.outside * (front.outside + 1) / 2)
                .sum(),
            left_over: self.ends.left_over,
            workspace: self.workspace(),
        }
    }
}

/// One front of a plan, for those who want to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontSummary {
    /// The sites that it eliminates, numbered slice·width + row, in their order.
    pub sites: Vec<usize>,
    /// How many unknowns they are coupled to when they go.
    pub outside: usize,
}

impl FrontSummary {
    /// Multiply-adds that it takes, counted as in [`PlanSummary`].
    #[must_use]
    pub fn multiply_adds(&self) -> f64 {
        fma(self.sites.len() as f64, self.outside as f64)
    }
}

impl Plan {
    /// The size of the strips.
    #[must_use]
    pub const fn size(&self) -> StripSize {
        self.size
    }

    /// The fronts in the order of their elimination.
    #[must_use]
    pub fn fronts(&self) -> impl ExactSizeIterator<Item = FrontSummary> {
        self.fronts.iter().map(|front| FrontSummary {
            sites: match &front.seed {
                Some(seed) => seed.sites[..front.pivots].to_vec(),
                None => front.diagonal.iter().map(|&(_, site)| site).collect(),
            },
            outside: front.outside,
        })
    }

    /// Vectors of working memory that a thread needs: the on-site energies and the ends' matrix; then,
    /// one after the other in the same place, the rest of the arena with a front's eliminated rows,
    /// and what the leads' stage needs.
    pub(super) fn workspace(&self) -> usize {
        let [length, width] = self.size.sides();
        let leads = ends::workspace(width, width + self.ends.left_over);
        let ends = self.ends.len();
        length * width + ends + (self.arena - ends + self.largest).max(leads)
    }
}

/// A plan in the making.
struct Layout {
    size: StripSize,
    order: Order,
    /// The front that eliminates a site and its row there; the ends are front number `fronts`.
    home: Vec<(usize, usize)>,
}

impl Layout {
    fn new(size: StripSize, order: Order) -> Self {
        let [length, width] = size.sides();
        let mut home = vec![(0, 0); length * width];
        for (number, front) in order.fronts.iter().enumerate() {
            for (row, &site) in front.pivots.iter().enumerate() {
                home[site] = (number, row);
            }
        }
        let mut layout = Self { size, order, home };
        for (row, site) in layout.end_sites().into_iter().enumerate() {
            layout.home[site] = (layout.order.fronts.len(), row);
        }
        layout
    }

    fn end_sites(&self) -> Vec<usize> {
        let [length, width] = self.size.sides();
        let mut sites: Vec<usize> = ((length - 1) * width..length * width).collect();
        sites.extend(&self.order.left_over);
        sites.extend(0..width);
        sites
    }

    fn ends(&self) -> Ends {
        let sites = self.end_sites();
        let mut hoppings = Vec::new();
        for (row, &site) in sites.iter().enumerate() {
            for other in neighbours(self.size, site) {
                let (front, column) = self.home[other];
                if front == self.order.fronts.len() && column > row {
                    hoppings.push((row, column));
                }
            }
        }
        Ends {
            left_over: self.order.left_over.len(),
            sites,
            hoppings,
        }
    }

    fn plan(&self) -> Plan {
        let ends = self.ends();
        let mut fronts: Vec<Front> = Vec::with_capacity(self.order.fronts.len());
        // Those outside in the order of their elimination, and the column of every site by front.
        let mut outsides = Vec::with_capacity(self.order.fronts.len());
        for front in &self.order.fronts {
            let mut outside = front.outside.clone();
            outside.sort_unstable_by_key(|&site| self.home[site]);
            fronts.push(Front {
                pivots: front.pivots.len(),
                outside: outside.len(),
                rows: 0,
                diagonal: Vec::new(),
                hoppings: Vec::new(),
                outside_sites: outside.iter().copied().map(narrow).collect(),
                destinations: Vec::new(),
                prepare: Vec::new(),
                seed: front.is_seed(self.size).then(|| Seed {
                    sites: [0, front.pivots.len() - 1].map(|place| front.pivots[place]),
                    updates: Default::default(),
                    around: Default::default(),
                }),
            });
            outsides.push(outside);
        }
        let arena = self.allocate(&mut fronts, &outsides, ends.len());
        let mut columns = Vec::new();
        for number in 0..fronts.len() {
            let before = columns.len();
            self.destinations(&mut fronts, number, &outsides, ends.stride(), &mut columns);
            if let Some(seed) = fronts[number].seed.take() {
                let outside = &outsides[number];
                let seed = self.seed_updates(seed, outside, &fronts[number].destinations, &columns);
                columns.truncate(before);
                fronts[number].destinations.clear();
                fronts[number].seed = Some(seed);
            } else {
                self.originals(&mut fronts, number, &outsides);
            }
        }
        Plan {
            size: self.size,
            largest: fronts.iter().map(Front::len).max().unwrap_or(0),
            fronts,
            ends,
            columns,
            arena,
        }
    }

    /// The column of a site in the rows of a front, or of the ends.
    fn column(
        &self,
        fronts: &[Front],
        outsides: &[Vec<usize>],
        front: usize,
        site: usize,
    ) -> usize {
        let (home, row) = self.home[site];
        if home == front {
            return row;
        }
        let place = outsides[front].binary_search_by_key(&self.home[site], |&site| self.home[site]);
        match place {
            Ok(place) => fronts[front].padded_pivots() + place,
            // Eliminating a front couples all that is outside it, so that each is outside, or
            // eliminated by, the front of every earlier one.
            Err(_) => unreachable!("what is coupled is in the same front"),
        }
    }

    /// Gives the rows of each front a place in the arena, which begins with `ends` elements of the
    /// ends; returns the arena's length.
    fn allocate(&self, fronts: &mut [Front], outsides: &[Vec<usize>], ends: usize) -> usize {
        let mut space = Space::after(ends);
        let mut existing = vec![false; fronts.len()];
        for number in 0..fronts.len() {
            let touched = outsides[number].iter().map(|&site| self.home[site].0);
            let mut touched: Vec<usize> = touched.filter(|&other| other < fronts.len()).collect();
            if fronts[number].seed.is_none() {
                touched.push(number);
            }
            touched.sort_unstable();
            touched.dedup();
            touched.retain(|&other| !std::mem::replace(&mut existing[other], true));
            for &other in &touched {
                fronts[other].rows = space.take(fronts[other].len());
            }
            fronts[number].prepare = touched;
            if fronts[number].seed.is_none() {
                space.give_back(fronts[number].rows, fronts[number].len());
            }
        }
        space.end
    }

    /// Where a front's own elements of E − H go.
    fn originals(&self, fronts: &mut [Front], number: usize, outsides: &[Vec<usize>]) {
        let stride = fronts[number].stride();
        for (row, &site) in self.order.fronts[number].pivots.iter().enumerate() {
            let begin = fronts[number].rows + row * stride;
            fronts[number].diagonal.push((begin + row, site));
            for other in neighbours(self.size, site) {
                if self.home[other] > (number, row) {
                    let column = self.column(fronts, outsides, number, other);
                    fronts[number].hoppings.push(begin + column);
                }
            }
        }
    }

    /// Where a seed's updates go.
    fn seed_updates(
        &self,
        mut seed: Seed,
        outside: &[usize],
        destinations: &[Destination],
        columns: &[u32],
    ) -> Seed {
        let at_second: Vec<bool> = outside
            .iter()
            .map(|&site| neighbours(self.size, site).all(|other| other != seed.sites[0]))
            .collect();
        for (&site, &at_second) in outside.iter().zip(&at_second) {
            seed.around[usize::from(at_second)].push(narrow(site));
        }
        for (row, destination) in destinations.iter().enumerate() {
            for column in row..outside.len() {
                let at = destination.row + columns[destination.columns + column] as usize;
                let which = usize::from(at_second[row]) + usize::from(at_second[column]);
                seed.updates[which].push(at);
            }
        }
        seed
    }

    /// Where a front's updates go.
    fn destinations(
        &self,
        fronts: &mut [Front],
        number: usize,
        outsides: &[Vec<usize>],
        ends_stride: usize,
        columns: &mut Vec<u32>,
    ) {
        let outside = &outsides[number];
        let mut destinations: Vec<Destination> = Vec::with_capacity(outside.len());
        let mut last = None;
        for (place, &site) in outside.iter().enumerate() {
            let (front, row) = self.home[site];
            // Rows of the same front have the same columns.
            if last != Some(front) {
                last = Some(front);
                let begin = columns.len();
                columns.resize(begin + place, 0);
                columns.extend(outside[place..].iter().map(|&other| {
                    let column = if front == fronts.len() {
                        self.home[other].1
                    } else {
                        self.column(fronts, outsides, front, other)
                    };
                    u32::try_from(column).unwrap_or(u32::MAX)
                }));
                columns.resize((begin + outside.len()).next_multiple_of(2), 0);
            }
            let (begin, stride) = if front == fronts.len() {
                (0, ends_stride)
            } else {
                (fronts[front].rows, fronts[front].stride())
            };
            let columns = columns.len() - outside.len().next_multiple_of(2);
            destinations.push(Destination {
                row: begin + row * stride,
                columns,
            });
        }
        fronts[number].destinations = destinations;
    }
}

/// (A strip of more sites has no plan: its memory would not fit.)
fn narrow(site: usize) -> u32 {
    u32::try_from(site).unwrap_or(u32::MAX)
}

/// Free places in the arena.
struct Space {
    /// (begin, length), in order.
    free: Vec<(usize, usize)>,
    end: usize,
}

/// Places are whole numbers of these: a page of 64-byte vectors would be too much, a few lines keep
/// neighbours apart.
const GRAIN: usize = 4;

impl Space {
    fn after(used: usize) -> Self {
        Self {
            free: Vec::new(),
            end: used.next_multiple_of(GRAIN),
        }
    }

    /// The smallest free place that fits.
    fn take(&mut self, length: usize) -> usize {
        let length = length.next_multiple_of(GRAIN);
        let fitting = self.free.iter().enumerate();
        let fitting = fitting.filter(|(_, (_, free))| *free >= length);
        if let Some((number, &(begin, free))) = fitting.min_by_key(|(_, (_, free))| *free) {
            if free == length {
                self.free.remove(number);
            } else {
                self.free[number] = (begin + length, free - length);
            }
            return begin;
        }
        // The last free place may only have to grow a little.
        let begin = match self.free.last() {
            Some(&(begin, free)) if begin + free == self.end => {
                self.free.pop();
                begin
            }
            _ => self.end,
        };
        self.end = begin + length;
        begin
    }

    fn give_back(&mut self, begin: usize, length: usize) {
        let length = length.next_multiple_of(GRAIN);
        let at = self.free.partition_point(|&(other, _)| other < begin);
        self.free.insert(at, (begin, length));
        if let Some(&(next, more)) = self.free.get(at + 1)
            && begin + length == next
        {
            self.free[at].1 += more;
            self.free.remove(at + 1);
        }
        if at > 0 && self.free[at - 1].0 + self.free[at - 1].1 == begin {
            self.free[at - 1].1 += self.free[at].1;
            self.free.remove(at);
        }
    }
}
