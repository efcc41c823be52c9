//! The table of models in the documentation of `nnx-models`.

use nnx::models::*;
use nnx::prelude::*;

use crate::conv_next;

const LIBRARY: &str = include_str!("../../nnx-models/src/lib.rs");

/// The types of each file, such as `["Vae", "VaeOutput"]`.
fn exports() -> Vec<Vec<&'static str>> {
    let source = LIBRARY.split("#![forbid(unsafe_code)]").nth(1).expect("the code");
    // Types that only messages of the compiler name.
    let source: &'static str = source.replace("#[doc(hidden)]\npub use", "use").leak();
    let uses = source.split("pub use ").skip(1);
    let names = uses.map(|text| {
        let (_, names) = text.split_once("::").expect("a module and its types");
        let (names, _) = names.split_once(';').expect("the end of `pub use`");
        names.split([',', '{', '}']).map(str::trim).filter(|name| !name.is_empty()).collect()
    });
    names.collect()
}

fn rows() -> Vec<&'static str> {
    LIBRARY.lines().filter(|line| line.starts_with("//! | [`")).collect()
}

/// [`Mlp<In, Hidden, Out, Layers>`](Mlp), or [`Vae`] alone.
fn is_row_of(row: &str, name: &str) -> bool {
    row.contains(&format!("]({name}) |")) || row.contains(&format!("[`{name}`] |"))
}

#[test]
fn each_file_has_a_row() {
    let rows = rows();
    for names in exports() {
        let found = rows.iter().any(|row| names.iter().any(|name| is_row_of(row, name)));
        assert!(found, "none of {names:?} has a row in the table of nnx-models/src/lib.rs");
    }
    assert!(exports().len() > 5, "the table is read: {rows:#?}");
}

/// 1234567 as 1,234,567.
fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

/// The number of parameters of a model with many equal blocks, without making all of them.
fn deep(depth: usize, mut parameters: impl FnMut(usize) -> usize) -> usize {
    let (none, one) = (parameters(0), parameters(1));
    none + depth * (one - none)
}

#[test]
fn each_row_has_the_number_of_parameters() {
    let rngs = &mut Rngs::new(0);
    let gpt = Gpt::<Const<67>, U64, U128, U4>::with(&GptOptions::default().depth(4), rngs);
    let lstm = LstmLanguageModel::<Const<67>, U64, U128>::init(rngs);
    let vit = deep(12, |depth| {
        parameters(&Vit::<U224, U224, U16, U768, U12, U1000>::with_depth(depth, rngs))
    });
    let mixer = deep(8, |depth| {
        type Mixer = MlpMixer<U224, U224, U16, U512, U256, U2048, U1000>;
        parameters(&Mixer::with_depth(depth, rngs))
    });
    let counts = [
        ("SimpleLinear", SimpleLinear::<U784, U10>::PARAMETERS),
        ("Mlp", Mlp::<U784, U256, U10>::PARAMETERS),
        ("SimpleCnn", SimpleCnn::<U10>::PARAMETERS),
        ("ResidualBlock", ResidualBlock::<U64>::PARAMETERS),
        ("SqueezeExcite", SqueezeExcite::<U32, U8>::PARAMETERS),
        ("MbConv", MbConv::<U16, U24, U6>::PARAMETERS),
        ("SmallResNet", SmallResNet::<U10>::PARAMETERS),
        ("ResNet", ResNet18::<U1000>::PARAMETERS),
        ("ConvNext", conv_next::counted::<U96, U1000>([3, 3, 9, 3])),
        ("UNet", UNet::<U2>::PARAMETERS),
        ("SelfAttention", SelfAttention::<U64, U4>::PARAMETERS),
        ("TransformerBlock", TransformerBlock::<U64, U4, U128>::PARAMETERS),
        ("DecoderBlock", DecoderBlock::<U64, U4, U128>::PARAMETERS),
        ("Autoencoder", Autoencoder::<dim!(28 * 28), U128, U32>::PARAMETERS),
        ("Vae", Vae::<dim!(28 * 28), U400, U20>::PARAMETERS),
        ("Vit", vit),
        ("MlpMixer", mixer),
        ("Gpt", parameters(&gpt)),
        ("LstmLanguageModel", parameters(&lstm)),
        ("Sampler", 0),
    ];
    for row in rows() {
        let found = counts.iter().find(|(name, _)| is_row_of(row, name));
        let (_, count) = found.unwrap_or_else(|| panic!("the parameters aren't counted of {row}"));
        let told = row.split(" | ").nth(3).expect("a column of parameters");
        let expected = if *count == 0 { "none".to_owned() } else { with_commas(*count) };
        assert!(told.starts_with(&expected), "{expected}, not {told}: {row}");
    }
}

/// Every Rust file in a folder and the folders in it.
fn sources(folder: &std::path::Path) -> Vec<(std::path::PathBuf, String)> {
    let entries = std::fs::read_dir(folder).expect("a folder of sources");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files = paths.flat_map(|path| match path.is_dir() {
        true => sources(&path),
        false => vec![(path.clone(), std::fs::read_to_string(&path).expect("a file in UTF-8"))],
    });
    files.collect()
}

/// All fields are public, so that users can take features, and freeze or replace parts. A `PhantomData` isn't a part.
#[test]
fn all_fields_of_all_models_are_public() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/nnx-models/src");
    let mut public = 0;
    for (file, text) in sources(folder.as_ref()) {
        for item in text.split(", Module)]\n").skip(1) {
            let (_, fields) = item.split_once("{\n").expect("the fields of a struct");
            let (fields, _) = fields.split_once("\n}\n").expect("the end of a struct");
            for field in fields.lines().filter_map(|line| line.strip_prefix("    ")) {
                let is_field = field.starts_with(|c: char| c.is_ascii_lowercase());
                if is_field && !field.ends_with(": PhantomData<Heads>,") {
                    assert!(field.starts_with("pub "), "{}: {field}", file.display());
                    public += 1;
                }
            }
        }
    }
    assert!(public > 70, "the models are read: {public} fields");
}
