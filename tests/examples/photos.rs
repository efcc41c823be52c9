//! The example `photos` as a process.

use std::fs;

use crate::support::Bench;

const QUICK: &str = "--epochs 1 --pictures 10 --photos ../data/photos";

#[test]
fn a_frozen_body_gets_a_head_for_pictures_in_folders() {
    let bench = Bench::new("photos");
    let [results, progress] = bench.trains(QUICK);
    // One epoch of six classes, then fifteen of three.
    let epochs = progress.iter().filter(|line| line.starts_with("epoch ")).count();
    assert_eq!(epochs, 16, "{progress:#?}");
    let [six, few, frozen, saved] = &results[..] else { panic!("{results:#?}") };
    assert!(six.starts_with("six classes: ") && frozen.starts_with("frozen body, new head: "));
    assert_eq!(few, "three others from 30 examples:");
    assert_eq!(saved, "saved photos.safetensors");

    // Pictures that exist are used again, so the model is the same.
    let model = fs::read(bench.path("out/photos.safetensors")).unwrap();
    let [again, _] = bench.trains(QUICK);
    assert_eq!(again, results);
    assert!(fs::read(bench.path("out/photos.safetensors")).unwrap() == model);

    // The saved model is loaded, and names a class: the network has hardly learned, so any will do.
    let one = "--photos ../data/photos --predict ../data/photos/three/test/ring/7.png";
    let [classes, _] = bench.trains(one);
    let mut names: Vec<&str> =
        classes.iter().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    names.sort_unstable();
    assert_eq!(names, ["diamond", "moon", "ring"], "{classes:?}");
    assert!(bench.refuses("--photos ../data/photos --predict none.png").contains("none.png"));

    fs::write(bench.path("data/photos/six/disc/3.png"), "no picture").unwrap();
    let said = bench.run(QUICK);
    let error = String::from_utf8(said.stderr).unwrap();
    let expected = "six/disc/3.png: expected a PNG or JPEG picture, found bytes of another format; fetch or copy the file";
    assert!(error.contains(expected), "{error}");
    fs::create_dir(bench.path("data/photos/six/another")).unwrap();
    let error = bench.refuses(QUICK);
    assert!(
        error.contains("six: expected 6 folders, one for each class, found 7: another, bars, "),
        "{error}"
    );
}
