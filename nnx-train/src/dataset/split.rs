//! Which items go to which part of a split.

use std::collections::BTreeMap;

use crate::{DataError, LoadingError, Random};

type Parts = (Vec<usize>, Vec<usize>);

/// The number of items in the second part.
fn second(len: usize, share: f64) -> Result<usize, DataError> {
    // A NaN is cast to 0, which is an error, too.
    let count = (share * len as f64).round() as usize;
    if count == 0 || count >= len {
        return Err(LoadingError::Share { share, len }.into());
    }
    Ok(count)
}

pub(super) fn at_random(len: usize, share: f64, seed: u64) -> Result<Parts, DataError> {
    let count = second(len, share)?;
    let mut order: Vec<usize> = (0..len).collect();
    Random::new(seed).shuffle(&mut order);
    Ok(parts(order, |order| order.split_off(len - count)))
}

/// Each class gets its share rounded down; the items that are left go to the classes with the largest remainders,
/// so that the second part has the size of a split that isn't stratified.
pub(super) fn stratified<K: Ord>(classes: &[K], share: f64, seed: u64) -> Result<Parts, DataError> {
    let count = second(classes.len(), share)?;
    let mut by_class: BTreeMap<&K, Vec<usize>> = BTreeMap::new();
    for (index, class) in classes.iter().enumerate() {
        by_class.entry(class).or_default().push(index);
    }
    let mut random = Random::new(seed);
    let mut groups: Vec<Vec<usize>> = by_class.into_values().collect();
    groups.iter_mut().for_each(|group| random.shuffle(group));

    let exact = |group: &Vec<usize>| share * group.len() as f64;
    let mut counts: Vec<usize> = groups.iter().map(|group| exact(group) as usize).collect();
    let mut by_remainder: Vec<usize> = (0..groups.len()).collect();
    let remainder = |&group: &usize| exact(&groups[group]).fract();
    by_remainder.sort_by(|a, b| remainder(b).total_cmp(&remainder(a)));
    let left = count.saturating_sub(counts.iter().sum());
    for &group in by_remainder.iter().take(left) {
        counts[group] += 1;
    }
    let (mut first, mut held) = (Vec::new(), Vec::new());
    for (mut group, count) in groups.into_iter().zip(counts) {
        held.extend(group.split_off(group.len() - count));
        first.extend(group);
    }
    Ok(parts(first, |_| held))
}

/// Both parts in the order of the set.
fn parts(mut first: Vec<usize>, second: impl FnOnce(&mut Vec<usize>) -> Vec<usize>) -> Parts {
    let mut second = second(&mut first);
    first.sort_unstable();
    second.sort_unstable();
    (first, second)
}
