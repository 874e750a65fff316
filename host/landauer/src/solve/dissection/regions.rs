//! In which parts states are carried into a strip: first what is above, then region by region all states, so that a
//! region's factors and amplitudes stay in a processor's cache.

use super::factors::FactorPlaces;
use super::plan::{Front, Plan};
use crate::system::StripSize;

/// Pairs of factors that a region has at most: of eight strips at a time 0.25 MB, and its amplitudes are as many.
const MAX_PAIRS: usize = 2000;

/// A site that is visited when what a region has is added up, and what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Visit {
    pub(super) site: usize,
    /// Is it the region's own? Else only its bonds are.
    pub(super) is_own: bool,
    /// Is the bond to the next slice the region's?
    pub(super) along: bool,
    /// Is the bond to the next row?
    pub(super) across: bool,
}

/// Fronts that are carried together.
#[derive(Debug, Default)]
pub(super) struct Region {
    /// In the order of the way back.
    pub(super) fronts: Vec<usize>,
    /// The sites around it, which must be known: (site, place among [`Regions::kept`]).
    pub(super) outside: Vec<(usize, usize)>,
    /// In the order of their numbers.
    pub(super) visits: Vec<Visit>,
}

/// All fronts of a plan in regions that do not touch each other, and what is between them.
#[derive(Debug)]
pub(crate) struct Regions {
    /// Where each front's factors lie.
    pub(super) places: FactorPlaces,
    /// The ends and the fronts above, which are carried first.
    pub(super) top: Region,
    /// Sites of those that the others need.
    pub(super) kept: Vec<usize>,
    pub(super) below: Vec<Region>,
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
        let mut is_kept = vec![false; home.len()];
        for (front, _) in plan
            .fronts
            .iter()
            .zip(&groups)
            .filter(|(_, group)| group.is_some())
        {
            for &site in &front.outside_sites {
                is_kept[site as usize] |= home[site as usize].is_none();
            }
        }
        let kept: Vec<usize> = (0..home.len()).filter(|&site| is_kept[site]).collect();
        let region = |group: Option<usize>| {
            let mut region = Region::default();
            let fronts = (0..groups.len()).rev();
            region
                .fronts
                .extend(fronts.filter(|&front| groups[front] == group));
            region.visits = visits(plan.size, group, &home);
            region
        };
        let top = region(None);
        let mut below: Vec<Region> = (0..count).map(|group| region(Some(group))).collect();
        for (group, region) in below.iter_mut().enumerate() {
            let around = { region.fronts.iter() }
                .flat_map(|&front| &plan.fronts[front].outside_sites)
                .map(|&site| site as usize)
                .filter(|&site| home[site] != Some(group));
            let mut around: Vec<usize> = around.collect();
            around.sort_unstable();
            around.dedup();
            // (All that is around a region is between regions.)
            let place = |site| kept.binary_search(&site).ok().map(|place| (site, place));
            region.outside = around.into_iter().filter_map(place).collect();
        }
        Self {
            places,
            top,
            kept,
            below,
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
        if let Some(size) = Some(sizes[number])
            && let Some(all) = sizes.get_mut(parent(number))
        {
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
        let of_seed = self.seed.iter().flat_map(|seed| seed.sites);
        let own = self.diagonal.iter().map(|&(_, site)| site);
        of_seed.chain(own)
    }
}

/// What of a strip belongs to a region: its sites, and every bond with an end in it; what is between regions has the
/// bonds among its own sites.
fn visits(size: StripSize, group: Option<usize>, home: &[Option<usize>]) -> Vec<Visit> {
    let (length, width) = (size.length(), size.width());
    let is_own_bond = |one: usize, other: usize| {
        let ends = [home[one], home[other]];
        match group {
            None => ends == [None, None],
            Some(_) => ends.contains(&group),
        }
    };
    let visit = |site: usize| Visit {
        site,
        is_own: home[site] == group,
        along: site / width + 1 < length && is_own_bond(site, site + width),
        across: site % width + 1 < width && is_own_bond(site, site + 1),
    };
    let all = (0..home.len()).map(visit);
    all.filter(|visit| visit.is_own || visit.along || visit.across)
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
            let mut fronts: Vec<usize> = all().flat_map(|region| region.fronts.clone()).collect();
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
            assert_eq!(count(|visit| visit.along), (length - 1) * width);
            assert_eq!(count(|visit| visit.across), length * (width - 1));
            assert_eq!(regions.below.len() > 4, length == 40);
            // What a region looks at is its own or known.
            for region in &regions.below {
                let mut known: Vec<usize> = region.outside.iter().map(|&(site, _)| site).collect();
                known.extend(region.visits.iter().filter(|v| v.is_own).map(|v| v.site));
                for visit in &region.visits {
                    let next = visit.along.then_some(visit.site + width);
                    let below = visit.across.then_some(visit.site + 1);
                    for site in [Some(visit.site), next, below].into_iter().flatten() {
                        assert!(known.contains(&site), "{site}");
                    }
                }
                for &(site, place) in &region.outside {
                    assert_eq!(regions.kept[place], site);
                }
            }
        }
    }
}
