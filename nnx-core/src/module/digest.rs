//! A digest of the type of a model.

use std::fmt::{self, Write};

use super::{Module, Visitor, modules};

/// A digest of the type of a module: of the paths and types of all modules in it, and of the paths, kinds, element types
/// and shapes of its variables. So it differs where a `Relu` has become a `Gelu`, which has no variables either; numbers
/// such as the rate of a dropout aren't part of it.
///
/// Checkpoints hold it, and processes that train together compare it.
///
/// ```
/// use nnx_core::module::{Init, type_digest};
/// use nnx_core::{nn::{Gelu, Linear, Relu}, random::Rngs, size::{U2, U3}};
///
/// let digest = type_digest(&<(Linear<U2, U3>, Relu)>::init(&mut Rngs::new(0)));
/// assert_eq!(digest, type_digest(&<(Linear<U2, U3>, Relu)>::init(&mut Rngs::new(1))));
/// assert_ne!(digest, type_digest(&<(Linear<U2, U3>, Gelu)>::init(&mut Rngs::new(0))));
/// ```
#[must_use]
pub fn type_digest<M: Module>(module: &M) -> String {
    let mut hash = Fnv1a(0xcbf2_9ce4_8422_2325);
    for info in modules(module) {
        hash.line(format_args!("{}: {}", info.path, info.type_name));
    }
    module.visit(&mut Visitor::new(&mut |path, variable| {
        let (kind, array) = (variable.kind().name(), variable.array());
        hash.line(format_args!("{path}: {kind} {} {}", array.dtype(), array.dims()));
    }));
    format!("{:016x}", hash.0)
}

/// The hash FNV-1a (Fowler, Noll and Vo): the same in every process and on every machine.
struct Fnv1a(u64);

impl Fnv1a {
    fn line(&mut self, text: fmt::Arguments<'_>) {
        writeln!(self, "{text}").expect("writing to a hash can't fail");
    }
}

impl Write for Fnv1a {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(())
    }
}
