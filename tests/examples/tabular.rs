//! The examples `tabular` and `tabular_predict` as processes: one trains and saves, the other predicts.

use std::fs;
use std::process::Command;

use crate::support::{Bench, program};

const MODEL: &str = "tabular.safetensors";

fn bench() -> Bench {
    Bench::new("tabular")
}

/// Runs `tabular_predict` on some flats, and returns its standard output or, if it fails, its standard error.
fn predicted(bench: &Bench, flats: &[&str]) -> Result<String, String> {
    let mut command = Command::new(program("tabular_predict"));
    let output = command.current_dir(bench.path("out")).args(flats).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().trim_end().to_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

#[test]
fn a_trained_model_predicts_a_row_in_another_program() {
    let bench = bench();
    let [results, progress] = bench.trains("--epochs 30");
    assert!(progress.last().unwrap().contains("mean absolute error"), "{progress:#?}");
    let [saved, measured] = &results[..] else { panic!("{results:#?}") };
    assert_eq!(saved, "saved tabular.safetensors");
    // Rents are 1,000 euros on average, with a deviation of 500.
    let error = measured.strip_prefix("400 flats: mean absolute error ").unwrap();
    let (error, r2) = error.split_once(" euros, R2 ").unwrap();
    assert!(error.parse::<f32>().unwrap() < 100.0, "{measured}");
    assert!(r2.parse::<f32>().unwrap() > 0.9, "{measured}");

    let small = r#"{"area": 30, "floor": 1, "district": "Mill"}"#;
    let large = r#"{"area": 120, "rooms": 4, "floor": 1, "built": 2010, "district": "Old Town", "heating": "gas"}"#;
    let said = predicted(&bench, &[small, large]).unwrap();
    let rents: Vec<f32> =
        said.lines().map(|line| line.strip_suffix(" euros").unwrap().parse().unwrap()).collect();
    assert!((150.0..500.0).contains(&rents[0]) && (1500.0..3500.0).contains(&rents[1]), "{said}");

    for (flat, message) in [
        ("area: 30", "flat: line 1: expected JSON, found other text (expected value)"),
        (
            r#"{"area": 30, "floor": 1}"#,
            "flat: line 1: expected a field `district`, found none; check its name",
        ),
        (
            r#"{"area": "30", "floor": 1, "district": "Mill"}"#,
            "flat: line 1, column `area`: expected a number, found string \"30\"",
        ),
        (
            r#"{"area": 3, "floor": 1, "district": "Mill"}"#,
            "flat: column `area`: expected a number from 10 to 500, found 3",
        ),
        (
            r#"{"area": 30, "floor": 1, "district": "Mil"}"#,
            "categories: column `district`: expected one of Airport, Castle, Harbour, Market, Meadow, Mill, Old Town, University, found `Mil`",
        ),
        (r#"{"arae": 30}"#, "flat: line 1, column `arae`: expected one of `area`, `rooms`, "),
    ] {
        let error = predicted(&bench, &[flat]).unwrap_err();
        let error = error.strip_prefix("error: ").expect("one line");
        assert!(error.starts_with(message), "{flat}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn broken_rows_are_refused_with_their_place() {
    let bench = bench();
    let header = "area,rooms,floor,built,district,heating,rent";
    let good = "57.8,2,3,1993,Market,gas,1198\n".repeat(20);
    for (rows, message) in [
        ("57.8,2,3,1993,Market,gas\n", "../data/flats.csv: line 22: expected 7 values"),
        (
            "big,2,3,1993,Market,gas,900\n",
            "../data/flats.csv: line 22, column `area`: expected a number, found `big`",
        ),
        (
            "5,2,3,1993,Market,gas,900\n",
            "item 20: flat: column `area`: expected a number from 10 to 500, found 5",
        ),
        ("50,2,3,1993,Market,gas,\n", "item 20: expected a rent in each row, found none"),
    ] {
        bench.put("flats.csv", format!("{header}\n{good}{rows}").as_bytes());
        let error = bench.refuses("--data ../data/flats.csv");
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn the_seed_decides_everything_and_a_model_needs_its_file() {
    let bench = bench();
    bench.repeats("--epochs 1");
    fs::write(bench.path("out").join(MODEL), "no model").unwrap();
    let error =
        predicted(&bench, &[r#"{"area": 30, "floor": 1, "district": "Mill"}"#]).unwrap_err();
    assert!(
        error.starts_with("error: tabular.safetensors: not a whole safetensors file"),
        "{error}"
    );
}
