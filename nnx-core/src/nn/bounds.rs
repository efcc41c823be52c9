//! Bounds on the inputs of layers, with their messages. Code that is generic over shapes names them. Each is declared
//! in the file of its layer.

pub use super::in_bounds::*;

/// Declares a bound on the last axis of an input, with the message of one layer.
///
/// These traits are direct bounds in the `where` clause of a layer, not bounds within another trait: rustc then points
/// at the input.
macro_rules! last_axis_is {
    ($($layer:literal $bound:ident $message:literal $($note:literal)+;)*) => { $(
        #[doc = concat!("The last axis of an input `S` where `", $layer, "` takes `I` features: `I`.")]
        #[diagnostic::on_unimplemented(
            message = $message,
            label = "the last axis is `{Self}`, not `{I}`",
            $(note = $note),+
        )]
        pub trait $bound<S, I> {}
        #[diagnostic::do_not_recommend]
        impl<S, I> $bound<S, I> for I {}
    )* };
}
pub(crate) use last_axis_is;
