//! Order, size and content of batches, and where an iterator is.

use std::collections::BTreeSet;

use nnx_core::{Tensor, size::Batch};
use nnx_train::{
    Batches, Changed, Dataset, Items, Loader, LoadingError, Position, Random, Sampler, Sequence,
    Weighted,
};

/// The numbers from 0 to less than 11.
fn numbers() -> Items<i32> {
    (0..11).collect()
}

fn loader(size: usize) -> Loader<i32> {
    numbers().loader(size).unwrap()
}

fn values(batches: Batches<Tensor![Batch; i32]>) -> Vec<Vec<i32>> {
    batches.map(|batch| batch.unwrap().to_vec()).collect()
}

fn flat(loader: &Loader<i32>, epoch: u64) -> Vec<i32> {
    values(loader.epoch(epoch)).concat()
}

fn sizes(loader: &Loader<i32>) -> Vec<usize> {
    values(loader.epoch(0)).iter().map(Vec::len).collect()
}

#[test]
fn batches_of_nothing_are_refused() {
    assert_eq!(
        numbers().loader(0).unwrap_err().to_string(),
        "batches of 0 items from a set of 11; choose a size of at least 1"
    );
    assert_eq!(
        Items::<i32>(vec![]).loader(1).unwrap_err().to_string(),
        "the set has no items; nothing can be learned or measured from an empty set"
    );
    assert_eq!(
        loader(12).drop_last().unwrap_err().to_string(),
        "batches of 12 items from 11, of which the last is dropped, so that none is left; choose a size \
         from 1 to 11, or keep the last batch"
    );
    assert_eq!(sizes(&loader(100)), [11]);
    assert_eq!(sizes(&loader(usize::MAX)), [11]);
    assert_eq!(sizes(&loader(1)), [1; 11]);
}

#[test]
fn the_last_batch_is_kept_or_dropped() {
    let kept = loader(4).shuffled(0);
    assert_eq!((kept.steps(), kept.items(), sizes(&kept)), (3, 11, vec![4, 4, 3]));
    let dropped = kept.drop_last().unwrap();
    assert_eq!((dropped.steps(), dropped.items(), sizes(&dropped)), (2, 8, vec![4, 4]));
    assert_eq!(flat(&loader(4).drop_last().unwrap(), 0), [0, 1, 2, 3, 4, 5, 6, 7]);
    // If the batch size divides the size of the set, nothing is dropped.
    assert_eq!(sizes(&loader(11).drop_last().unwrap()), [11]);
}

#[test]
fn a_shuffled_epoch_holds_each_item_once() {
    let loader = loader(4).shuffled(0);
    for epoch in 0..100 {
        let mut seen = flat(&loader, epoch);
        seen.sort();
        assert_eq!(seen, (0..11).collect::<Vec<_>>());
    }
}

#[test]
fn seed_and_epoch_decide_the_order() {
    let order = |seed, size, epoch| flat(&loader(size).shuffled(seed), epoch);
    assert_eq!(order(0, 4, 0), order(0, 11, 0));
    assert_ne!(order(0, 4, 0), order(0, 4, 1));
    assert_ne!(order(0, 4, 0), order(1, 4, 0));
    assert_eq!(order(u64::MAX, 4, 1), order(0, 4, 0));
    // Pinned: a run is to be repeatable with the next release and on other machines.
    assert_eq!(order(0, 4, 0), [3, 0, 5, 8, 6, 1, 2, 7, 9, 10, 4]);
}

#[test]
fn dropped_items_change_with_the_epoch() {
    let loader = loader(10).shuffled(0).drop_last().unwrap();
    let missing = |epoch| {
        let kept = flat(&loader, epoch);
        (0..11).find(|number| !kept.contains(number)).unwrap()
    };
    assert!((0..50).map(missing).collect::<BTreeSet<_>>().len() > 5);
}

#[test]
fn every_position_is_equally_likely() {
    // 11,000 shuffles put each item about 1,000 times first; ±150 is five deviations.
    let loader = loader(1).shuffled(0);
    let mut first = [0; 11];
    for epoch in 0..11_000 {
        let batch = loader.epoch(epoch).next().unwrap().unwrap();
        first[batch.to_vec()[0] as usize] += 1;
    }
    assert!(first.iter().all(|count| (850..1_150).contains(count)), "{first:?}");
}

