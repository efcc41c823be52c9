//! Modules in an `Arc`, an `Rc` or a reference: a model reads their variables and never changes them.

use std::rc::Rc;
use std::sync::Arc;

use super::{
    AnyVariable, KindId, Module, ModuleVisitor, ParameterCount, Visitor, VisitorMut, kind,
};
use crate::array::{Array, ShapeError};

/// A variable of a shared module: it reads as usual, and can't be set.
pub(super) struct Shared<'v>(pub(super) &'v dyn AnyVariable);

impl AnyVariable for Shared<'_> {
    fn id(&self) -> u64 {
        self.0.id()
    }
    fn kind(&self) -> KindId {
        KindId::of::<kind::ReadOnly>()
    }
    fn array(&self) -> &Array {
        self.0.array()
    }
    fn shape(&self) -> String {
        self.0.shape()
    }
    /// Accepts an array equal to the variable's value, so that a model loads from its own file.
    fn check(&self, array: &Array) -> Result<(), ShapeError> {
        self.0.check(array)?;
        // Compares bits: NaN equals itself, and -0 differs from 0.
        if array.to_le_bytes() == self.array().to_le_bytes() {
            return Ok(());
        }
        Err(ShapeError::operands("set_array", CANT_CHANGE))
    }
    fn set_array(&mut self, array: Array) -> Result<(), ShapeError> {
        self.check(&array)
    }
    fn is_read_only(&self) -> bool {
        true
    }
}

const CANT_CHANGE: &str = "is called on a variable behind a shared pointer, which is read-only";

macro_rules! shared {
    ($($(#[$attribute:meta])* [$($generics:tt)*] $type:ty;)*) => { $(
        /// A shared module: its variables are read, and never change. See [`Module`].
        $(#[$attribute])*
        impl<$($generics)*> Module for $type {
            fn visit(&self, visitor: &mut Visitor<'_>) {
                visitor.shared(&**self);
            }
            fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
                visitor.shared(&**self);
            }
            /// A shared module can't be changed, so that it isn't visited.
            fn visit_modules(&mut self, _: &mut ModuleVisitor<'_>)
            where
                Self: 'static,
            {
            }
        }
    )* };
}
shared! {
    [M: Module + ?Sized] Arc<M>;
    [M: Module + ?Sized] Rc<M>;
    #[diagnostic::do_not_recommend] ['a, M: Module + ?Sized] &'a M;
}

macro_rules! none {
    ($($type:ty;)*) => { $(
        /// 0, since a model doesn't train the parameters of a shared module.
        // Not for `&M`: rustc looks up constants on references too, and would mention `&M` in messages.
        #[diagnostic::do_not_recommend]
        impl<M: Module + ?Sized> ParameterCount for $type {
            const PARAMETERS: usize = 0;
            const PARAMETER_BYTES: usize = 0;
        }
    )* };
}
none! { Arc<M>; Rc<M>; }
