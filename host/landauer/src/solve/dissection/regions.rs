//! In which parts states are carried into a strip: first what is above, then region by region all states, so that a
//! region's factors and amplitudes stay in a processor's cache.

use super::factors::FactorPlaces;
use super::plan::{Front, Plan};
use crate::system::StripSize;

/// Pairs of factors that a region has at most: of eight strips at a time 0.25 MB, and its amplitudes are as many.
const MAX_PAIRS: usize = 2000;

/// Where the amplitudes at a site are: those between regions first, then the region's own.
pub(super) type Row = usize;

/// A site that is visited when what a region has is added up, and what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) site: usize,
    pub(super) row: Row,
    /// Is it the region's own? Else only its bonds are.
    pub(super) is_own: bool,
    /// The same row of the next slice, if the bond to it is the region's.
    pub(super) along: Option<Row>,
    /// The next row of the slice, if the bond to it is.
    pub(super) across: Option<Row>,
}

/// Where a front's amplitudes are.
#[derive(Debug)]
pub(super) struct Carried {
    /// The front's number.
    pub(super) front: usize,
    /// Those at its pivots.
    pub(super) pivots: Vec<Row>,
    /// Those outside.
    pub(super) outside: Vec<Row>,
    /// Those around each site of a seed.
    pub(super) around: [Vec<Row>; 2],
}

/// Fronts that are carried together.
#[derive(Debug)]
pub(super) struct Region {
    /// In the order of the way back.
    pub(super) fronts: Vec<Carried>,
    /// In the order of their sites.
    pub(super) visits: Vec<Visit>,
}

/// All fronts of a plan in regions that do not touch each other, and what is between them.
#[derive(Debug)]
pub(crate) struct Regions {
    /// Where each front's factors lie.
    pub(super) places: FactorPlaces,
    /// Between the regions: the ends and the fronts above, which are carried first.
    pub(super) top: Region,
    pub(super) below: Vec<Region>,
    /// Sites between the regions.
    pub(super) between: usize,
    /// Sites of the largest region.
    pub(super) largest: usize,
    /// The ends' rows, in the order of [`super::plan::Ends::sites`].
    pub(super) ends: Vec<Row>,
}

impl Regions {
    pub(crate) fn new(plan: &Plan) -> Self {
        let places = FactorPlaces::new(plan);
        let groups = groups(plan, &places);
        let count = groups.iter().flatten().map(|group| group + 1).max();
        let count = count.unwrap_or(0);
        // By site, the region that it belongs to.
        let mut home: Vec<Option<usize>> = vec![None; plan.size.sites()];
        for (front, &group) in plan.fronts.iter().zip(&groups) {
            for site in front.sites() {
                home[site] = group;
            }
        }
        let between = home.iter().filter(|home| home.is_none()).count();
        let mut sizes = vec![0; count];
        let mut places_between = 0..;
        let rows: Vec<Row> = { home.iter() }
            .map(|&home| match home {
                None => places_between.next().unwrap_or(0),
                Some(group) => {
                    sizes[group] += 1;
                    between + sizes[group] - 1
                }
            })
            .collect();
        let region = |group: Option<usize>| Region {
            fronts: (0..groups.len())
                .rev()
                .filter(|&front| groups[front] == group)
                .map(|number| Carried::new(number, &plan.fronts[number], &rows))
                .collect(),
            visits: visits(plan.size, group, &home, &rows),
        };
        Self {
            places,
            top: region(None),
            below: (0..count).map(|group| region(Some(group))).collect(),
            between,
            largest: sizes.into_iter().max().unwrap_or(0),
            ends: plan.ends.sites.iter().map(|&site| rows[site]).collect(),
        }
    }
}

impl Carried {
    fn new(number: usize, front: &Front, rows: &[Row]) -> Self {
        let of = |sites: &[u32]| sites.iter().map(|&site| rows[site as usize]).collect();
        let around = front.seed.as_ref().map(|seed| &seed.around);
        Self {
            front: number,
            pivots: front.sites().map(|site| rows[site]).collect(),
            outside: of(&front.outside_sites),
            around: around.map_or_else(Default::default, |around| {
                around.each_ref().map(|sites| of(sites))
            }),
        }
    }
}

