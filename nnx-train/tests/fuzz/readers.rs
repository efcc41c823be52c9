//! Every reader of files that may come from anywhere.

use std::fs;
use std::path::Path;

use nnx_core::array::DType;
use nnx_core::io::{
    self, Checkpoint, CheckpointPart, Foreign, NpyArray, NpzFile, PartContent, PartError, Restore,
    SymbolicProgram,
};
use nnx_core::module::Init;
use nnx_core::nn::Linear;
use nnx_core::program::Program;
use nnx_core::random::Rngs;
use nnx_core::size::{U2, U3};
use nnx_train::{IdxImages, IdxLabels, TextSet};

/// A reader, and how much memory it may take.
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    /// Bytes of memory for a byte of the file, once it is unpacked.
    pub(crate) memory: usize,
    /// Reads bytes; a file at this path is its own. Whether they are well-formed doesn't matter.
    pub(crate) read: fn(&[u8], &Path),
}

impl Reader {
    /// How many bytes the reader may take for a file. Deflate packs up to 1032 bytes into one.
    pub(crate) fn limit(&self, bytes: &[u8]) -> usize {
        let packed = self.name == "npz" || self.name == "image" || bytes.starts_with(&[0x1f, 0x8b]);
        let unpacked = bytes.len() * if packed { 1032 } else { 1 };
        // The crate `parquet` reserves a page by the length in its header, below 2 GiB, before it reads the page.
        let page = if self.name == "parquet" { i32::MAX as usize } else { 0 };
        // Blocks that repeat stand for at most 2^29 bytes of JSON in each of two lists; its program takes less.
        let repeats = if self.name == "program" { 1 << 31 } else { 0 };
        (1 << 20) + self.memory * unpacked + page + repeats
    }
}

const TYPES: [DType; 7] =
    [DType::F32, DType::F64, DType::I32, DType::I64, DType::U32, DType::U8, DType::Bool];

/// All readers that the features bring.
pub(crate) fn readers() -> Vec<Reader> {
    vec![
        Reader { name: "safetensors", memory: 32, read: safetensors },
        Reader { name: "program", memory: 4096, read: program },
        Reader { name: "npy", memory: 32, read: npy },
        Reader { name: "npz", memory: 32, read: npz },
        Reader { name: "idx", memory: 8, read: idx },
        #[cfg(feature = "csv")]
        Reader { name: "csv", memory: 256, read: csv },
        #[cfg(feature = "json")]
        Reader { name: "json", memory: 256, read: json },
        #[cfg(feature = "wav")]
        Reader { name: "wav", memory: 32, read: wav },
        #[cfg(feature = "images")]
        Reader { name: "image", memory: 32, read: image },
        #[cfg(feature = "parquet")]
        Reader { name: "parquet", memory: 4096, read: parquet },
        #[cfg(feature = "bpe")]
        Reader { name: "bpe", memory: 4096, read: bpe },
        Reader { name: "text", memory: 64, read: text },
    ]
}

/// A file of these bytes, made anew, because a file system may sync one that is written over.
fn write(bytes: &[u8], path: &Path) {
    let _ = fs::remove_file(path);
    fs::write(path, bytes).expect("a file");
}

fn safetensors(bytes: &[u8], path: &Path) {
    write(bytes, path);
    let _ = io::load_state(path);
    let mut layer = Linear::<U2, U3>::init(&mut Rngs::new(0));
    let _ = io::load(&mut layer, path);
    let _ = Foreign::by_path().rounding().ignoring(|_| true).load(&mut layer, path);
    let _ = Foreign::torch().load(&mut layer, path);
}

/// The JSON of a program, in a file with right checksums: a change of the file itself is found by these.
fn program(bytes: &[u8], path: &Path) {
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(bytes) else { return };
    let _ = fs::remove_file(path);
    Checkpoint::save(path, ("program", &Json(json))).expect("a file");
    if let Ok(program) = Program::load(path) {
        let _ = program.to_string();
        let _ = program.repeats();
    }
    if let Ok(program) = SymbolicProgram::load(path) {
        let _ = program.to_string();
        let _ = program.at(&vec![2; program.lengths().len()]);
    }
}