/// All that is random at once.
fn random(size: usize, workers: usize) -> Loader<Changed<i32, Tensor![Batch; i32]>> {
    let noisy = loader(size).shuffled(3).augment(|x, random| x * 1000 + random.below(1000) as i32);
    noisy
        .augment_batch(|batch, random| {
            let offset = random.below(1000) as i32 * 1_000_000;
            let numbers = batch.to_vec().iter().map(|x| x + offset).collect();
            nnx_core::tensor::Tensor::from_vec(numbers).unwrap()
        })
        .workers(workers)
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let expected: Vec<_> = (0..4).map(|epoch| values(random(3, 0).epoch(epoch))).collect();
    assert_eq!(expected.concat().len(), 16);
    for workers in [1, 2, 3, 8] {
        for ahead in [1, 5] {
            let loader = random(3, workers).ahead(ahead);
            for (epoch, expected) in (0..).zip(&expected) {
                assert_eq!(&values(loader.epoch(epoch)), expected, "{workers} workers");
            }
            let all: Vec<_> = loader.from_step(0).take(16).map(|b| b.unwrap().to_vec()).collect();
            assert_eq!(all, expected.concat());
        }
    }
}

#[test]
fn augmentation_depends_on_position_and_epoch_and_not_on_the_batch_size() {
    let noise = |size, epoch| -> Vec<i32> {
        let loader = loader(size).augment(|_, random| random.below(1 << 30) as i32);
        flat(&loader, epoch)
    };
    assert_eq!(noise(4, 0), noise(11, 0));
    assert_ne!(noise(4, 0), noise(4, 1));
    assert_eq!(noise(4, 0).into_iter().collect::<BTreeSet<_>>().len(), 11);
}

#[test]
fn a_position_goes_on_in_the_middle_of_an_epoch() {
    for workers in [0, 2] {
        let loader = random(2, workers);
        let whole = values(loader.epoch(5));
        for taken in 0..=whole.len() {
            let mut batches = loader.epoch(5);
            let first: Vec<_> = batches.by_ref().take(taken).map(|b| b.unwrap().to_vec()).collect();
            let position = batches.position();
            assert_eq!((position.epoch, position.batch), (5, taken as u64));
            let saved = serde_json::to_string(&position).unwrap();
            let position: Position = serde_json::from_str(&saved).unwrap();
            let rest = values(random(2, workers).resume(&position).unwrap());
            assert_eq!([first, rest].concat(), whole, "{taken} taken");
        }
    }
}

#[test]
fn steps_count_over_epochs() {
    let loader = loader(4).shuffled(1);
    let all: Vec<_> = (0..3).flat_map(|epoch| values(loader.epoch(epoch))).collect();
    for step in 0..9 {
        let mut batches = loader.from_step(step);
        assert_eq!(batches.next().unwrap().unwrap().to_vec(), all[step as usize]);
        let position = batches.position();
        assert_eq!(position.epoch * 3 + position.batch, step + 1);
    }
    let rest: Vec<_> = loader.from_step(5).take(4).map(|b| b.unwrap().to_vec()).collect();
    assert_eq!(rest, all[5..]);
}

#[test]
fn a_position_of_another_loader_is_refused() {
    let position = loader(4).shuffled(7).epoch(0).position();
    let refused = |other: Loader<i32>| other.resume(&position).unwrap_err().to_string();
    let expected = |what: &str| {
        format!(
            "the position is that of a loader with {what}; resume with the data, batch size and seed that the \
             run was started with"
        )
    };
    assert_eq!(
        refused(numbers().take(9).loader(4).unwrap().shuffled(7)),
        expected("items 11, but this one has 9")
    );
    assert_eq!(refused(loader(5).shuffled(7)), expected("the batch size 4, but this one has 5"));
    assert_eq!(refused(loader(4).shuffled(8)), expected("the seed 7, but this one has 8"));
    assert_eq!(
        refused(loader(4).shuffled(7).drop_last().unwrap()),
        expected("drop_last 0, but this one has 1")
    );
    // A position behind the end has nothing left.
    // Another order of the same items, and other items in the same order.
    let order = "the position is that of a loader with another order of the items; resume with the sampler, weights, \
                 classes or lengths that the run was started with";
    assert_eq!(refused(loader(4).with_replacement(7)), order);
    let contents = refused(loader(4).shuffled(7).map(|x| x + 1));
    assert!(
        contents.starts_with("the position is that of a loader with other items: "),
        "{contents}"
    );
    assert!(contents.contains("add `without_digest()` to the loader"), "{contents}");
    let anew = loader(4).shuffled(7).map(|x| x + 1).without_digest();
    assert!(anew.resume(&position).is_ok());
    // A position that was saved before there were digests.
    let old = Position { order: None, contents: None, ..position };
    assert!(loader(4).with_replacement(7).resume(&old).is_ok());

    let behind = Position { batch: 99, ..position };
    assert!(values(loader(4).shuffled(7).resume(&behind).unwrap()).is_empty());
}

