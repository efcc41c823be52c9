//! Each public layer, model, loss, operation of `Tensor` and optimizer shows how it is used: its documentation
//! has an example that runs, and that names it.
//!
//! The sources are read as rustc reads them before macros are expanded. Items that a macro declares are found
//! in its calls, where their documentation is written too.

mod items;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use items::{Items, read};

/// Items that may be without an example. The list only shrinks: an item that has one by now fails the test.
///
/// `shape_of` never compiles, and its example shows that. The others are steps of other transforms (`every`,
/// `clip_by_global_norm`, `ScaleByTrustRatio`), which no program writes by hand.
const WITHOUT: [&str; 4] = ["Accumulate", "ScaleDown", "ScaleTo", "shape_of"];

/// The files of a folder of the repository.
fn sources(folder: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => collect(&path, files),
                false => files.extend(path.extension().is_some_and(|e| e == "rs").then_some(path)),
            }
        }
    }
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut files);
    files.sort();
    files
}

fn items(folder: &str) -> Items {
    let mut items = Items::default();
    for file in sources(folder) {
        let text = fs::read_to_string(&file).expect("a source");
        read(&text, &mut items).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    items
}

/// The code of the examples that run, of a documentation.
fn examples(documentation: &str) -> String {
    let mut code = String::new();
    let mut runs = None;
    for line in documentation.lines().map(str::trim) {
        match (line.strip_prefix("```"), runs) {
            (Some(language), None) => runs = Some(matches!(language, "" | "rust" | "should_panic")),
            (Some(_), Some(_)) => runs = None,
            (None, Some(true)) => code += &format!("{line}\n"),
            (None, _) => {}
        }
    }
    code
}

/// Whether this name is a word of the code.
fn names(code: &str, name: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

/// Whether a struct of the code has this whole name.
fn declares(code: &str, name: &str) -> bool {
    code.split("struct ").skip(1).any(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        &rest[..end] == name
    })
}

/// Where layers, models, operations and optimizers are.
const FOLDERS: [&str; 4] =
    ["nnx-core/src/nn", "nnx-models/src", "nnx-core/src/tensor", "nnx-core/src/optim"];

/// The table whose rows declare methods of `Tensor`.
const ELEMENTWISE: &str = "nnx-core/src/ops/elementwise";

/// The items that must have an example, by name, with their documentation.
#[derive(Default)]
struct Required {
    items: BTreeMap<String, String>,
    /// Other names of a type, by its name: an example may use one.
    aliases: BTreeMap<String, Vec<String>>,
}

impl Required {
    /// Whether an example names this item, or the item whose documentation it refers to by "See [`name`]".
    fn has_example(&self, name: &str) -> bool {
        let documentation = &self.items[name];
        let code = examples(documentation);
        let last = name.rsplit("::").next().expect("a name");
        let aliases = self.aliases.get(name).into_iter().flatten();
        if names(&code, last) || aliases.clone().any(|alias| names(&code, alias)) {
            return true;
        }
        let text = documentation.trim().to_lowercase();
        let referred = text.split_once("see [`").and_then(|(_, rest)| rest.split('`').next());
        referred.is_some_and(|other| {
            self.items.contains_key(other) && other != name && self.has_example(other)
        })
    }
}

fn required() -> Required {
    let [nn, models, tensor, optim] = FOLDERS;
    let mut required = BTreeMap::new();
    let mut aliases = BTreeMap::<String, Vec<String>>::new();
    for folder in [nn, models] {
        let items = items(folder);
        for (alias, of) in items.aliases {
            aliases.entry(of).or_default().push(alias);
        }
        for (name, documentation) in items.structs {
            if items.implements["Layer"].contains(&name) {
                required.insert(name, documentation);
            }
        }
        required.extend(items.functions);
    }
    let mut tensor = items(tensor);
    tensor.methods.extend(items(ELEMENTWISE).methods);
    for ((of, method), documentation) in tensor.methods {
        if of == "Tensor" {
            required.insert(format!("Tensor::{method}"), documentation);
        }
    }
    required.extend(tensor.functions);
    let optim = items(optim);
    for (name, documentation) in optim.structs {
        let transforms = ["ElementwiseTransform", "Transform"];
        let implements = transforms.iter().any(|of| optim.implements[*of].contains(&name));
        if implements || optim.declared.contains(&name) {
            required.insert(name, documentation);
        }
    }
    required.extend(optim.functions);
    Required { items: required, aliases }
}

#[test]
fn each_layer_operation_and_optimizer_has_an_example_that_names_it() {
    let required = required();
    let count = required.items.len();
    assert!(count > 240, "the sources are read: {count} items");
    for name in [
        "Linear",
        "Tensor::relu",
        "Tensor::exp",
        "Tensor::pow",
        "adam",
        "Scale",
        "huber_loss",
        "ResNet",
        "vjp",
    ] {
        assert!(required.items.contains_key(name), "{name} is found");
    }
    let names = required.items.keys().map(String::as_str);
    let missing: BTreeSet<&str> = names.filter(|name| !required.has_example(name)).collect();
    let allowed = BTreeSet::from(WITHOUT);
    let new: Vec<_> = missing.difference(&allowed).collect();
    let stale: Vec<_> = allowed.difference(&missing).collect();
    assert!(new.is_empty(), "{} without an example that names them: {new:?}", new.len());
    assert!(stale.is_empty(), "these have an example, take them off the list: {stale:?}");
}

/// A file of the repository, by its path from there.
fn text_of(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The layers of nnx-core that aren't rows of the table of elementwise functions.
fn layers() -> Vec<String> {
    let Items { structs, implements, .. } = items("nnx-core/src/nn");
    let layers: Vec<String> =
        structs.into_keys().filter(|name| implements["Layer"].contains(name)).collect();
    assert!(layers.len() > 30, "the sources are read: {} layers", layers.len());
    layers
}

#[test]
fn the_cost_of_each_layer_is_compared_with_what_a_run_counts() {
    let compared = text_of("tests/modules/costs.rs");
    let missing: Vec<_> = layers().into_iter().filter(|name| !names(&compared, name)).collect();
    assert!(missing.is_empty(), "add a cost and a line to tests/modules/costs.rs for {missing:?}");
}

/// The names under `prelude` in rows of `exports!`.
fn in_prelude(source: &str) -> BTreeSet<String> {
    let groups = source.split(" prelude {").skip(1);
    let names = groups.flat_map(|rest| rest.split('}').next().expect("an end").split(','));
    names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

#[test]
fn each_layer_is_in_the_prelude() {
    let library = text_of("src/lib.rs");
    assert!(library.contains("pub use nnx_core::nn::prelude::*;"), "that of `nn` is a part of it");
    let is_list = |path: &PathBuf| path.ends_with("mod.rs");
    let lists = sources("nnx-core/src/nn").into_iter().filter(is_list);
    let text: String = lists.map(|path| fs::read_to_string(path).expect("a source")).collect();
    assert!(text.contains("pub use super::activation::*;"), "the layers of a file as a whole");
    let prelude = in_prelude(&text);
    let activations = text_of("nnx-core/src/nn/activation.rs");
    let found = |name: &String| prelude.contains(name) || declares(&activations, name);
    let missing: Vec<_> = layers().into_iter().filter(|name| !found(name)).collect();
    assert!(
        missing.is_empty(),
        "name them under `prelude` in the row of their file in `exports!`: {missing:?}"
    );
    let row = "exports! {\n    einsum: prelude { Einsum } nn { Equation };\n    lora:\n        prelude {\n            Lora, LoraParam,\n        };\n}";
    assert_eq!(in_prelude(row), ["Einsum", "Lora", "LoraParam"].map(str::to_owned).into());
    assert!(declares("pub struct PRelu<E>", "PRelu") && declares("pub struct Glu;", "Glu"));
    assert!(!declares("pub struct PRelu<E>", "PRe") && !declares("pub struct Glu;", "struct"));
}

#[test]
fn macros_pass_documentation_on_or_write_an_example() {
    for folder in FOLDERS {
        let silent = items(folder).silent_macros;
        assert!(
            silent.is_empty(),
            "{folder}: macros that declare items without examples: {silent:?}"
        );
    }
    let mut items = Items::default();
    let source = r#"
        macro_rules! silent { ($name:ident) => { pub fn $name() {} }; }
        macro_rules! passes_on { ($($(#[$doc:meta])* $name:ident)*) => { $($(#[$doc])* pub fn $name() {})* }; }
        macro_rules! private { ($name:ident) => { fn $name() {} }; }
    "#;
    read(source, &mut items).expect("Rust");
    assert_eq!(items.silent_macros, ["silent"]);
}

#[test]
fn an_example_runs_and_names_its_item() {
    assert!(names(&examples("A.\n\n```\nlet y = x.relu();\n```\nB"), "relu"));
    assert!(!names(&examples("A.\n\n```\nlet y = x.relu6();\n```\nrelu"), "relu"));
    for language in ["ignore", "text", "no_run", "compile_fail"] {
        assert!(!names(&examples(&format!("```{language}\nrelu\n```")), "relu"), "{language}");
    }
}

#[test]
fn items_are_found_in_code_and_in_calls_of_macros() {
    let mut items = Items::default();
    let source = r#"
        /// One.
        pub fn one() {}
        pub(crate) fn hidden() {}
        #[doc(hidden)]
        pub fn not_documented() {}
        /// Two.
        #[derive(Debug)]
        pub struct Two<X>(X);
        impl<X> Layer<X> for Two<X> {}
        impl<X> crate::optim::ElementwiseTransform<2> for Two<X> {}
        impl<X> Two<X> {
            /// Three.
            ///
            /// More.
            pub const fn three(&self) {}
            fn private() {}
        }
        methods! {
            /// Four.
            #[track_caller]
            pub fn four(self) -> Self where [S: Shape];
            /// Five.
            pub struct Five { slots: u8 }
        }
        #[cfg(test)]
        mod tests { pub fn in_a_test() {} }
    "#;
    read(source, &mut items).expect("Rust");
    let functions: Vec<_> =
        items.functions.iter().map(|(name, text)| (&**name, text.trim())).collect();
    assert_eq!(functions, [("one", "One.")]);
    let structs: Vec<_> = items.structs.iter().map(|(name, text)| (&**name, text.trim())).collect();
    assert_eq!(structs, [("Five", "Five."), ("Two", "Two.")]);
    let methods: Vec<_> =
        items.methods.iter().map(|((of, name), text)| (&**of, &**name, text.trim())).collect();
    assert_eq!(methods, [("Tensor", "four", "Four."), ("Two", "three", "Three.\n\n More.")]);
    assert!(
        items.implements["Layer"].contains("Two")
            && items.implements["ElementwiseTransform"].contains("Two")
    );
}
