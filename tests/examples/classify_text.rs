//! The example `classify_text` as a process.

use crate::support::Bench;

const QUICK: &str = "--epochs 1 --reviews 300";

#[test]
fn reviews_are_classified_by_a_model_that_is_saved() {
    let bench = Bench::new("classify_text");
    let [results, progress] = bench.trains(QUICK);
    assert!(progress.last().unwrap().contains("accuracy 0."), "{progress:#?}");
    let [saved, probabilities @ .., bad, mixed, good, accuracy] = &results[..] else {
        panic!("{results:#?}")
    };
    assert_eq!(saved, "saved classify_text.safetensors");
    let percents: f32 = probabilities
        .iter()
        .map(|line| line.split('%').next().unwrap().trim().parse::<f32>().unwrap())
        .sum();
    assert!((percents - 100.0).abs() < 0.3, "{probabilities:?}");
    for (line, class) in [(bad, "bad "), (mixed, "mixed "), (good, "good ")] {
        assert!(line.starts_with(class), "{line}");
    }
    assert!(accuracy.ends_with("% (30 reviews)"), "{accuracy}");
}

#[test]
fn the_seed_decides_everything() {
    Bench::new("classify_text").repeats("--epochs 1 --reviews 60");
}
