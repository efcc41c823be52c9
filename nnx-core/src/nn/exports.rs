//! What the files of layers export.

/// Exports the public items of files: a row for each file.
///
/// - `prelude`: items of this module that `nnx::prelude` has, too.
/// - `nn`: items of this module that the prelude leaves out, as they only name what a layer needs or returns.
/// - `bounds`: bounds on inputs and sizes, which are in `nn::bounds`.
///
/// `folders` exports the rows of folders, too. The files themselves are declared by `mod` beside the table: rustfmt doesn't
/// format a file that is declared within a macro.
macro_rules! exports {
    (folders { $($folder:ident),* $(,)? } $($rows:tt)*) => {
        $crate::nn::exports::exports! { @ [$($folder)*] $($rows)* }
    };
    (@ [$($folder:ident)*] $(
        $file:ident:
        $(prelude { $($known:ident),* $(,)? })?
        $(nn { $($other:ident),* $(,)? })?
        $(bounds { $($bound:ident),* $(,)? })?;
    )*) => {
        $(pub use self::$folder::*;)*
        $($(pub use self::$file::{$($known),*};)?)*
        $($(pub use self::$file::{$($other),*};)?)*

        pub(super) mod in_prelude {
            $(pub use super::$folder::in_prelude::*;)*
            $($(pub use super::$file::{$($known),*};)?)*
        }

        pub(super) mod in_bounds {
            $(
                #[allow(unused_imports, unreachable_pub, reason = "losses have no bounds")]
                pub use super::$folder::in_bounds::*;
            )*
            $($(pub use super::$file::{$($bound),*};)?)*
        }
    };
    ($($rows:tt)*) => {
        $crate::nn::exports::exports! { @ [] $($rows)* }
    };
}
pub(super) use exports;
