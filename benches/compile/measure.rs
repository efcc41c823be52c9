//! Measures a library.

use std::env::consts::EXE_SUFFIX;
use std::error::Error;
use std::fs;
use std::path::Path;

use crate::cargo::{Cargo, Failure};
use crate::cost::Cost;
use crate::library::{HALVINGS, LAYERS, Library, Program};
use crate::report::{Figure, Report};

/// The limit of the build of nnx-core, on two cores.
const CORE_LIMIT: f64 = 45.0;
/// The limit for the build without its features.
const BARE_CORE_LIMIT: f64 = 15.0;
/// The limit of a check after an edit, for every model.
const EDIT_LIMIT: f64 = 3.0;

/// The limits of a check of a generic model: CPU seconds, and MB of memory.
const GENERIC_CPU_LIMIT: f64 = 1.0;
const GENERIC_MEMORY_LIMIT: f64 = 300.0;

/// Pairs of indices into [`LAYERS`]. The difference of a pair gives the cost of a layer; growth is linear if all
/// pairs give the same cost.
const GROWTH: [(usize, usize); 2] = [(0, 3), (3, 4)];

/// Measures everything about a library.
pub(crate) fn measure(
    library: &Library,
    rounds: usize,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let (programs, generic) = (library.programs(), library.generic_programs());
    let all = [&*programs, &*generic].concat();
    let cargo = Cargo::write(scratch.path().join(library.name), library, &all)?;
    let is_nnx = library.name == "nnx";
    if is_nnx {
        cargo.copy_lock()?;
    }
    // Downloads and builds the dependencies of the checks, which isn't measured.
    cargo.run("check")?;
    let version = cargo.version(library.packages[0])?;
    let mut add = report.of(format!("{} {version}", library.name));

    if is_nnx {
        measure_core(&scratch.path().join("core"), &mut add)?;
    }
    let packages = library.packages.join(" -p ");
    let built = cargo.run(&format!("build --release -p {packages}"))?;
    add("library: release build, clean".to_owned(), Figure::once(built));

    let mut checks = Vec::new();
    for program in &programs {
        let (clean, edited) = check(&cargo, program, rounds)?;
        add(format!("{}: check, clean", program.name), Figure::rounds(&clean));
        let after_edits = Figure::rounds(&edited);
        let after_edits = if is_nnx { after_edits.at_most(EDIT_LIMIT) } else { after_edits };
        add(format!("{}: check after an edit", program.name), after_edits);
        checks.push((Cost::best(&clean), Cost::best(&edited)));
    }
    // The transformers are the last results, by increasing number of layers.
    let transformers = &checks[checks.len() - LAYERS.len()..];
    for (fewer, more) in GROWTH {
        let range = format!("{} to {}", LAYERS[fewer], LAYERS[more]);
        let layers = LAYERS[more] - LAYERS[fewer];
        let [(clean, edited), (fewer_clean, fewer_edited)] =
            [transformers[more], transformers[fewer]];
        let clean = clean.of_each(fewer_clean, layers);
        add(format!("each layer from {range}: check, clean"), Figure::difference(clean));
        let edited = edited.of_each(fewer_edited, layers);
        add(format!("each layer from {range}: check after an edit"), Figure::difference(edited));
    }

    check_generic(&cargo, &generic, rounds, &mut add)?;

    let built = cargo.run("build --release -p simple_cnn")?;
    add("simple_cnn: release build, library built".to_owned(), Figure::once(built));
    let binary = fs::metadata(cargo.target.join(format!("release/simple_cnn{EXE_SUFFIX}")))?.len();
    add("simple_cnn: stripped binary".to_owned(), Figure::size(binary));
    Ok(())
}

/// Measures checks of the models that are generic in their sizes, and nothing else.
pub(crate) fn measure_generic(
    library: &Library,
    rounds: usize,
    report: &mut Report,
) -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let programs = library.generic_programs();
    let cargo = Cargo::write(scratch.path().join(library.name), library, &programs)?;
    cargo.copy_lock()?;
    cargo.run("check")?;
    let version = cargo.version(library.packages[0])?;
    let mut add = report.of(format!("{} {version}", library.name));
    check_generic(&cargo, &programs, rounds, &mut add)
}

fn check_generic(
    cargo: &Cargo,
    programs: &[Program],
    rounds: usize,
    add: &mut impl FnMut(String, Figure),
) -> Result<(), Box<dyn Error>> {
    let mut best = Vec::new();
    for program in programs {
        let costs = (0..rounds).map(|_| clean_check(cargo, program));
        let costs = costs.collect::<Result<Vec<_>, _>>()?;
        let figure = Figure::rounds(&costs).within(GENERIC_CPU_LIMIT, GENERIC_MEMORY_LIMIT);
        add(format!("{}: check, clean", program.name), figure);
        best.push(Cost::best(&costs));
    }
    // The convolutional networks are the last results, by increasing number of halvings.
    let halvings = HALVINGS.len();
    for (kind, costs) in ["unpadded_", ""].into_iter().zip(best.rchunks_exact(halvings)) {
        for (fewer, more) in [(0, halvings / 2), (halvings / 2, halvings - 1)] {
            let range = format!("{} to {}", HALVINGS[fewer], HALVINGS[more]);
            let each = costs[more].of_each(costs[fewer], HALVINGS[more] - HALVINGS[fewer]);
            let what = format!("generic_cnn_{kind}: each halving from {range}");
            add(what.replace("_:", ":"), Figure::difference(each));
        }
    }
    Ok(())
}

/// nnx-core, and the example that is the smallest whole program.
fn measure_core(
    scratch: &Path,
    add: &mut impl FnMut(String, Figure),
) -> Result<(), Box<dyn Error>> {
    let core = Cargo::repository(scratch.join("bare"));
    let built = core.run("build --release --locked -p nnx-core --no-default-features")?;
    add(
        "nnx-core without features: release build, clean".to_owned(),
        Figure::once(built).at_most(BARE_CORE_LIMIT),
    );
    let core = Cargo::repository(scratch.join("default"));
    let build = "build --release --locked -p nnx-core";
    let built = core.run(build)?;
    add("nnx-core: release build, clean".to_owned(), Figure::once(built).at_most(CORE_LIMIT));
    core.run("clean --release -p nnx-core")?;
    let built = core.run(build)?;
    add("nnx-core: release build, dependencies built".to_owned(), Figure::once(built));

    core.run("build --release --locked --example mnist --config profile.release.strip=true")?;
    let binary =
        fs::metadata(core.target.join(format!("release/examples/mnist{EXE_SUFFIX}")))?.len();
    add("example mnist: stripped binary".to_owned(), Figure::size(binary));
    Ok(())
}

/// A check of a crate whose output was removed.
fn clean_check(cargo: &Cargo, program: &Program) -> Result<Cost, Failure> {
    cargo.run(&format!("clean -p {}", program.name))?;
    cargo.run(&format!("check -p {}", program.name))
}

/// Checks of a crate whose dependencies are built: from clean, and after edits of one line.
fn check(
    cargo: &Cargo,
    program: &Program,
    rounds: usize,
) -> Result<(Vec<Cost>, Vec<Cost>), Failure> {
    let checks = (0..rounds).map(|_| clean_check(cargo, program)).collect::<Result<_, _>>()?;
    let check = format!("check -p {}", program.name);
    let after_edits = (1..=rounds).map(|edits| {
        cargo.write_source(program, edits).map_err(Failure::System)?;
        cargo.run(&check)
    });
    Ok((checks, after_edits.collect::<Result<_, _>>()?))
}
