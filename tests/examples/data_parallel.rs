//! The example `data_parallel` as a process.

use crate::support::Bench;

#[test]
fn ranks_have_the_losses_of_one_process() {
    let bench = Bench::with_images("data_parallel");
    let [results, _] = bench.trains("--ranks 3 --steps 6 --batch-size 10");
    let [one, three, difference, speed, saved, accuracy] = &results[..] else {
        panic!("{results:#?}")
    };
    assert!(one.starts_with("1 rank: ") && three.starts_with("3 ranks: "), "{results:#?}");
    let difference = difference.strip_prefix("largest difference of two losses: ").unwrap();
    assert!(difference.parse::<f32>().unwrap() <= 1e-5, "{difference}");
    assert!(speed.starts_with("speed-up: "));
    assert_eq!(saved, "saved data_parallel.safetensors");
    assert!(accuracy.ends_with("% (32 images)"), "{accuracy}");
    let error = bench.run("--ranks 4 --batch-size 3");
    let error = String::from_utf8(error.stderr).unwrap();
    assert!(error.contains("batches of 3 items from a set of "), "{error}");
    assert!(error.contains(" can't be shared among 4 ranks; choose batches "), "{error}");
}
