//! Implements `Module` for types of the standard library that hold no variables (numbers, strings, paths), so that a
//! struct can have them next to its layers.

use std::any::TypeId;
use std::borrow::Cow;
use std::cell::{Cell, LazyCell, OnceCell, RefCell};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZero, Saturating, Wrapping};
use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicIsize, AtomicU8, AtomicU16, AtomicU32,
    AtomicUsize,
};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, RwLock};
use std::time::{Duration, Instant, SystemTime};

use super::{MapKey, Module, ModuleVisitor, ParameterCount, Visitor, VisitorMut};

/// A module without variables: a number, a string, a path, a time, and collections of these.
///
/// Sets, cells, locks and ranges can hold plain values only. A traversal can't visit variables in them, so a
/// layer in one would be neither trained nor saved: it doesn't compile. For a type of your own, write
/// `impl Plain for ..` in addition to `#[derive(Module)]`: it promises that no field has variables.
///
/// ```
/// use std::{cell::Cell, collections::HashSet, path::PathBuf};
/// use nnx_core::{Module, module::{Init, Plain, state}, nn::Linear, random::Rngs, size::U3};
///
/// #[derive(Module, Clone, Copy)]
/// enum Split {
///     Train,
///     Test,
/// }
/// impl Plain for Split {}
///
/// #[derive(Module)]
/// struct Model {
///     dense: Linear<U3, U3>,
///     #[module(init = PathBuf::from("words.txt"))]
///     words: PathBuf,
///     #[module(init = HashSet::new())]
///     seen: HashSet<usize>,
///     #[module(init = Cell::new(Split::Train))]
///     split: Cell<Split>,
/// }
/// assert_eq!(state(&Model::init(&mut Rngs::new(0))).len(), 2); // the kernel and the bias of `dense`
/// # let _ = Split::Test;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a plain value, so a set, a cell, a lock or a range of it is no module",
    label = "variables in here would neither be trained nor saved",
    note = "put layers in a `Vec`, a `VecDeque`, an array, a tuple, an `Option`, a `Box` or a map",
    note = "for a type of your own without variables write `impl Plain for {Self}` next to its `#[derive(Module)]`",
    note = "to leave a field out of the traversal write `#[module(skip)]` above it"
)]
pub trait Plain: Module {}

