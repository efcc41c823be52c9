//! Plain values are modules without variables, so that a struct may hold them beside its layers.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::{Module, Visitor, VisitorMut};

macro_rules! plain {
    ($([$($generics:tt)*] $type:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Module for $type {
            fn visit(&self, _: &mut Visitor<'_>) {}
            fn visit_mut(&mut self, _: &mut VisitorMut<'_>) {}
        }
    )* };
}
plain! {
    [] bool; [] char; [] String; ['a] &'a str; [] Arc<str>; [] Duration;
    [] u8; [] u16; [] u32; [] u64; [] u128; [] usize;
    [] i8; [] i16; [] i32; [] i64; [] i128; [] isize;
    [] f32; [] f64;
    [T: ?Sized] PhantomData<T>;
    [R] fn() -> R;
    [A, R] fn(A) -> R;
    [A, B, R] fn(A, B) -> R;
    [A, B, C, R] fn(A, B, C) -> R;
}