/// JSON as a part of a checkpoint.
struct Json(serde_json::Value);

impl CheckpointPart for Json {
    fn save_part(&self) -> Result<PartContent, PartError> {
        PartContent::of_value(&self.0)
    }
    fn load_part<'a>(&'a mut self, _: &PartContent) -> Result<Restore<'a>, PartError> {
        Ok(Box::new(|| ()))
    }
}

fn npy(bytes: &[u8], path: &Path) {
    if let Ok(array) = NpyArray::parse(bytes) {
        for dtype in TYPES {
            let _ = array.to_array(dtype);
            let _ = array.to_array_rounded(dtype);
        }
    }
    write(bytes, path);
    let _ = NpyArray::read(path);
}

fn npz(bytes: &[u8], path: &Path) {
    write(bytes, path);
    if let Ok(file) = NpzFile::open(path) {
        for name in file.names() {
            if let Ok(array) = file.get(name) {
                let _ = array.to_array_rounded(DType::F64);
            }
        }
    }
    let mut layer = Linear::<U2, U3>::init(&mut Rngs::new(0));
    let _ = Foreign::by_path().load(&mut layer, path);
}

fn idx(bytes: &[u8], _: &Path) {
    let _ = IdxImages::from_bytes("images", bytes);
    let _ = IdxLabels::from_bytes("labels", bytes);
}

#[cfg(any(feature = "csv", feature = "json", feature = "parquet"))]
#[derive(Clone, Debug, serde::Deserialize)]
#[allow(dead_code, reason = "only read")]
struct Person {
    age: Option<f64>,
    city: String,
}

#[cfg(feature = "csv")]
fn csv(bytes: &[u8], _: &Path) {
    let _ = nnx_train::Csv::comma().read_bytes::<Person>("people.csv", bytes);
    let _ = nnx_train::Csv::tabs().skip_broken().read_bytes::<Person>("people.tsv", bytes);
    let _ = nnx_train::Csv::comma().without_header().read_bytes::<(f32, String)>("pairs", bytes);
}

#[cfg(feature = "json")]
fn json(bytes: &[u8], _: &Path) {
    let _ = nnx_train::JsonLines::new().read_bytes::<Person>("people.jsonl", bytes);
    let _ = nnx_train::JsonLines::new().skip_broken().read_bytes::<Person>("people.jsonl", bytes);
}

#[cfg(feature = "wav")]
fn wav(bytes: &[u8], _: &Path) {
    if let Ok(wave) = nnx_train::Wave::decode("a.wav", bytes) {
        let _ = wave.mono();
    }
}

#[cfg(feature = "images")]
fn image(bytes: &[u8], _: &Path) {
    use nnx_core::size::U4;
    use nnx_train::{Fit, Image};
    let _ = Image::<U4, U4, U3>::decode("a.png", bytes, Fit::Stretch);
    let _ = Image::<U4, U4>::decode("a.png", bytes, Fit::Pad);
}

#[cfg(feature = "parquet")]
fn parquet(bytes: &[u8], path: &Path) {
    write(bytes, path);
    let _ = nnx_train::Parquet::new().read::<Person>(path);
}

#[cfg(feature = "bpe")]
fn bpe(bytes: &[u8], path: &Path) {
    use nnx_train::{Bpe, Tokenizer};
    write(bytes, path);
    if let Ok(tokenizer) = Bpe::read(path)
        && let Ok(tokens) = tokenizer.encode("the cat \u{fc}")
    {
        let _ = tokenizer.decode(&tokens);
    }
}

fn text(bytes: &[u8], _: &Path) {
    use nnx_core::size::U100;
    if let Ok(text) = TextSet::<U100>::from_bytes("a text", bytes) {
        let _ = text.windows(3);
        let _ = text.text();
    }
}