#[test]
fn weights_are_the_probabilities_of_items() {
    let mut weights = vec![0.0; 11];
    (weights[2], weights[5], weights[10]) = (1.0, 2.0, 5.0);
    let loader = loader(11).weighted(0, &weights).unwrap();
    let mut counts = [0; 11];
    for epoch in 0..800 {
        flat(&loader, epoch).iter().for_each(|&number| counts[number as usize] += 1);
    }
    assert_eq!(counts.iter().sum::<i32>(), 8800);
    for (number, count) in counts.into_iter().enumerate() {
        let expected = 1100.0 * weights[number];
        let deviation = expected.sqrt();
        assert!((f64::from(count) - expected).abs() <= 5.0 * deviation, "{counts:?}");
    }
}

#[test]
fn weights_that_are_none_are_refused() {
    let refused = |weights: &[f64]| loader(4).weighted(0, weights).unwrap_err().to_string();
    let with = |weight: f64| -> Vec<f64> {
        let mut weights = vec![1.0; 11];
        weights[3] = weight;
        weights
    };
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(
            refused(&with(weight)),
            format!(
                "weight {weight} of item 3; weights are finite and at least 0, and their sum is above 0 and finite"
            )
        );
    }
    assert!(refused(&[0.0; 11]).starts_with("weight 0 of item 10; "));
    assert!(refused(&[1e308; 11]).starts_with("weight 1"));
    assert_eq!(refused(&[1.0; 4]), "4 weights for a set of 11 items; give one for each item");
    let classes = loader(4).balanced(0, &[1, 2]).unwrap_err().to_string();
    assert_eq!(classes, "2 classes for a set of 11 items; give one for each item");
    let lengths = loader(4).bucketed(0, &[1; 12]).unwrap_err().to_string();
    assert_eq!(lengths, "12 lengths for a set of 11 items; give one for each item");
}

#[test]
fn balanced_classes_are_equally_frequent() {
    // Class 0 has 9 items, class 1 two.
    let classes: Vec<i32> = (0..11).map(|number| i32::from(number >= 9)).collect();
    let loader = loader(11).balanced(5, &classes).unwrap();
    let rare = (0..400).flat_map(|epoch| flat(&loader, epoch)).filter(|&n| n >= 9).count();
    // Of 4400 draws; the deviation is 33.
    assert!((2035..2365).contains(&rare), "{rare}");
    assert!(Weighted::balanced(&classes).is_ok());
}

#[test]
fn buckets_hold_items_of_similar_length_each_once() {
    let lengths: Vec<usize> = (0..1003).map(|i| i * 7919 % 97).collect();
    let texts: Items<Sequence<i32>> =
        lengths.iter().enumerate().map(|(i, &n)| Sequence::new(vec![i as i32; n + 1])).collect();
    let loader = texts.loader(10).unwrap().bucketed(2, &lengths).unwrap();
    let padding = |loader: &Loader<Sequence<i32>>, epoch| -> (usize, Vec<i32>) {
        let (mut padding, mut seen) = (0, Vec::new());
        for batch in loader.epoch(epoch) {
            let batch = batch.unwrap();
            let mask = batch.mask.to_vec();
            padding += mask.iter().filter(|within| !**within).count();
            let time = batch.values.dims()[1];
            seen.extend(batch.values.to_vec().chunks(time).map(|row| row[0]));
        }
        (padding, seen)
    };
    let (bucketed, mut first) = padding(&loader, 0);
    let (_, second) = padding(&loader, 1);
    let (shuffled, _) = padding(&loader.clone().shuffled(2), 0);
    assert!(bucketed * 5 < shuffled, "{bucketed} against {shuffled}");
    assert_ne!(first, second);
    first.sort();
    assert_eq!(first, (0..1003).collect::<Vec<_>>());
    // The smaller batch is the last.
    let sizes: Vec<usize> = loader.epoch(0).map(|b| b.unwrap().lengths.dims()[0]).collect();
    assert_eq!((sizes.len(), sizes[100]), (101, 3));
    assert!(sizes[..100].iter().all(|&size| size == 10));
}