/// The region of each front, none of those that are above.
fn groups(plan: &Plan, places: &FactorPlaces) -> Vec<Option<usize>> {
    let fronts = &plan.fronts;
    let mut home = vec![fronts.len(); plan.size.sites()];
    for (number, front) in fronts.iter().enumerate() {
        for site in front.sites() {
            home[site] = number;
        }
    }
    // The front that eliminates the first of those outside a front; none if it is the ends.
    let parent = |number: usize| {
        let first = fronts[number].outside_sites.first();
        first.map_or(fronts.len(), |&site| home[site as usize])
    };
    let mut sizes: Vec<usize> = (0..fronts.len())
        .map(|number| places.of(number).len())
        .collect();
    for number in 0..fronts.len() {
        let size = sizes[number];
        if let Some(all) = sizes.get_mut(parent(number)) {
            *all += size;
        }
    }
    let fits = |number: usize| sizes.get(number).is_some_and(|&size| size <= MAX_PAIRS);
    // Largest subtrees that fit; small ones that follow each other go together.
    let mut groups = vec![None; fronts.len()];
    let (mut group, mut filled) = (0, 0);
    for number in 0..fronts.len() {
        if fits(number) && !fits(parent(number)) {
            if filled + sizes[number] > MAX_PAIRS {
                (group, filled) = (group + 1, 0);
            }
            filled += sizes[number];
            groups[number] = Some(group);
        }
    }
    for number in (0..fronts.len()).rev() {
        if fits(parent(number)) {
            groups[number] = groups[parent(number)];
        }
    }
    groups
}

impl Front {
    /// The sites that it eliminates.
    fn sites(&self) -> impl Iterator<Item = usize> {
        let of_seed =
            { self.seed.iter() }.flat_map(|seed| seed.sites.into_iter().take(self.pivots));
        let own = self.diagonal.iter().map(|&(_, site)| site);
        of_seed.chain(own)
    }
}

/// What of a strip belongs to a region: its sites, and every bond with an end in it; what is between regions has the
/// bonds among its own sites.
fn visits(
    size: StripSize,
    group: Option<usize>,
    home: &[Option<usize>],
    rows: &[Row],
) -> Vec<Visit> {
    let (length, width) = (size.length(), size.width());
    let bond = |one: usize, other: usize| {
        let ends = [home[one], home[other]];
        let is_own = match group {
            None => ends == [None, None],
            Some(_) => ends.contains(&group),
        };
        is_own.then_some(rows[other])
    };
    let visit = |site: usize| {
        let has_next = site / width + 1 < length;
        let has_below = site % width + 1 < width;
        Visit {
            site,
            row: rows[site],
            is_own: home[site] == group,
            along: has_next.then(|| bond(site, site + width)).flatten(),
            across: has_below.then(|| bond(site, site + 1)).flatten(),
        }
    };
    let all = (0..home.len()).map(visit);
    all.filter(|visit| visit.is_own || visit.along.is_some() || visit.across.is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_site_and_bond_is_in_one_region() {
        for (length, width, energy) in [(40, 40, 0.0), (40, 40, 0.18), (7, 3, 0.0), (2, 5, 0.3)] {
            let size = StripSize::new(length, width).unwrap();
            let plan = Plan::new(size, energy);
            let regions = Regions::new(&plan);
            let all = || std::iter::once(&regions.top).chain(&regions.below);
            let fronts = all().flat_map(|region| &region.fronts);
            let mut fronts: Vec<usize> = fronts.map(|carried| carried.front).collect();
            fronts.sort_unstable();
            assert_eq!(fronts, (0..plan.fronts.len()).collect::<Vec<_>>());
            let count = |which: fn(&Visit) -> bool| {
                let visits = all().flat_map(|region| &region.visits);
                let mut sites: Vec<usize> = { visits.filter(|visit| which(visit)) }
                    .map(|visit| visit.site)
                    .collect();
                let found = sites.len();
                sites.sort_unstable();
                sites.dedup();
                assert_eq!(sites.len(), found);
                found
            };
            assert_eq!(count(|visit| visit.is_own), length * width);
            assert_eq!(count(|visit| visit.along.is_some()), (length - 1) * width);
            assert_eq!(count(|visit| visit.across.is_some()), length * (width - 1));
            assert_eq!(regions.below.len() > 4, length == 40);
            // What a region looks at is its own or between regions, and known before it is needed.
            for region in &regions.below {
                let own = |visit: &&Visit| visit.is_own;
                let own: Vec<Row> = region.visits.iter().filter(own).map(|v| v.row).collect();
                assert!(own.len() <= regions.largest);
                assert!(own.iter().all(|row| !(0..regions.between).contains(row)));
                let mut known: Vec<Row> = (0..regions.between).collect();
                for carried in &region.fronts {
                    let around = carried.around.iter().flatten();
                    for row in carried.outside.iter().chain(around) {
                        assert!(known.contains(row), "{row}");
                    }
                    known.extend(&carried.pivots);
                }
                for visit in &region.visits {
                    for row in [Some(visit.row), visit.along, visit.across]
                        .into_iter()
                        .flatten()
                    {
                        assert!(known.contains(&row), "{row}");
                    }
                }
            }
        }
    }
}
