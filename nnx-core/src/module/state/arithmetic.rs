//! Arithmetic with states, as with pytrees in JAX: sums, differences, multiples, norms, and functions of each array.

use std::ops::{Add, Mul, Neg, Sub};

use super::{Entry, State, compare};
use crate::array::Array;
use crate::module::{Mismatch, Path, StateError};
use crate::ops::{DynTensor, Norm, euclidean_norm};

impl State {
    /// The state with each array replaced by `f(path, entry)` (`jax.tree.map_with_path`). Kinds stay.
    ///
    /// ```
    /// use nnx_core::{array::Array, module::{Init, state}, nn::Linear, random::Rngs, size::{U2, U3}};
    ///
    /// let params = state(&Linear::<U3, U2>::init(&mut Rngs::new(0)));
    /// let ones = params.map(|_, entry| Array::full(1.0f32, &entry.array.dims()));
    /// assert_eq!(ones.norm(), 8f64.sqrt());
    /// ```
    #[must_use]
    #[doc(alias = "tree_map")]
    #[doc(alias = "map_with_path")]
    pub fn map(&self, mut f: impl FnMut(&Path, &Entry) -> Array) -> Self {
        let entry = |(path, entry)| {
            let array = f(path, entry);
            (Path::clone(path), Entry { kind: entry.kind, array })
        };
        self.iter().map(entry).collect()
    }

    /// The state with each array replaced by `f(path, array, array of the other state)` (`jax.tree.map` with two
    /// trees). Kinds are those of `self`.
    ///
    /// ```
    /// use nnx_core::{module::{Init, state}, nn::Linear, ops::DynTensor, random::Rngs, size::U2};
    ///
    /// let [a, b] = [0, 1].map(|seed| state(&Linear::<U2, U2>::init(&mut Rngs::new(seed))));
    /// let product = a.zip_map(&b, |_, a, b| {
    ///     (DynTensor::from(a.clone()) * DynTensor::from(b.clone())).into_array()
    /// })?;
    /// assert_eq!(product.len(), 2);
    /// # Ok::<(), nnx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the states don't have the same paths, shapes and element types. The error names all differences.
    pub fn zip_map(
        &self,
        other: &Self,
        mut f: impl FnMut(&Path, &Array, &Array) -> Array,
    ) -> Result<Self, StateError> {
        compare(self, other).map_err(|error| error.with_header(UNLIKE))?;
        let pairs = self.iter().zip(other.iter());
        Ok(pairs
            .map(|((path, a), (_, b))| {
                (path.clone(), Entry { kind: a.kind, array: f(path, &a.array, &b.array) })
            })
            .collect())
    }

    /// `self + other`, or an error where the operator panics. Variables of bf16 become f32.
    ///
    /// # Errors
    /// If the states don't have the same paths, shapes and element types, or have variables that aren't
    /// floating-point. The error names all of them.
    pub fn checked_add(&self, other: &Self) -> Result<Self, StateError> {
        self.combined(other, |a, b| a + b)
    }

    /// `self - other`, or an error where the operator panics.
    ///
    /// # Errors
    /// As [`checked_add`](Self::checked_add).
    pub fn checked_sub(&self, other: &Self) -> Result<Self, StateError> {
        self.combined(other, |a, b| a - b)
    }

    /// `self * factor`, or an error where the operator panics.
    ///
    /// # Errors
    /// If there are variables that aren't floating-point. The error names all of them.
    pub fn checked_mul(&self, factor: f64) -> Result<Self, StateError> {
        self.expect_floats()?;
        Ok(self
            .map(|_, entry| DynTensor::from(entry.array.clone()).mul_scalar(factor).into_array()))
    }

    /// The Euclidean norm of all elements, `√(Σ x²)` in f64, without overflow (`optax.global_norm`). Variables that
    /// aren't floating-point, such as keys of random streams, don't count. It is 0 without elements, and NaN or
    /// infinite if an element is.
    #[must_use]
    #[doc(alias = "global_norm")]
    pub fn norm(&self) -> f64 {
        let arrays = self.iter().map(|(_, entry)| entry.array.widened());
        let norms: Vec<Norm> = arrays
            .filter(|array| array.dtype().is_float())
            .map(|array| euclidean_norm(&array))
            .collect();
        Norm::combined(norms.into_iter()).value()
    }

    fn combined(
        &self,
        other: &Self,
        f: impl Fn(DynTensor, DynTensor) -> DynTensor,
    ) -> Result<Self, StateError> {
        self.expect_floats()?;
        self.zip_map(other, |_, a, b| f(a.clone().into(), b.clone().into()).into_array())
    }

    fn expect_floats(&self) -> Result<(), StateError> {
        let entries = self.iter().map(|(path, entry)| (path, entry.array.dtype()));
        let others: Vec<Mismatch> = entries
            .filter(|(_, dtype)| !dtype.is_read_as_float())
            .map(|(path, found)| Mismatch::NotFloat { path: path.clone(), found })
            .collect();
        match others.is_empty() {
            true => Ok(()),
            false => Err(StateError::new(others).with_header(NOT_FLOAT)),
        }
    }
}

const UNLIKE: &str = "two states can't be combined, since the second doesn't have the variables of the first (which is called the model here):";
const NOT_FLOAT: &str = "arithmetic with states takes floating-point variables: leave out the others by \
                         `state.filter(..)`, such as `Filter::kind::<kind::Param>()`:";

/// The result, or a panic at the caller with the text of the error.
#[track_caller]
fn or_panic(result: Result<State, StateError>) -> State {
    match result {
        Ok(state) => state,
        Err(error) => panic!("{error}"),
    }
}

macro_rules! operator {
    ($operator:ident $method:ident $checked:ident, $($left:ty, $right:ty;)*) => { $(
        /// Elementwise.
        ///
        /// # Panics
        /// If the states don't have the same paths, shapes and element types, or have variables that aren't
        /// floating-point. The methods `checked_add` and `checked_sub` return that as an error.
        impl $operator<$right> for $left {
            type Output = State;
            #[track_caller]
            fn $method(self, other: $right) -> State {
                or_panic(State::$checked(&self, &other))
            }
        }
    )* };
}
operator! { Add add checked_add, State, State; State, &State; &State, State; &State, &State; }
operator! { Sub sub checked_sub, State, State; State, &State; &State, State; &State, &State; }

macro_rules! multiple {
    ($($left:ty, $right:ty, |$a:ident, $b:ident| $state:expr, $factor:expr;)*) => { $(
        /// Each element times a number, which is rounded to the element type first.
        ///
        /// # Panics
        /// If there are variables that aren't floating-point. The method `checked_mul` returns that as an error.
        impl Mul<$right> for $left {
            type Output = State;
            #[track_caller]
            fn mul(self, right: $right) -> State {
                let ($a, $b) = (self, right);
                or_panic(State::checked_mul(&$state, $factor))
            }
        }
    )* };
}
multiple! {
    State, f64, |a, b| a, b;
    &State, f64, |a, b| a, b;
    f64, State, |a, b| b, a;
    f64, &State, |a, b| b, a;
}

macro_rules! negative {
    ($($type:ty;)*) => { $(
        /// Each element times -1.
        ///
        /// # Panics
        /// If there are variables that aren't floating-point.
        impl Neg for $type {
            type Output = State;
            #[track_caller]
            fn neg(self) -> State {
                or_panic(State::checked_mul(&self, -1.0))
            }
        }
    )* };
}
negative! { State; &State; }
