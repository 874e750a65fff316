//! The tree that a plan's fronts make.

use super::pivots::neighbours;
use super::plan::{FrontSummary, Plan};

impl Plan {
    /// For each front how many times what it lies in has been cut off from something else: 0 for
    /// the cut through the whole interior, 1 for those through its two parts, and so on. Fronts that
    /// eliminate one cut after the other have the same level.
    #[must_use]
    pub fn levels(&self) -> Vec<usize> {
        let fronts: Vec<FrontSummary> = self.fronts().collect();
        let parents = self.parents(&fronts);
        // What has no parent goes straight into the ends, number `fronts.len()`.
        let ends = fronts.len();
        let mut children = vec![0; ends + 1];
        for &parent in &parents {
            children[parent] += 1;
        }
        let mut levels = vec![0; ends + 1];
        for number in (0..ends).rev() {
            let parent = parents[number];
            levels[number] = levels[parent] + usize::from(children[parent] > 1);
        }
        levels.truncate(ends);
        levels
    }

    /// The first front that each is coupled to when it goes (J. W. H. Liu, ACM Trans. Math. Softw.
    /// 12, 127, 1986), or their number if there is none.
    fn parents(&self, fronts: &[FrontSummary]) -> Vec<usize> {
        let size = self.size();
        let none = fronts.len();
        let mut home = vec![none; size.length() * size.width()];
        let mut parents = vec![none; fronts.len()];
        // Shortcuts to the last front that anything has gone into.
        let mut last: Vec<usize> = (0..fronts.len()).collect();
        for (number, front) in fronts.iter().enumerate() {
            for &site in &front.sites {
                home[site] = number;
                for other in neighbours(size, site) {
                    let mut root = home[other];
                    if root == none {
                        continue;
                    }
                    while last[root] != root {
                        last[root] = last[last[root]];
                        root = last[root];
                    }
                    if root != number {
                        parents[root] = number;
                        last[root] = number;
                    }
                }
            }
        }
        parents
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::StripSize;

    #[test]
    fn a_front_goes_into_the_first_that_it_is_coupled_to() {
        for (length, width, energy) in [(12, 9, 0.0), (30, 40, 0.18), (3, 3, 0.0), (2, 5, 0.1)] {
            let plan = Plan::new(StripSize::new(length, width).unwrap(), energy);
            let fronts: Vec<FrontSummary> = plan.fronts().collect();
            let parents = plan.parents(&fronts);
            // The same by the elimination itself: sites outside, front by front.
            let mut outside: Vec<Vec<usize>> = vec![Vec::new(); fronts.len()];
            let mut gone = vec![false; length * width];
            for (number, front) in fronts.iter().enumerate() {
                let own = front.sites.iter();
                let mut sites: Vec<usize> = own
                    .flat_map(|&site| neighbours(plan.size(), site))
                    .collect();
                for earlier in (0..number).filter(|&earlier| parents[earlier] == number) {
                    sites.append(&mut outside[earlier].clone());
                }
                front.sites.iter().for_each(|&site| gone[site] = true);
                sites.sort_unstable();
                sites.dedup();
                sites.retain(|&site| !gone[site]);
                // A plan may count in what only sites that were put off are coupled to.
                assert!(sites.len() <= front.outside, "front {number}");
                outside[number] = sites;
            }
            for (number, &parent) in parents.iter().enumerate() {
                let coupled = |front: &FrontSummary| {
                    front
                        .sites
                        .iter()
                        .any(|site| outside[number].contains(site))
                };
                assert_eq!(
                    fronts.iter().position(coupled).unwrap_or(fronts.len()),
                    parent
                );
            }
            let levels = plan.levels();
            assert!(levels.iter().all(|&level| level < fronts.len().max(1)));
        }
    }
}
