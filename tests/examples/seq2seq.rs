//! The example `seq2seq` as a process.

use crate::support::Bench;

#[test]
fn dates_are_decoded_with_a_cache_after_each_epoch() {
    let bench = Bench::new("seq2seq");
    let [results, progress] = bench.trains("--epochs 2 --dates 200");
    let measured = progress.iter().filter(|line| line.contains("exact match ")).count();
    assert!(measured >= 2, "{progress:#?}");
    assert_eq!(results, ["saved seq2seq.safetensors"]);
    // Characters that dates have not are refused by their names; the model writes some date.
    let [written, _] = bench.trains("--predict 1998");
    assert_eq!(written.len(), 1, "{written:?}");
    assert!(bench.refuses("--predict %").contains('%'));
    assert!(bench.refuses("--predict 1998 --save none.safetensors").contains("none.safetensors"));
    bench.repeats("--epochs 1 --dates 70");
}
