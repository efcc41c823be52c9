//! The texts of panics.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The text of the panic that `f` ends in. Panics if it ends without one.
pub(crate) fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(f)) else { panic!("no panic") };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("a panic with a text")).to_owned(),
    }
}
