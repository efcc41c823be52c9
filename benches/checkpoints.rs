//! Loading and saving a large checkpoint, compared with `cat`, plain reads and writes, and Python's safetensors.
//!
//!     cargo bench --bench checkpoints -- [MIB] [TURNS] [DIRECTORY]
//!
//! 256 MiB and 9 turns by default, in the directory for temporary files. All take turns, so that other work on the
//! machine slows them alike; the shortest time of each counts. `PYTHON` names an interpreter that has safetensors,
//! numpy and torch; without it, Python is left out.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use nnx::io::Checkpoint;
use nnx::prelude::*;

type Layer4MiB = Param<shape![1024, 1024]>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `cargo bench` passes `--bench`.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mib: usize = arguments.next().map_or(Ok(256), |mib| mib.parse())?;
    let turns: usize = arguments.next().map_or(Ok(9), |turns| turns.parse())?;
    let directory = match arguments.next() {
        Some(path) => tempfile::tempdir_in(path)?,
        None => tempfile::tempdir()?,
    };
    let (file, other) = (directory.path().join("a.safetensors"), directory.path().join("b"));
    let layer =
        |i: usize| Layer4MiB::new(Tensor::from_vec(vec![i as f32; 1 << 20]).expect("as many"));
    let mut model: Vec<Layer4MiB> = (0..mib / 4).map(layer).collect();
    Checkpoint::save(&file, ("model", &model))?;
    let bytes = fs::read(&file)?;
    let mut python = ["numpy", "torch"].map(Python::start);

    let mut times: Vec<(&str, f64)> = Vec::new();
    for _ in 0..turns {
        let mut note = |what, seconds: f64| match times.iter_mut().find(|(name, _)| *name == what) {
            Some((_, least)) => *least = least.min(seconds),
            None => times.push((what, seconds)),
        };
        note("cat > /dev/null", timed(|| cat(&file)));
        note("read into new memory", timed(|| drop(fs::read(&file))));
        note("read into old memory", {
            let mut old = vec![1; bytes.len()];
            timed(|| {
                File::open(&file).and_then(|mut file| file.read_exact(&mut old)).expect("read")
            })
        });
        note(
            "Checkpoint::load",
            timed(|| Checkpoint::load(&file, ("model", &mut model)).expect("fits")),
        );
        note("write and fsync", timed(|| plain_write(&other, &bytes)));
        note(
            "Checkpoint::save",
            timed(|| Checkpoint::save(&other, ("model", &model)).expect("saved")),
        );
        for (python, [load, save]) in python.iter_mut().zip(PYTHON) {
            let Some(python) = python else { continue };
            note(load, python.run(&format!("load {}", file.display())));
            note(save, python.run(&format!("save {}", other.display())));
        }
    }
    let seconds =
        |what: &str| times.iter().find(|(name, _)| *name == what).map_or(f64::NAN, |found| found.1);
    println!("{mib} MiB, the shortest of {turns} turns");
    for (what, time) in &times {
        let (beside, of) = if what.contains("ave") || what.contains("write") {
            (seconds("write and fsync"), "a plain write")
        } else {
            (seconds("cat > /dev/null"), "cat")
        };
        println!("{what:38} {:9.1} ms {:6.2} of the speed of {of}", time * 1e3, beside / time);
    }
    Ok(())
}

fn timed(f: impl FnOnce()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_secs_f64()
}

fn cat(file: &Path) {
    let status = Command::new("cat").arg(file).stdout(Stdio::null()).status().expect("cat");
    assert!(status.success());
}

fn plain_write(path: &Path, bytes: &[u8]) {
    let mut file = File::create(path).expect("a file");
    file.write_all(bytes).and_then(|()| file.sync_all()).expect("written");
}

const PYTHON: [[&str; 2]; 2] = [
    ["safetensors.numpy load_file", "safetensors.numpy save_file and fsync"],
    ["safetensors.torch load_file, sum", "safetensors.torch save_file and fsync"],
];

/// A Python process that runs commands, and reports how long each took.
struct Python(Child, BufReader<ChildStdout>);

impl Python {
    /// With the arrays of a library. Torch maps the file, so its arrays are summed, which reads them.
    fn start(library: &str) -> Option<Self> {
        const SCRIPT: &str = "
import sys, time, os, importlib
library = importlib.import_module('safetensors.' + sys.argv[1])
load_file, save_file = library.load_file, library.save_file
print('ready', flush=True)
arrays = None
for line in sys.stdin:
    what, path = line.strip().split(' ', 1)
    start = time.perf_counter()
    if what == 'load':
        arrays = None
        start = time.perf_counter()
        arrays = load_file(path)
        if sys.argv[1] == 'torch':
            for array in arrays.values():
                array.sum()
    else:
        save_file(arrays, path)
        with open(path, 'rb+') as f:
            os.fsync(f.fileno())
    print(time.perf_counter() - start, flush=True)
";
        let python = std::env::var("PYTHON").unwrap_or("python3".to_owned());
        let mut command = Command::new(python);
        command
            .args(["-c", SCRIPT, library])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let mut said = BufReader::new(child.stdout.take()?);
        let mut line = String::new();
        said.read_line(&mut line).ok()?;
        (line == "ready\n").then_some(Self(child, said))
    }

    fn run(&mut self, order: &str) -> f64 {
        let mut line = String::new();
        writeln!(self.0.stdin.as_mut().expect("piped"), "{order}").expect("it listens");
        self.1.read_line(&mut line).expect("it answers");
        line.trim().parse().expect("seconds")
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
