//! Packs neighbours evenly into as few groups as a limit allows. Must not know texts.

use std::ops::Range;

/// Groups of neighbours, each with a sum of at most `limit` where single sizes allow that: as few groups as possible,
/// and among these with the smallest largest sum. Takes time in proportion to the number of sizes and the logarithm of
/// the limit.
pub(super) fn evenly(sizes: &[usize], limit: usize) -> Vec<Range<usize>> {
    let mut smallest = sizes.iter().copied().max().unwrap_or(0);
    let mut largest = limit.max(smallest);
    let fewest = groups(sizes, largest).len();
    while smallest < largest {
        let middle = smallest + (largest - smallest) / 2;
        if groups(sizes, middle).len() == fewest {
            largest = middle;
        } else {
            smallest = middle + 1;
        }
    }
    groups(sizes, largest)
}

/// Fills one group after the other.
fn groups(sizes: &[usize], limit: usize) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut sum = 0;
    for (index, &size) in sizes.iter().enumerate() {
        match groups.last_mut() {
            Some(last) if sum + size <= limit => last.end = index + 1,
            _ => {
                groups.push(index..index + 1);
                sum = 0;
            }
        }
        sum += size;
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sums(sizes: &[usize], limit: usize) -> Vec<usize> {
        evenly(sizes, limit).into_iter().map(|group| sizes[group].iter().sum()).collect()
    }

    #[test]
    fn groups_are_few_and_even() {
        assert_eq!(sums(&[1; 60], 50), [30, 30]);
        assert_eq!(sums(&[20, 20, 20, 5], 50), [40, 25]);
        assert_eq!(sums(&[10, 40, 3], 50), [10, 43]);
        assert_eq!(sums(&[30, 70, 30], 50), [30, 70, 30]);
        assert_eq!(sums(&[], 50), [0; 0]);
        assert_eq!(sums(&[0, 0], 0), [0]);
    }

    proptest! {
        #[test]
        fn no_other_groups_are_fewer_or_more_even(
            sizes in proptest::collection::vec(0_usize..9, 0..10),
            limit in 8_usize..30,
        ) {
            let found = evenly(&sizes, limit);
            let largest = found.iter().map(|group| sizes[group.clone()].iter().sum()).max().unwrap_or(0);
            prop_assert!(largest <= limit);
            prop_assert_eq!(found.iter().cloned().flatten().collect::<Vec<_>>(), (0..sizes.len()).collect::<Vec<_>>());
            // Each bit of `cuts` says whether a group ends after that size.
            for cuts in 0..1_u32 << sizes.len().saturating_sub(1) {
                let mut others = vec![0];
                for (index, size) in sizes.iter().enumerate() {
                    if index > 0 && cuts >> (index - 1) & 1 == 1 {
                        others.push(0);
                    }
                    *others.last_mut().unwrap() += size;
                }
                let largest_other = others.iter().copied().max().unwrap_or(0);
                if largest_other <= limit {
                    let is_better = (others.len(), largest_other) < (found.len(), largest);
                    prop_assert!(!is_better || sizes.is_empty(), "{:?} {:?}", found, others);
                }
            }
        }
    }
}