#[test]
fn a_sampler_that_names_no_item_is_an_error_and_a_short_one_a_short_epoch() {
    #[derive(Debug)]
    struct Wrong(Vec<usize>);
    impl Sampler for Wrong {
        fn order(&self, _: usize, _: &mut Random) -> Vec<usize> {
            self.0.clone()
        }
    }
    let mut batches = loader(2).sampled(0, Wrong(vec![1, 2, 3, 99])).epoch(0);
    assert_eq!(batches.next().unwrap().unwrap().to_vec(), [1, 2]);
    assert_eq!(
        batches.next().unwrap().unwrap_err().to_string(),
        "there is no item 99 in a set of 11; indices are from 0 to less than 11"
    );
    assert!(batches.next().is_none());
    assert_eq!(values(loader(2).sampled(0, Wrong(vec![4, 5, 6])).epoch(0)), [vec![4, 5], vec![6]]);
}

/// A loader whose items 2, 3 and 7 are broken.
fn broken(size: usize, workers: usize) -> Loader<i32> {
    let set = numbers().try_map(|number| match number {
        2 | 3 | 7 => Err(format!("{number} is out of fashion")),
        _ => Ok(number),
    });
    set.loader(size).unwrap().workers(workers)
}

#[test]
fn the_first_broken_item_ends_an_epoch() {
    for workers in [0, 2] {
        let mut batches = broken(2, workers).epoch(0);
        assert_eq!(batches.next().unwrap().unwrap().to_vec(), [0, 1]);
        let error = batches.next().unwrap().unwrap_err().to_string();
        assert_eq!(error, "item 2: 2 is out of fashion");
        assert!(batches.next().is_none() && batches.next().is_none());
    }
}

#[test]
fn broken_items_are_skipped_and_counted() {
    for workers in [0, 2] {
        let loader = broken(2, workers).skip_broken();
        let mut batches = loader.epoch(0);
        let left: Vec<_> = batches.by_ref().map(|batch| batch.unwrap().to_vec()).collect();
        // The batch of items 2 and 3 is empty.
        assert_eq!(left, [vec![0, 1], vec![4, 5], vec![6], vec![8, 9], vec![10]]);
        assert_eq!(batches.skipped().count(), 3);
        assert_eq!(
            batches.skipped().to_string(),
            "3 items skipped: item 2: 2 is out of fashion; item 3: 3 is out of fashion; \
             item 7: 7 is out of fashion"
        );
        assert_eq!(batches.position().batch, 6);
    }
}

#[test]
fn a_set_in_which_all_is_broken_does_not_go_on_for_ever() {
    let set = numbers().try_map(|number| Err::<i32, _>(format!("no {number}")));
    let loader = set.loader(3).unwrap().skip_broken();
    assert_eq!(loader.epoch(0).count(), 0);
    let mut batches = loader.from_step(0);
    let error = batches.next().unwrap().unwrap_err().to_string();
    assert!(error.starts_with("no item of an epoch can be read: "), "{error}");
    assert!(error.contains("items skipped: item 0: no 0; "), "{error}");
    assert!(error.contains("; and "), "{error}");
    assert!(batches.next().is_none());
}

#[test]
fn dropping_an_iterator_stops_its_workers() {
    let loader = random(1, 4).ahead(3);
    for _ in 0..50 {
        let mut batches = loader.epoch(0);
        batches.next();
    }
}

#[test]
fn loaders_print_their_settings_not_their_items() {
    let text = format!("{:?}", loader(4).shuffled(3));
    assert!(
        text.starts_with("Loader { items: 11, batch_size: 4, sampler: Shuffled, seed: 3"),
        "{text}"
    );
    let text = format!("{:?}", loader(4).epoch(2));
    assert_eq!(text, "Batches { epoch: 2, next: 0, steps: 3, .. }");
    let error = LoadingError::Empty;
    assert_eq!(error.clone(), error);
}
