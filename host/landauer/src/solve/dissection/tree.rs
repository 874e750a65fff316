//! A dissection as a tree of separators.

use super::cost::{front_cost, leaf_cost};
use super::pivots::neighbours;
use crate::system::StripSize;

/// Sites that are eliminated together, after their children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Separator {
    /// The sites, numbered slice·width + row.
    pub(super) sites: Vec<usize>,
    /// The separators of its parts, by their place in the list.
    pub(super) children: Vec<usize>,
}

/// Merges children into their parents where one larger front costs less than two.
pub(super) fn merge(size: StripSize, separators: Vec<Separator>) -> Vec<Separator> {
    let outside = outside(size, &separators);
    let mut merged: Vec<Option<Separator>> = Vec::with_capacity(separators.len());
    for mut separator in separators {
        let number = merged.len();
        let mut kept = Vec::new();
        let mut candidates = std::mem::take(&mut separator.children);
        // The smallest first: they gain most.
        candidates
            .sort_by_key(|&child| merged[child].as_ref().map_or(0, |child| child.sites.len()));
        while !candidates.is_empty() {
            let child = candidates.remove(0);
            let Some(inner) = merged[child].take() else {
                continue;
            };
            let (p, q) = (separator.sites.len(), outside[number]);
            let (child_p, child_q) = (inner.sites.len(), outside[child]);
            let alone = if inner.children.is_empty() {
                leaf_cost(child_p, child_q)
            } else {
                front_cost(child_p, child_q)
            };
            let apart = front_cost(p, q) + alone;
            if front_cost(p + child_p, q) < apart {
                separator.sites.extend(inner.sites);
                candidates.extend(inner.children);
            } else {
                merged[child] = Some(inner);
                kept.push(child);
            }
        }
        kept.sort_unstable();
        separator.children = kept;
        merged.push(Some(separator));
    }
    // What is left moves together.
    let mut place = vec![0; merged.len()];
    let mut list: Vec<Separator> = Vec::new();
    for (number, separator) in merged.into_iter().enumerate() {
        if let Some(mut separator) = separator {
            for child in &mut separator.children {
                *child = place[*child];
            }
            place[number] = list.len();
            list.push(separator);
        }
    }
    list
}

/// What a dissection costs, in the measure of [`super::cost`], if every site is eliminated where it stands.
pub(super) fn cost(size: StripSize, separators: &[Separator]) -> f64 {
    let outside = outside(size, separators);
    let costs = separators.iter().zip(outside).map(|(separator, outside)| {
        let pivots = separator.sites.len();
        if separator.children.is_empty() {
            leaf_cost(pivots, outside)
        } else {
            front_cost(pivots, outside)
        }
    });
    costs.sum()
}

/// How many unknowns are outside the front of each separator.
fn outside(size: StripSize, separators: &[Separator]) -> Vec<usize> {
    let mut gone = vec![false; size.length() * size.width()];
    let mut sets: Vec<Vec<usize>> = Vec::with_capacity(separators.len());
    let mut counts = Vec::with_capacity(separators.len());
    for separator in separators {
        for &site in &separator.sites {
            gone[site] = true;
        }
        let mut set: Vec<usize> = separator
            .sites
            .iter()
            .flat_map(|&site| neighbours(size, site))
            .collect();
        for &child in &separator.children {
            set.append(&mut sets[child]);
        }
        set.sort_unstable();
        set.dedup();
        set.retain(|&site| !gone[site]);
        counts.push(set.len());
        sets.push(set);
    }
    counts
}
