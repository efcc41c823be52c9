//! The modules of a model: lists them, and changes all modules of one type.

use std::any::Any;
use std::ptr;

use super::traverse::steps;
use super::{Key, MapKey, Module, Path, Visitor};

/// The address of a module in memory, which stays the same while a model is borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Address(usize);

impl Address {
    pub(super) fn of<M: ?Sized>(module: &M) -> Self {
        Self(ptr::from_ref(module).cast::<()>().addr())
    }
}

/// A module that a traversal enters.
pub(super) struct Entered<'a> {
    pub(super) type_name: &'static str,
    pub(super) address: Address,
    /// Its input and its output, if they are known.
    pub(super) types: Option<(&'a str, &'a str)>,
}

/// A module of a model: see [`modules`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleInfo {
    /// Its path; that of the model itself is empty.
    pub path: Path,
    /// Its type without the paths of names, and with sizes as numbers: `Linear<784, 128>`.
    pub type_name: String,
    /// Shape and element type of its input, such as `(Batch, 784) f32`, of an [`ErasedModel`](super::ErasedModel) or a
    /// [`TypedModel`](super::TypedModel). The types of other modules don't determine their input.
    pub input: Option<String>,
    /// Shape and element type of its output, for the same modules.
    pub output: Option<String>,
}

/// All modules in a model with their paths and types, the model first, in the order of the fields (`nnx.iter_modules`;
/// `named_modules` in PyTorch). Flax lists a module after those in it.
///
/// A module is what derives [`Module`], such as a layer or an optimizer. Containers (`Vec`, tuples, `Option`, `Box`) and
/// variables aren't listed. Modules in an `Arc`, an `Rc` or a reference are.
///
/// ```
/// use nnx_core::{Module, module::{Init, modules}, nn::{Dropout, Linear}, random::Rngs};
/// use nnx_core::size::{U2, U3};
///
/// #[derive(Module)]
/// struct Net {
///     dense: Linear<U3, U2>,
///     dropout: Dropout,
/// }
/// let list = modules(&Net::init(&mut Rngs::new(0)));
/// let lines: Vec<String> = list.iter().map(|m| format!("{}: {}", m.path, m.type_name)).collect();
/// assert_eq!(lines, [": Net", "dense: Linear<3, 2>", "dropout: Dropout", "dropout/stream: RngStream"]);
/// ```
#[must_use]
#[doc(alias = "iter_modules")]
#[doc(alias = "named_modules")]
pub fn modules<M: Module + ?Sized>(model: &M) -> Vec<ModuleInfo> {
    let mut list = Vec::new();
    let mut entered = |path: &Path, module: &Entered<'_>| {
        let (input, output) = module.types.unzip();
        list.push(ModuleInfo {
            path: path.clone(),
            type_name: short_name(module.type_name),
            input: input.map(str::to_owned),
            output: output.map(str::to_owned),
        });
    };
    model.visit(&mut Visitor::new(&mut |_, _| {}).entering(&mut entered));
    list
}

/// Calls `f` with each module of type `T` in a model and its path, to change it; returns how many there are. A model that
/// is a `T` itself is the first of them.
///
/// Type parameters belong to the type: `Dropout` isn't `Dropout<Axis<1>>`. Modules in an `Arc`, an `Rc`
/// or a reference can't be changed, and aren't visited; neither is a struct with a parameter `T: ?Sized`, but its fields
/// are. The model must be `'static`: one that holds a reference has no type that can be compared.
///
/// In Flax: `for path, module in nnx.iter_modules(model): if isinstance(module, nnx.Dropout): ..`; in PyTorch
/// `model.apply(f)`.
///
/// ```
/// use nnx_core::{Module, module::{Init, for_each_mut}, nn::{Dropout, Linear}, random::Rngs, size::U3};
///
/// #[derive(Module)]
/// struct Net {
///     layers: [(Linear<U3, U3>, Dropout); 2],
/// }
/// let mut net = Net::init(&mut Rngs::new(0));
/// let found = for_each_mut::<Dropout>(&mut net, |_, dropout| dropout.set_rate(0.1));
/// assert_eq!((found, net.layers[1].1.rate()), (2, 0.1));
/// ```
#[doc(alias = "apply")]
#[doc(alias = "iter_modules")]
pub fn for_each_mut<T: 'static>(
    model: &mut (impl Module + ?Sized + 'static),
    mut f: impl FnMut(&Path, &mut T),
) -> usize {
    let mut found = 0;
    model.visit_modules(&mut ModuleVisitor::new(&mut |path, module| {
        if let Some(module) = module.downcast_mut() {
            f(path, module);
            found += 1;
        }
    }));
    found
}

/// A traversal of modules by mutable reference.
#[allow(missing_debug_implementations, reason = "a borrowed closure shows nothing")]
pub struct ModuleVisitor<'a> {
    path: Path,
    callback: &'a mut (dyn FnMut(&Path, &mut dyn Any) + 'a),
}
steps!(ModuleVisitor, visit_modules, [mut], [+ 'static]);

impl<'a> ModuleVisitor<'a> {
    /// A traversal that calls `callback` with each module and its path.
    pub fn new(callback: &'a mut (dyn FnMut(&Path, &mut dyn Any) + 'a)) -> Self {
        Self { path: Path::default(), callback }
    }

    /// Passes this module to the callback; its fields follow. `#[derive(Module)]` calls it, and so does a [`Module`] that
    /// is written by hand.
    pub fn enter<M: 'static>(&mut self, module: &mut M) {
        (self.callback)(&self.path, module);
    }
}

/// A type's name without the paths of names, and with sizes as numbers:
/// `nnx_core::nn::linear::Linear<nnx_core::size::dim::U<784>>` is `Linear<784>`.
pub(crate) fn short_name(name: &str) -> String {
    let mut short = String::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
        let (word, after) = match end {
            Some(0) => rest.split_at(first.len_utf8()),
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        };
        // An associated type, `<B as D>::E`, has no path in front of it.
        short.push_str(if word.starts_with("::") { "::" } else { "" });
        let word = word.rsplit("::").next().unwrap_or(word);
        let size =
            matches!(word, "U" | "Thousand" | "Million").then(|| size_of_name(after)).flatten();
        match size {
            Some((number, after)) => {
                short.push_str(&number);
                rest = after;
            }
            None => {
                short.push_str(word);
                rest = after;
            }
        }
    }
    short
}

/// The number of a size whose groups of digits follow, `<3, 136>`, and the text after it.
fn size_of_name(text: &str) -> Option<(String, &str)> {
    let (groups, after) = text.strip_prefix('<')?.split_once('>')?;
    let mut number = String::new();
    for (i, group) in groups.split(", ").enumerate() {
        let group: usize = group.parse().ok()?;
        number += &if i == 0 { format!("{group}") } else { format!("{group:03}") };
    }
    Some((number, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_types_are_without_paths_and_sizes_are_numbers() {
        for (name, short) in [
            (
                "a::b::Linear<a::size::dim::U<784>, a::size::dim::U<10>, f32>",
                "Linear<784, 10, f32>",
            ),
            ("a::Embed<a::Thousand<50, 7>, a::Million<1, 20, 3>>", "Embed<50007, 1020003>"),
            ("a::Net<(a::U<3>, alloc::vec::Vec<b::X>), [c::Y; 4]>", "Net<(3, Vec<X>), [Y; 4]>"),
            ("a::U<b::X>", "U<X>"),
            ("<a::B as c::D>::E", "<B as D>::E"),
            ("fn(a::X) -> b::Y", "fn(X) -> Y"),
        ] {
            assert_eq!(short_name(name), short);
        }
    }
}
