//! The example `char_gpt` as a process: what it prints, saves and loads, and what it refuses.

use std::fs;

use crate::support::{Bench, measured};

const MODEL: &str = "char_gpt.safetensors";
/// A few steps on a few characters.
const QUICK: &str = "--steps 6 --batch-size 2 --limit 200 --length 30";

fn bench() -> Bench {
    Bench::new("char_gpt")
}

#[test]
fn a_run_prints_its_progress_writes_and_saves_a_model_that_writes_the_same() {
    let bench = bench();
    let [results, progress] = bench.trains(QUICK);
    let measures = |line: &&String| line.contains("held-out nats a character ");
    let evaluations: Vec<&String> = progress.iter().filter(measures).collect();
    assert_eq!(evaluations.len(), 6, "{progress:#?}");
    let step = progress.iter().find(|line| line.starts_with("step 3/6: loss "));
    assert!(step.is_some_and(|line| line.contains(" characters/s")), "{progress:#?}");
    let last = evaluations[5];
    assert_eq!(progress.iter().filter(|line| *line == "ROMEO:").count(), 6, "a sample each time");

    let [written @ .., empty, saved, nats] = &results[..] else { panic!("{results:#?}") };
    assert_eq!((empty.as_str(), saved.as_str()), ("", "saved char_gpt.safetensors"));
    // The loaded model has the loss of the trained one, well below the ln 67 = 4.2 of an untrained one.
    let nats = nats.strip_prefix("held-out: ").expect(nats);
    let number: f32 = nats.strip_suffix(" nats a character").unwrap().parse().unwrap();
    let trained: f32 = measured(last, "held-out nats a character ", 1.0).parse().unwrap();
    assert!((number - trained).abs() < 0.01, "{last}, {nats}");
    assert!((2.0..4.5).contains(&number), "{number}");
    assert_eq!(written[0], "ROMEO:");

    let [again, silence] = bench.trains(&format!("--load {MODEL} --length 30"));
    assert_eq!(again, written);
    assert!(silence.is_empty(), "{silence:#?}");
}

#[test]
fn a_loaded_model_writes_as_its_options_say() {
    let bench = bench();
    bench.trains(QUICK);
    let writes = |options: &str| bench.trains(&format!("--load {MODEL} {options}"))[0].join("\n");
    let text = writes("--prompt Hark --length 200");
    assert!(text.starts_with("Hark") && text.chars().count() == 4 + 200, "{text:?}");
    let greedy = writes("--temperature 0 --length 100");
    assert_eq!(writes("--temperature 0 --length 100 --seed 5"), greedy);
    assert_eq!(writes("--top-k 1 --length 100"), greedy);
    assert_eq!(writes("--top-p 0.001 --length 100"), greedy);
    assert_ne!(writes("--length 100"), greedy);
    assert_ne!(writes("--length 100 --seed 5"), writes("--length 100"));
}

#[test]
fn the_seed_decides_everything() {
    bench().repeats("--steps 2 --batch-size 2 --limit 100 --length 10");
}

#[test]
fn help_names_the_options_and_their_defaults() {
    bench().explains(&[
        ("--steps", "2000"),
        ("--batch-size", "32"),
        ("--learning-rate", "0.002"),
        ("--seed", "0"),
        ("--length", "500"),
        ("--temperature", "0.8"),
        ("--top-k", "67"),
        ("--top-p", "1"),
        ("--limit", "all"),
        ("--save", MODEL),
    ]);
}

#[test]
fn wrong_options() {
    let bench = bench();
    bench.refuses_values(&[
        ("--steps", "0"),
        ("--limit", "0"),
        ("--learning-rate", "0"),
        ("--learning-rate", "NaN"),
        ("--temperature", "warm"),
    ]);
    for (options, says) in [
        ("--temperature -1", "the temperature of sampling is a finite number of at least 0"),
        ("--temperature NaN", "the temperature of sampling is a finite number of at least 0"),
        ("--top-k 0", "top-k keeps the k most likely tokens, at least 1; found 0"),
        ("--top-p 0", "top-p keeps tokens of this probability together"),
        ("--top-p 1.5", "top-p keeps tokens of this probability together"),
        ("--prompt 7%", "character '7' at position 0 isn't one of the 67 characters"),
        ("--batch-size 0", "batches of 0 items from a set of "),
        ("--limit 64", "windows of 64 tokens from a text of 64; "),
    ] {
        let error = bench.refuses(options);
        assert!(error.starts_with(says), "{options}: {error}");
    }
}

#[test]
fn a_prompt_that_does_not_fit_is_refused_before_training() {
    let bench = bench();
    let long = "x".repeat(65);
    let error = bench.refuses(&format!("{QUICK} --prompt {long}"));
    assert!(
        error.starts_with("the prompt has 65 tokens, but the model's context holds 64"),
        "{error}"
    );
    let error = bench.refuses(&format!("{QUICK} --prompt="));
    assert!(error.starts_with("the prompt is empty"), "{error}");
}

#[test]
fn files_that_hold_no_such_model_are_refused() {
    let bench = bench();
    assert!(bench.refuses("--load nothing.safetensors").starts_with("nothing.safetensors: "));
    fs::write(bench.path("out").join("text.safetensors"), "To be or not to be").unwrap();
    assert!(bench.refuses("--load text.safetensors").starts_with("text.safetensors: "));
}

#[test]
fn a_path_where_nothing_can_be_saved_is_refused_before_training() {
    bench().refuses_to_save_nowhere();
}
