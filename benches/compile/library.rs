//! The libraries, and the crates that use them.

/// The layers of the transformers: the last is far deeper than models are, so that the cost of a layer
/// stands out from the noise.
pub(crate) const LAYERS: [u32; 5] = [6, 12, 24, 48, 384];

/// The halvings of the generic convolutional networks.
pub(crate) const HALVINGS: [u32; 6] = [1, 2, 3, 4, 5, 6];

/// The text that an edit changes: a literal in the forward pass of the model, which each edit replaces by another one.
const EDITED: &str = "* 0.5";

/// A library whose users' crates are measured.
pub(crate) struct Library {
    pub(crate) name: &'static str,
    /// The packages that a crate depends on, the one whose version is the library's first.
    pub(crate) packages: &'static [&'static str],
    /// Its lines in a manifest.
    pub(crate) dependencies: String,
    simple_cnn: &'static str,
    resnet50: &'static str,
    /// A transformer of one layer; in larger ones each line that names it is repeated for each layer.
    transformer: &'static str,
    /// Models that are generic in all their sizes.
    generic: &'static [(&'static str, &'static str)],
    /// A convolutional network that halves its images once, in a line that names the layer `conv0`.
    generic_cnn: &'static str,
}

/// A crate that contains a model.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) name: String,
    source: String,
}

impl Library {
    /// All libraries.
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
            generic: &[
                ("generic_u_net", include_str!("crates/nnx/generic/u_net.rs")),
                ("generic_resnet50", include_str!("crates/nnx/generic/resnet50.rs")),
                ("generic_pyramid", include_str!("crates/nnx/generic/pyramid.rs")),
                ("generic_vit", include_str!("crates/nnx/generic/vit.rs")),
                ("generic_encoder_decoder", include_str!("crates/nnx/generic/encoder_decoder.rs")),
            ],
            generic_cnn: include_str!("crates/nnx/generic/cnn.rs"),
        }
    }

    /// burn with the features that nnx has: a CPU backend, gradients, optimizers, vector instructions, threads. Its
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
            generic: &[],
            generic_cnn: "",
        }
    }

    /// candle with its default features.
    pub(crate) fn candle() -> Self {
        Self {
            name: "candle",
            packages: &["candle-core", "candle-nn"],
            dependencies: "candle-core = \"0.11\"\ncandle-nn = \"0.11\"".to_owned(),
            simple_cnn: include_str!("crates/candle/simple_cnn.rs"),
            resnet50: include_str!("crates/candle/resnet50.rs"),
            transformer: include_str!("crates/candle/transformer.rs"),
            generic: &[],
            generic_cnn: "",
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

    /// The models that are generic in their sizes, of a library whose shapes are types.
    pub(crate) fn generic_programs(&self) -> Vec<Program> {
        let program =
            |name: String, source: String| Program { name, source: source + "\nfn main() {}\n" };
        let mut programs: Vec<Program> = self
            .generic
            .iter()
            .map(|(name, source)| program((*name).to_owned(), (*source).to_owned()))
            .collect();
        if !self.generic_cnn.is_empty() {
            programs.extend(
                HALVINGS.map(|n| {
                    program(format!("generic_cnn_{n}"), with_halvings(self.generic_cnn, n))
                }),
            );
            programs.extend(HALVINGS.map(|n| {
                program(
                    format!("generic_cnn_unpadded_{n}"),
                    unpadded(&with_halvings(self.generic_cnn, n)),
                )
            }));
        }
        programs
    }
}

impl Program {
    /// The source after `edits` edits.
    ///
    /// # Panics
    /// If there is an edit, and the source has not exactly one place for it.
    pub(crate) fn edited(&self, edits: usize) -> String {
        if edits == 0 {
            return self.source.clone();
        }
        assert_eq!(self.source.matches(EDITED).count(), 1, "one `{EDITED}` in {}", self.name);
        self.source.replace(EDITED, &format!("{EDITED}{edits}"))
    }
}

/// The transformer with `layers` layers instead of one.
fn with_layers(transformer: &str, layers: u32) -> String {
    repeated(transformer, "block", layers)
}

/// The convolutional network with `halvings` convolutions and pools instead of one.
fn with_halvings(cnn: &str, halvings: u32) -> String {
    let halved = (0..halvings).fold("N".to_owned(), |size, _| format!("Half<{size}>"));
    replaced(&repeated(cnn, "conv", halvings), "= Half<N>;", &format!("= {halved};"))
}

/// The network with pools in their default form, without padding, and the sizes that go with them.
fn unpadded(cnn: &str) -> String {
    let cnn = replaced(cnn, "= QuotientUp<N, U2>;", "= Quotient<N, U2>;");
    replaced(&cnn, "max_pool_with::<(U2, U2), Same>()", "max_pool::<(U2, U2)>()")
}

/// The source, in which each line that names layer 0 is repeated, once for each of `layers` layers.
fn repeated(source: &str, layer: &str, layers: u32) -> String {
    let first = format!("{layer}0");
    let copies = |line: &str| if line.contains(&first) { layers } else { 1 };
    source
        .lines()
        .flat_map(|line| (0..copies(line)).map(move |n| (line, format!("{layer}{n}"))))
        .map(|(line, layer)| line.replace(&first, &layer) + "\n")
        .collect()
}

fn replaced(source: &str, old: &str, new: &str) -> String {
    assert!(source.contains(old), "no `{old}` in the source");
    source.replace(old, new)
}
