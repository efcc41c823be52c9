//! Parts with their names: tuples of pairs, or a list.

use super::CheckpointPart;

/// The parts to save: `("model", &model)`, a tuple of up to twelve such pairs, or a `Vec<(&str, &dyn CheckpointPart)>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a list of parts to save",
    label = "expected `(\"model\", &model)`, or a tuple of such pairs"
)]
pub trait SaveParts<'a> {
    /// The names and the parts.
    fn into_parts(self) -> Vec<(&'a str, &'a dyn CheckpointPart)>;
}

/// The parts to load: `("model", &mut model)`, a tuple of up to twelve such pairs, or a
/// `Vec<(&str, &mut dyn CheckpointPart)>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a list of parts to load",
    label = "expected `(\"model\", &mut model)`, or a tuple of such pairs",
    note = "each part is changed by a load: give it as `&mut`"
)]
pub trait LoadParts<'a> {
    /// The names and the parts.
    fn into_parts(self) -> Vec<(&'a str, &'a mut dyn CheckpointPart)>;
}

/// One named part, borrowed.
#[doc(hidden)]
pub trait NamedPart<'a> {
    fn into_part(self) -> (&'a str, &'a dyn CheckpointPart);
}

/// One named part, mutably borrowed.
#[doc(hidden)]
pub trait NamedPartMut<'a> {
    fn into_part(self) -> (&'a str, &'a mut dyn CheckpointPart);
}

impl<'a, P: CheckpointPart> NamedPart<'a> for (&'a str, &'a P) {
    fn into_part(self) -> (&'a str, &'a dyn CheckpointPart) {
        (self.0, self.1)
    }
}

impl<'a, P: CheckpointPart> NamedPartMut<'a> for (&'a str, &'a mut P) {
    fn into_part(self) -> (&'a str, &'a mut dyn CheckpointPart) {
        (self.0, self.1)
    }
}

impl<'a, P: CheckpointPart> SaveParts<'a> for (&'a str, &'a P) {
    fn into_parts(self) -> Vec<(&'a str, &'a dyn CheckpointPart)> {
        vec![self.into_part()]
    }
}

impl<'a, P: CheckpointPart> LoadParts<'a> for (&'a str, &'a mut P) {
    fn into_parts(self) -> Vec<(&'a str, &'a mut dyn CheckpointPart)> {
        vec![self.into_part()]
    }
}

impl<'a> SaveParts<'a> for Vec<(&'a str, &'a dyn CheckpointPart)> {
    fn into_parts(self) -> Vec<(&'a str, &'a dyn CheckpointPart)> {
        self
    }
}

impl<'a> LoadParts<'a> for Vec<(&'a str, &'a mut dyn CheckpointPart)> {
    fn into_parts(self) -> Vec<(&'a str, &'a mut dyn CheckpointPart)> {
        self
    }
}

macro_rules! tuples {
    ($($($part:ident)+;)*) => { $(
        impl<'a, $($part: NamedPart<'a>),+> SaveParts<'a> for ($($part,)+) {
            #[allow(non_snake_case, reason = "the variables have the names of their types")]
            fn into_parts(self) -> Vec<(&'a str, &'a dyn CheckpointPart)> {
                let ($($part,)+) = self;
                vec![$($part.into_part()),+]
            }
        }

        impl<'a, $($part: NamedPartMut<'a>),+> LoadParts<'a> for ($($part,)+) {
            #[allow(non_snake_case, reason = "the variables have the names of their types")]
            fn into_parts(self) -> Vec<(&'a str, &'a mut dyn CheckpointPart)> {
                let ($($part,)+) = self;
                vec![$($part.into_part()),+]
            }
        }
    )* };
}
tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}
