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
use pulp::{Arch, Simd, WithSimd};

use super::degeneracy::TOO_CLOSE;
use super::tree::{Separator, cost, merge};
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

/// Strips of at least this length and width are cut along diagonals at a smaller cost than along straight lines, wherever
/// both can be (at 40×40 by two fifths).
const ALWAYS_DIAGONAL: usize = 24;

/// The whole energy that an energy is planned as, if it is near one.
pub(super) fn nearly_whole(energy: f64) -> Option<f64> {
    let whole = energy.round();
    ((energy - whole).abs() < NEARLY_WHOLE).then_some(whole)
}

/// Finds the order for strips of this size near this energy: a rehearsal of the cheapest of some dissections.
pub(super) fn order(size: StripSize, energy: f64) -> Order {
    let energy = nearly_whole(energy).unwrap_or(energy);
    let mut dissections = Vec::new();
    // At the band centre a clean site is no pivot, and nor is what diagonals bound.
    let are_diagonal = energy.abs() >= TOO_CLOSE;
    if are_diagonal {
        dissections.push(diagonal::dissect(size));
    }
    if !are_diagonal || size.length().min(size.width()) < ALWAYS_DIAGONAL {
        dissections.push(straight::dissect(size, energy));
    }
    let merged = dissections
        .into_iter()
        .map(|separators| merge(size, separators));
    let cheapest = merged.min_by(|one, other| cost(size, one).total_cmp(&cost(size, other)));
    rehearse(size, energy, &cheapest.unwrap_or_default())
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
    /// The rows of the sites of the front that is made now; those of others mean nothing.
    place: Vec<usize>,
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
            place: vec![0; sites],
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
        for (at, &site) in sites.iter().enumerate() {
            self.place[site] = at;
        }
        let mut matrix = Matrix::zero(sites.len());
        let is_leaf = children.is_empty();
        for child in children {
            let places: Vec<usize> = child.sites.iter().map(|&site| self.place[site]).collect();
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
            let at = self.place[site];
            matrix.add(at, at, diagonal, residue(self.energy));
            for other in self.neighbours(site) {
                if !self.seen[other] {
                    matrix.add(at, self.place[other], [1.0; CASTS], 1);
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

/// An elimination under way. What is no candidate is coupled to many others, and changed at the end alone, by all
/// pivots at once.
struct Elimination<'m> {
    matrix: &'m mut Matrix,
    /// The first so many may be eliminated.
    candidates: usize,
    /// Those not eliminated yet.
    open: Vec<usize>,
    taken: Vec<usize>,
    /// What has been eliminated.
    done: Vec<Eliminated>,
    modulo: bool,
    arch: Arch,
}

/// One or two independent rows, by place; those of what was eliminated before mean nothing.
struct Eliminated {
    rows: Vec<[Cast; 2]>,
    /// Times the inverses of their pivots.
    scaled: Vec<[Cast; 2]>,
}

impl Eliminated {
    /// What they take from an element, `row` being the earlier place.
    #[inline(always)]
    fn subtract(&self, value: &mut Cast, row: usize, column: usize) {
        let ([one, two], [first, second]) = (&self.scaled[row], &self.rows[column]);
        for cast in 0..CASTS {
            value[cast] -= one[cast] * first[cast] + two[cast] * second[cast];
        }
    }
}

impl<'m> Elimination<'m> {
    fn new(matrix: &'m mut Matrix, candidates: usize, modulo: bool) -> Self {
        Self {
            matrix,
            candidates,
            open: (0..candidates).collect(),
            taken: Vec::new(),
            done: Vec::new(),
            modulo,
            arch: Arch::new(),
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
        let rest = self.rest();
        let candidates = rest.partition_point(|&place| place < self.candidates);
        self.arch.dispatch(Subtract {
            side: self.matrix.side,
            casts: &mut self.matrix.casts,
            places: &rest,
            first_column: candidates,
            done: &self.done,
        });
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
        let mut rows = vec![[[0.0; CASTS]; 2]; self.matrix.side];
        let mut inverses = [[0.0; CASTS]; 2];
        let mut factors = [[0.0; 5]; CASTS];
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
            factors[cast] = [f[0], f[1], f[2], f[3], factor];
        }
        for &column in &rest {
            let (r, s) = (self.element(one, column), self.element(two, column));
            let row = &mut rows[column];
            for cast in 0..CASTS {
                let f = &factors[cast];
                let first = f[0] * r[cast] + f[1] * s[cast];
                row[0][cast] = first;
                row[1][cast] = f[2] * r[cast] + f[3] * s[cast] - f[4] * first;
            }
        }
        self.subtract(rows, inverses);
        if self.modulo {
            self.eliminate_modulo(&[one, two], &rest);
        }
    }

    fn eliminate_single(&mut self, one: usize) {
        let pivot = self.matrix.casts[self.at(one, one)];
        self.take(one);
        let rest = self.rest();
        let mut rows = vec![[[0.0; CASTS]; 2]; self.matrix.side];
        for &column in &rest {
            rows[column][0] = self.element(one, column);
        }
        self.subtract(rows, [pivot.map(|pivot| 1.0 / pivot), [0.0; CASTS]]);
        if self.modulo {
            self.eliminate_modulo(&[one], &rest);
        }
    }

    /// An element of a candidate's row as it is now.
    fn element(&self, candidate: usize, column: usize) -> Cast {
        let mut value = self.matrix.casts[self.at(candidate, column)];
        if column >= self.candidates {
            for eliminated in &self.done {
                eliminated.subtract(&mut value, candidate, column);
            }
        }
        value
    }

    /// Subtracts from the candidates that are left what independent rows with these inverse pivots take from them,
    /// and keeps those for the others.
    fn subtract(&mut self, rows: Vec<[Cast; 2]>, inverses: [Cast; 2]) {
        let scaled = |row: &[Cast; 2]| {
            let mut scaled = *row;
            for (row, inverse) in scaled.iter_mut().zip(inverses) {
                for (value, inverse) in row.iter_mut().zip(inverse) {
                    *value *= inverse;
                }
            }
            scaled
        };
        let scaled = rows.iter().map(scaled).collect();
        let eliminated = Eliminated { rows, scaled };
        self.arch.dispatch(Subtract {
            side: self.matrix.side,
            casts: &mut self.matrix.casts,
            places: &self.open,
            first_column: 0,
            done: std::slice::from_ref(&eliminated),
        });
        self.done.push(eliminated);
    }

    /// The same modulo 5, where the inverse of x is x³.
    fn eliminate_modulo(&mut self, pivots: &[usize], rest: &[usize]) {
        let m = |row: usize, column: usize| self.matrix.modulo[self.at(row, column)];
        let over = |x: u8| x * x % 5 * x % 5;
        let (rows, inverse): (Vec<[u8; 2]>, [[u8; 2]; 2]) = if let &[one, two] = pivots {
            let (a, b, c) = (m(one, one), m(one, two), m(two, two));
            let over = over((a * c + 4 * (b * b % 5)) % 5);
            let inverse = [
                [over * c % 5, 4 * over % 5 * b % 5],
                [4 * over % 5 * b % 5, over * a % 5],
            ];
            let of_rows = |&column: &usize| [m(one, column), m(two, column)];
            (rest.iter().map(of_rows).collect(), inverse)
        } else {
            let one = pivots[0];
            let of_row = |&column: &usize| [m(one, column), 0];
            let inverse = [[over(m(one, one)), 0], [0, 0]];
            (rest.iter().map(of_row).collect(), inverse)
        };
        for (i, &row) in rest.iter().enumerate() {
            let [x, y] = rows[i];
            let scaled = [0, 1].map(|k| (x * inverse[0][k] + y * inverse[1][k]) % 5);
            for (&[x, y], &column) in rows[i..].iter().zip(&rest[i..]) {
                let at = self.at(row, column);
                let update = (scaled[0] * x + scaled[1] * y) % 5;
                let value = (self.matrix.modulo[at] + 4 * update) % 5;
                self.matrix.modulo[at] = value;
                let at = self.at(column, row);
                self.matrix.modulo[at] = value;
            }
        }
    }
}

/// Subtracts what eliminated rows take from the elements between some places, in ascending order, with the vectors of
/// a machine. Nothing is fused, so that the bits are the same on all.
struct Subtract<'s> {
    side: usize,
    casts: &'s mut [Cast],
    places: &'s [usize],
    /// Of the columns, those from here on.
    first_column: usize,
    done: &'s [Eliminated],
}

impl WithSimd for Subtract<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        /// Rows that are read once for a column.
        const ROWS: usize = 4;
        for (block, rows) in self.places.chunks(ROWS).enumerate() {
            let first = block * ROWS;
            for at in first.max(self.first_column)..self.places.len() {
                let column = self.places[at];
                let rows = &rows[..rows.len().min(at + 1 - first)];
                let mut values = [[0.0; CASTS]; ROWS];
                for (value, &row) in values.iter_mut().zip(rows) {
                    *value = self.casts[row * self.side + column];
                }
                for eliminated in self.done {
                    for (value, &row) in values.iter_mut().zip(rows) {
                        eliminated.subtract(value, row, column);
                    }
                }
                for (value, &row) in values.iter().zip(rows) {
                    self.casts[row * self.side + column] = *value;
                    self.casts[column * self.side + row] = *value;
                }
            }
        }
    }
}
