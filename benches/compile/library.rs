//! The libraries, and the crates that use them.

/// The layers of the transformers: the last is far deeper than models are, so that the cost of a layer
/// stands out from the noise.
pub(crate) const LAYERS: [u32; 5] = [6, 12, 24, 48, 384];

/// What of a crate's source an edit changes: a number in the forward pass of the model, of which each
/// edit makes another one.
const EDITED: &str = "* 0.5";

/// A library whose users' crates are measured.
pub(crate) struct Library {
    pub(crate) name: &'static str,
    /// The packages that a crate depends on, the one whose version is the library's first.
    pub(crate) packages: &'static [&'static str],
    /// Their lines in a manifest.
    pub(crate) dependencies: String,
    simple_cnn: &'static str,
    resnet50: &'static str,
    /// A transformer of one layer; each line that names it stands there once for each layer of larger ones.
    transformer: &'static str,
}

/// A crate with a model.
pub(crate) struct Program {
    pub(crate) name: String,
    source: String,
}

impl Library {
    /// All that there are.
    pub(crate) const NAMES: [&str; 3] = ["nnx", "burn", "candle"];

    /// The one of this repository, as it is on the disk.
    pub(crate) fn nnx() -> Self {
        Self {
            name: "nnx",
            packages: &["nnx"],
            dependencies: format!("nnx = {{ path = {:?} }}", env!("CARGO_MANIFEST_DIR")),
            simple_cnn: include_str!("crates/nnx/simple_cnn.rs"),
            resnet50: include_str!("crates/nnx/resnet50.rs"),
            transformer: include_str!("crates/nnx/transformer.rs"),
        }
    }

    /// burn with what nnx has: one processor, gradients, optimizers, vector instructions, threads. Its
    /// backend for processors is `flex`; the older `ndarray` is deprecated.
    pub(crate) fn burn() -> Self {
        Self {
            name: "burn",
            packages: &["burn"],
            dependencies: "burn = { version = \"0.22\", default-features = false, features = \
                           [\"std\", \"optim\", \"autodiff\", \"flex\", \"simd\", \"rayon\"] }"
                .to_owned(),
            simple_cnn: include_str!("crates/burn/simple_cnn.rs"),
            resnet50: include_str!("crates/burn/resnet50.rs"),
            transformer: include_str!("crates/burn/transformer.rs"),
        }
    }

    /// candle as it is by default.
    pub(crate) fn candle() -> Self {
        Self {
            name: "candle",
            packages: &["candle-core", "candle-nn"],
            dependencies: "candle-core = \"0.11\"\ncandle-nn = \"0.11\"".to_owned(),
            simple_cnn: include_str!("crates/candle/simple_cnn.rs"),
            resnet50: include_str!("crates/candle/resnet50.rs"),
            transformer: include_str!("crates/candle/transformer.rs"),
        }
    }

    /// The crates that are measured.
    pub(crate) fn programs(&self) -> Vec<Program> {
        let named = |name: &str, source| Program { name: name.to_owned(), source };
        let mut programs = vec![
            named("simple_cnn", self.simple_cnn.to_owned()),
            named("resnet50", self.resnet50.to_owned()),
        ];
        programs.extend(LAYERS.map(|layers| {
            named(&format!("transformer_{layers}"), with_layers(self.transformer, layers))
        }));
        programs
    }
}

impl Program {
    /// The source after so many edits.
    ///
    /// # Panics
    /// If the source has not exactly one place to edit.
    pub(crate) fn edited(&self, edits: usize) -> String {
        assert_eq!(self.source.matches(EDITED).count(), 1, "one `{EDITED}` in {}", self.name);
        match edits {
            0 => self.source.clone(),
            _ => self.source.replace(EDITED, &format!("{EDITED}{edits}")),
        }
    }
}

/// The transformer with so many layers instead of one.
fn with_layers(transformer: &str, layers: u32) -> String {
    let copies = |line: &str| if line.contains("block0") { layers } else { 1 };
    transformer
        .lines()
        .flat_map(|line| (0..copies(line)).map(move |layer| (line, format!("block{layer}"))))
        .map(|(line, block)| line.replace("block0", &block) + "\n")
        .collect()
}
