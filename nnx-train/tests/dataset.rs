//! Sets made of others.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nnx_core::Tensor;
use nnx_core::size::Batch;
use nnx_core::tensor::Tensor;
use nnx_train::{Dataset, Items, TensorRows};

fn numbers(count: i32) -> Items<i32> {
    (0..count).collect()
}

#[test]
fn an_index_too_large_is_an_error_in_every_set() {
    let set = || numbers(3);
    let expected = "there is no item 3 in a set of 3; indices are from 0 to less than 3";
    let rows: Tensor![Batch, 2] = Tensor::batch([[1.0, 2.0]; 3]);
    let errors = [
        set().get(3).unwrap_err(),
        set().map(|x| x).get(3).unwrap_err(),
        set().take(9).get(3).unwrap_err(),
        set().filter(|_| true).unwrap().get(3).unwrap_err(),
        set().zip(set()).unwrap().get(3).unwrap_err(),
        set().cache().get(3).unwrap_err(),
        Arc::new(set()).get(3).unwrap_err(),
        numbers(1).concat(numbers(2)).get(3).unwrap_err(),
        TensorRows::new(rows).get(3).unwrap_err(),
        set().subset(vec![0, 3]).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn sets_are_joined_side_by_side_and_one_after_another() {
    let set = numbers(2).concat(numbers(3).map(|x| 10 * x));
    assert_eq!(set.to_vec().unwrap(), [0, 1, 0, 10, 20]);
    let pairs = numbers(2).zip(Items(vec!['a', 'b'])).unwrap();
    assert_eq!(pairs.to_vec().unwrap(), [(0, 'a'), (1, 'b')]);
    assert_eq!(
        numbers(2).zip(numbers(3)).unwrap_err().to_string(),
        "2 items on the left, 3 on the right; sets that are zipped are equally long"
    );
}

#[test]
fn both_parts_of_a_split_have_each_item_once_in_order() {
    for (len, share) in [(2, 0.5), (10, 0.1), (101, 0.25), (1000, 0.999)] {
        for seed in 0..5 {
            let (first, second) = numbers(len).split(share, seed).unwrap();
            assert_eq!(second.len(), (f64::from(len) * share).round() as usize);
            assert!(first.indices().is_sorted() && second.indices().is_sorted());
            let mut all = [first.to_vec().unwrap(), second.to_vec().unwrap()].concat();
            all.sort();
            assert_eq!(all, (0..len).collect::<Vec<_>>());
        }
    }
    let held_out = |seed| numbers(100).split(0.2, seed).unwrap().1.to_vec().unwrap();
    assert_eq!(held_out(1), held_out(1));
    assert_ne!(held_out(1), held_out(2));
    let (first, second) = numbers(9).split(0.5, 0).unwrap();
    assert!(Arc::ptr_eq(first.whole(), second.whole()), "the set isn't copied");
}

#[test]
fn a_split_that_leaves_nothing_on_one_side_is_refused() {
    for share in [0.0, 0.001, 1.0, -0.5, 2.0, f64::NAN, f64::INFINITY] {
        let expected = format!(
            "a share of {share} of 10 items leaves nothing on one side; choose one above 0 and below 1, such as 0.1"
        );
        assert_eq!(numbers(10).split(share, 0).unwrap_err().to_string(), expected);
        let stratified = numbers(10).split_stratified(share, 0, |x| *x);
        assert_eq!(stratified.unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_stratified_split_has_the_share_of_each_class() {
    // Classes of 1, 2, 10, 37 and 50 items.
    let sizes = [1, 2, 10, 37, 50];
    let classes: Items<i32> =
        (0..).zip(sizes).flat_map(|(class, size)| vec![class; size]).collect();
    for seed in 0..20 {
        let (train, test) = classes.clone().split_stratified(0.3, seed, |class| *class).unwrap();
        assert_eq!((train.len(), test.len()), (70, 30));
        let held = test.to_vec().unwrap();
        for (class, size) in (0..).zip(sizes) {
            let count = held.iter().filter(|held| **held == class).count() as f64;
            let exact = 0.3 * size as f64;
            assert!(count >= exact.floor() && count <= exact.ceil(), "{class}: {count}");
        }
        assert!(train.indices().iter().all(|index| !test.indices().contains(index)));
    }
}

#[test]
fn a_cache_reads_each_item_once_and_errors_again() {
    let reads = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reads);
    let set = numbers(4).try_map(move |number| {
        count.fetch_add(1, Ordering::SeqCst);
        if number == 2 { Err("two") } else { Ok(number) }
    });
    let cached = set.cache();
    for _ in 0..3 {
        assert_eq!((cached.get(0).unwrap(), cached.get(1).unwrap()), (0, 1));
    }
    assert_eq!(reads.load(Ordering::SeqCst), 2);
    for _ in 0..3 {
        assert_eq!(cached.get(2).unwrap_err().to_string(), "item 2: two");
    }
    assert_eq!(reads.load(Ordering::SeqCst), 5);
}

#[test]
fn broken_items_are_left_out_and_counted() {
    let set = numbers(20).try_map(|number| if number % 2 == 0 { Ok(number) } else { Err("odd") });
    let (even, skipped) = set.without_broken();
    assert_eq!((even.len(), even.get(3).unwrap()), (10, 6));
    assert_eq!(
        skipped.to_string(),
        "10 items skipped: item 1: odd; item 3: odd; item 5: odd; item 7: odd; item 9: odd; and 5 more"
    );
    assert_eq!(skipped.messages().len(), 5);
}

#[test]
fn rows_of_a_tensor_are_items() {
    let rows: Tensor![Batch, 2, 2] =
        Tensor::batch([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]);
    let set = TensorRows::new(rows);
    let second: Tensor![2, 2] = set.get(1).unwrap();
    assert_eq!((set.len(), second.to_vec()), (2, vec![5.0, 6.0, 7.0, 8.0]));
    let batch: Tensor![Batch, 2, 2] = set.loader(2).unwrap().epoch(0).next().unwrap().unwrap();
    assert_eq!(batch.to_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
}

#[test]
fn an_error_names_the_item_of_the_set_that_was_split() {
    let texts: Items<String> =
        (0..40).map(|i| if i == 17 { "seventeen".to_owned() } else { i.to_string() }).collect();
    let (first, second) = texts.split(0.5, 3).unwrap();
    let mut said = Vec::new();
    for part in [first, second] {
        let indices = part.indices().to_vec();
        // A part of a part, and sets that are made from it.
        let rest = part.take(20).map(|text| text + "").cache();
        assert!((0..20).all(|i| rest.origin(i) == indices[i]));
        assert_eq!(rest.origin(100), 100, "there is no such item");
        let numbers = rest.try_map(|text| text.parse::<i32>());
        for index in 0..20 {
            said.extend(numbers.get(index).err().map(|error| error.to_string()));
        }
    }
    assert_eq!(said, ["item 17: invalid digit found in string"]);
}
