//! Folds of all kinds over blocks, compared with a loop over single elements.

use super::*;

/// The reference: one element at a time.
fn reference<A: Copy, F: Fold<A>>(f: F, x: &[A], block: Block) -> Vec<F::Value> {
    let Block { length, inner, .. } = block;
    (0..block.reduced())
        .map(|at| {
            let element = |l| x[(at / inner * length + l) * inner + at % inner];
            (0..length).fold(f.start(), |value, l| f.add(value, element(l)))
        })
        .collect()
}

fn blocks() -> impl Iterator<Item = Block> {
    let lengths = [0, 1, 2, 31, 33, 64, 129, 1000, 4100];
    let inners = [0, 1, 2, 3, 8, 17, 64, 100, 1500];
    lengths.into_iter().flat_map(move |length| {
        inners
            .into_iter()
            .flat_map(move |inner| [0, 1, 3, 17].map(move |outer| Block { outer, length, inner }))
    })
}

#[test]
fn folds_of_all_blocks_equal_the_reference() {
    for block in blocks().filter(|block| block.length * block.reduced() < 300_000) {
        let count = block.length * block.reduced();
        let x: Vec<f32> = (0..count).map(|i| (i * 7919 % 10_007) as f32 - 5000.0).collect();
        let mask: Vec<bool> = (0..count).map(|i| i * 31 % 97 < 40).collect();
        let mut found = vec![f32::NAN; block.reduced()];
        fold(Max, &x, block, &mut found);
        assert_eq!(found, reference(Max, &x, block), "{block:?}");
        fold(Min, &x, block, &mut found);
        assert_eq!(found, reference(Min, &x, block), "{block:?}");
        let mut counts = vec![i32::MIN; block.reduced()];
        fold(Count, &mask, block, &mut counts);
        assert_eq!(counts, reference(Count, &mask, block), "{block:?}");
        let mut sums = vec![f64::NAN; block.reduced()];
        fold(AbsSum, &x, block, &mut sums);
        assert_eq!(sums, reference::<f32, _>(AbsSum, &x, block), "{block:?}");
    }
}

#[test]
fn one_nan_one_true_or_one_false_is_found_wherever_it_is() {
    for block in [
        Block { outer: 1, length: 1000, inner: 1 },
        Block { outer: 2, length: 130, inner: 3 },
        Block { outer: 1, length: 3, inner: 1300 },
    ] {
        let count = block.outer * block.length * block.inner;
        for at in (0..count).step_by(7) {
            let result = at / (block.length * block.inner) * block.inner + at % block.inner;
            let mut x = vec![1.0f64; count];
            x[at] = f64::NAN;
            for found in [folded(Max, &x, block), folded(Min, &x, block)] {
                assert!(found.iter().enumerate().all(|(i, x)| x.is_nan() == (i == result)));
            }
            let mut mask = vec![false; count];
            mask[at] = true;
            let any = folded(Has(true), &mask, block);
            assert!(any.iter().enumerate().all(|(i, &any)| any == (i == result)));
            mask.iter_mut().for_each(|bit| *bit = !*bit);
            let has_false = folded(Has(false), &mask, block);
            assert!(has_false.iter().enumerate().all(|(i, &has)| has == (i == result)));
        }
    }
}

#[test]
fn infinities_of_both_signs_are_no_nan() {
    for inner in [1, 3, 100, 1500] {
        let block = Block { outer: 2, length: 200, inner };
        let x: Vec<f32> = (0..block.length * block.reduced())
            .map(|i| [0.5, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -1.0][i * i % 31 % 5])
            .collect();
        assert_eq!(folded(Max, &x, block), reference(Max, &x, block), "{block:?}");
        assert_eq!(folded(Min, &x, block), reference(Min, &x, block), "{block:?}");
        assert_eq!(folded(AbsMax, &x, block), reference(AbsMax, &x, block), "{block:?}");
    }
}

fn folded<A: Copy + Sync, F: Fold<A>>(f: F, x: &[A], block: Block) -> Vec<F::Value> {
    let mut out = vec![f.start(); block.reduced()];
    fold(f, x, block, &mut out);
    out
}