/// Implements `Module` for types without variables, whose generic parameters may have bounds.
macro_rules! plain {
    ($($(#[$attribute:meta])* [$($generics:tt)*] $type:ty;)*) => { $(
        $(#[$attribute])*
        impl<$($generics)*> Module for $type {
            fn visit(&self, _: &mut Visitor<'_>) {}
            fn visit_mut(&mut self, _: &mut VisitorMut<'_>) {}
            fn visit_modules(&mut self, _: &mut ModuleVisitor<'_>)
            where
                Self: 'static,
            {
            }
        }
        $(#[$attribute])*
        impl<$($generics)*> Plain for $type {}
        $(#[$attribute])*
        impl<$($generics)*> ParameterCount for $type {
            const PARAMETERS: usize = 0;
            const PARAMETER_BYTES: usize = 0;
        }
    )* };
}

/// `plain!` for types without generic parameters.
macro_rules! each {
    ($($type:ty),* $(,)?) => { plain! { $(#[diagnostic::do_not_recommend] [] $type;)* } };
}
each! {
    bool, char, str, String, std::path::Path, PathBuf, OsStr, OsString, CStr, CString,
    Duration, Instant, SystemTime, Ordering, TypeId, RangeFull,
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr,
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64,
    NonZero<u8>, NonZero<u16>, NonZero<u32>, NonZero<u64>, NonZero<u128>, NonZero<usize>,
    NonZero<i8>, NonZero<i16>, NonZero<i32>, NonZero<i64>, NonZero<i128>, NonZero<isize>,
    AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicUsize,
    AtomicI8, AtomicI16, AtomicI32, AtomicIsize,
}
#[cfg(target_has_atomic = "64")]
each! { std::sync::atomic::AtomicU64, std::sync::atomic::AtomicI64 }

plain! {
    #[diagnostic::do_not_recommend] [T: ?Sized] PhantomData<T>;
    #[diagnostic::do_not_recommend] [R] fn() -> R;
    #[diagnostic::do_not_recommend] [A, R] fn(A) -> R;
    #[diagnostic::do_not_recommend] [A, B, R] fn(A, B) -> R;
    #[diagnostic::do_not_recommend] [A, B, C, R] fn(A, B, C) -> R;
    #[diagnostic::do_not_recommend] [A, B, C, D, R] fn(A, B, C, D) -> R;
}

// These implementations lack `do_not_recommend`, so that rustc names the element type that isn't plain.
plain! {
    [T: Plain] Range<T>; [T: Plain] RangeInclusive<T>; [T: Plain] RangeFrom<T>;
    [T: Plain] RangeTo<T>; [T: Plain] RangeToInclusive<T>; [T: Plain] Bound<T>;
    [T: Plain] Reverse<T>; [T: Plain] Wrapping<T>; [T: Plain] Saturating<T>;
    [T: Plain + ?Sized] Cell<T>; [T: Plain + ?Sized] RefCell<T>; [T: Plain] OnceCell<T>;
    [T: Plain + ?Sized] Mutex<T>; [T: Plain + ?Sized] RwLock<T>; [T: Plain] OnceLock<T>;
    [T: Plain, F] LazyCell<T, F>; [T: Plain, F] LazyLock<T, F>;
    [T: Plain, H] HashSet<T, H>; [T: Plain] BTreeSet<T>; [T: Plain] BinaryHeap<T>;
    ['a, T: Plain + ToOwned + ?Sized] Cow<'a, T>;
}

/// Containers that are modules already; they are plain if their elements are.
macro_rules! contained {
    ($([$($generics:tt)*] $type:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Plain for $type {}
    )* };
}
contained! {
    [T: Plain] Option<T>; [T: Plain + ?Sized] Box<T>; [T: Plain + ?Sized] Rc<T>;
    [T: Plain + ?Sized] Arc<T>; ['a, T: Plain + ?Sized] &'a T; [T: Plain, const N: usize] [T; N];
    [T: Plain] Vec<T>; [T: Plain] [T]; [T: Plain] VecDeque<T>; [T: Plain] LinkedList<T>;
    [K: MapKey, T: Plain] BTreeMap<K, T>; [K: MapKey, T: Plain, H] HashMap<K, T, H>;
    [] (); [A: Plain] (A,); [A: Plain, B: Plain] (A, B); [A: Plain, B: Plain, C: Plain] (A, B, C);
    [A: Plain, B: Plain, C: Plain, D: Plain] (A, B, C, D);
    [A: Plain, B: Plain, C: Plain, D: Plain, E: Plain] (A, B, C, D, E);
    [A: Plain, B: Plain, C: Plain, D: Plain, E: Plain, F: Plain] (A, B, C, D, E, F);
    [A: Plain, B: Plain, C: Plain, D: Plain, E: Plain, F: Plain, G: Plain] (A, B, C, D, E, F, G);
    [A: Plain, B: Plain, C: Plain, D: Plain, E: Plain, F: Plain, G: Plain, H: Plain]
    (A, B, C, D, E, F, G, H);
}

/// Containers of plain values have no parameters, whatever their length. References are listed one by one:
/// with an impl for all `&T`, rustc would mention `&T` in the message about a struct without `PARAMETERS`.
macro_rules! none {
    ($([$($generics:tt)*] $type:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> ParameterCount for $type {
            const PARAMETERS: usize = 0;
            const PARAMETER_BYTES: usize = 0;
        }
    )* };
}
none! {
    ['a] &'a str; ['a] &'a std::path::Path; ['a] &'a OsStr; ['a] &'a CStr; ['a, T: Plain] &'a [T];
    [T: Plain] Vec<T>; [T: Plain] [T]; [T: Plain] VecDeque<T>; [T: Plain] LinkedList<T>;
    [K: MapKey, T: Plain] BTreeMap<K, T>; [K: MapKey, T: Plain, H] HashMap<K, T, H>;
}
