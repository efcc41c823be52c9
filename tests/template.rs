//! The folder `template` is a program that works: copied elsewhere, as its readers copy it, it builds, learns,
//! and passes its own tests.

use std::fs;
use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory to copy") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).expect("copied")),
        }
    }
}

/// Runs cargo in `directory`, and returns its output.
fn cargo(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(directory)
        // Uses the build directory of this checkout, so that nothing is built twice.
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("`target`"))
        .env_remove("RUSTFLAGS")
        .output()
        .expect("cargo runs");
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "cargo {arguments:?}:\n{out}\n{err}");
    assert!(!err.contains("warning"), "cargo {arguments:?}:\n{err}");
    out.into_owned()
}

#[test]
fn a_copy_builds_learns_and_passes_its_tests() {
    let directory = tempfile::tempdir().expect("a directory");
    let program = directory.path().join("my-model");
    copy(&Path::new(ROOT).join("template"), &program);
    // Writes the path of this checkout into the manifest, as the template's README tells users to do.
    let manifest = program.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).expect("its Cargo.toml");
    let pointed = text.replace("path = \"../nnx", &format!("path = \"{ROOT}"));
    assert_eq!(text.matches("path = \"../nnx").count(), 2, "the paths to replace");
    fs::write(&manifest, pointed).expect("written");
    // Uses the lock file of this checkout, so that nothing is downloaded.
    for file in ["Cargo.lock", "rust-toolchain.toml"] {
        fs::copy(Path::new(ROOT).join(file), program.join(file)).expect("copied");
    }

    let printed = cargo(&program, &["run", "--release", "--offline", "--quiet"]);
    let accuracy = printed.lines().find_map(|line| {
        line.strip_prefix("best accuracy on 60 validation rows: ")?
            .strip_suffix('%')?
            .parse::<f32>()
            .ok()
    });
    assert!(accuracy.expect(&printed) > 90.0, "{printed}");
    assert!(program.join("model.safetensors").is_file(), "the trained model");
    assert!(printed.contains("saved model.safetensors, which says of ["), "{printed}");
    let tests = cargo(&program, &["test", "--release", "--offline", "--quiet"]);
    assert!(tests.contains("2 passed"), "{tests}");
    cargo(&program, &["fmt", "--check"]);
}
