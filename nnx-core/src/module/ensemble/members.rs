//! Members of an ensemble: made of models, taken out and put in.

use std::collections::HashMap;
use std::marker::PhantomData;

use super::{Ensemble, EnsembleError};
use crate::array::Array;
use crate::array::dtype::for_stored;
use crate::module::{
    AnyVariable, DynVariable, Entry, Filter, Module, State, Visitor, VisitorMut, compare, kind,
    state_of,
};
use crate::ops::update_slice;
use crate::random::Rngs;
use crate::size::Size;

/// The variables of a member, except those of shared modules.
fn own<M: Module + ?Sized>(member: &M) -> State {
    state_of(&!Filter::kind::<kind::ReadOnly>(), member)
}

impl<M: Module, N: Size> Ensemble<M, N> {
    /// An ensemble of these models. Each is dropped as soon as its variables are copied, so that an iterator that makes them
    /// needs memory for one more model than the ensemble.
    ///
    /// # Errors
    /// If there aren't `N`, or one has other variables than the first, or a different shape of one.
    pub fn from_members(members: impl IntoIterator<Item = M>) -> Result<Self, EnsembleError> {
        let mut members = members.into_iter();
        let count = |found| EnsembleError::Count { expected: N::USIZE, found };
        let mut first = members.next().ok_or(count(0))?;
        let expected = own(&first);
        let mut arrays: Vec<Array> =
            expected.iter().map(|(_, entry)| zeros(entry, N::USIZE)).collect();
        put(&mut arrays, 0, &expected);
        let mut found = 1;
        for member in members {
            let variables = own(&member);
            let unlike = |error| EnsembleError::Unlike { member: found, error };
            compare(&expected, &variables).map_err(unlike)?;
            if found < N::USIZE {
                put(&mut arrays, found, &variables);
            }
            found += 1;
        }
        if found != N::USIZE {
            return Err(count(found));
        }
        let all: State = expected
            .iter()
            .zip(arrays)
            .map(|((path, entry), array)| (path.clone(), Entry { kind: entry.kind, array }))
            .collect();
        drop(expected);
        Ok(Self::around(&mut first, &all).with(first))
    }

    /// An ensemble of `N` models that `make` returns. Each gets streams of its own: each stream of `rngs` draws one key, which
    /// is split in `N` (`nnx.split_rngs`).
    ///
    /// With [blank](Rngs::blank) streams `make` is called once, and weights take no memory.
    ///
    /// ```
    /// use nnx_core::module::{Ensemble, Init};
    /// use nnx_core::{nn::{KernelOptions, Linear}, random::Rngs, size::{U2, U3, U5}};
    ///
    /// let options = KernelOptions::default().without_bias();
    /// let layers = Ensemble::<_, U5>::from_fn(&mut Rngs::new(0), |rngs| Linear::<U2, U3>::with(&options, rngs));
    /// # let _ = layers;
    /// ```
    ///
    /// # Panics
    /// If the models have different variables.
    #[must_use]
    #[track_caller]
    pub fn from_fn(rngs: &mut Rngs, mut make: impl FnMut(&mut Rngs) -> M) -> Self {
        let mut sets = rngs.split(N::USIZE);
        if !rngs.is_blank() {
            return Self::from_members(sets.iter_mut().map(make))
                .unwrap_or_else(|error| panic!("{error}"));
        }
        let mut member = make(&mut sets[0]);
        let all = own(&member).map(|_, entry| {
            let dims = entry.array.dims();
            entry.array.broadcast(&dims.insert_axis(0, N::USIZE))
        });
        Self::around(&mut member, &all).with(member)
    }

    /// The stacked variables for the member's own, whose values are freed.
    fn around(member: &mut M, all: &State) -> Stacked<N> {
        let mut stacked = HashMap::new();
        member.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
            let Some(Entry { kind, array }) = all.get(path).filter(|_| !variable.is_read_only())
            else {
                return;
            };
            let id = variable.id();
            stacked.insert(id, DynVariable::in_place_of(id, *kind, array.clone()));
            let one = blank(variable.array());
            let _ = variable.set_array(one);
        }));
        Stacked(stacked, PhantomData)
    }

    /// The number of members.
    #[must_use]
    pub fn size(&self) -> usize {
        N::USIZE
    }

    /// A member, as a model of its own.
    ///
    /// # Panics
    /// If there is no such member.
    #[must_use]
    #[track_caller]
    pub fn member(&self, index: usize) -> M
    where
        M: Clone,
    {
        assert!(index < N::USIZE, "{}", EnsembleError::Index { member: index, size: N::USIZE });
        let mut ids = Vec::new();
        self.member.visit(&mut Visitor::new(&mut |_, variable| ids.push(variable.id())));
        let mut member = self.member.clone();
        let mut ids = ids.into_iter();
        member.visit_mut(&mut VisitorMut::new(&mut |_, variable| {
            let id = ids.next().expect("a clone has the same variables");
            if let Some(all) = self.stacked.get(&id) {
                variable.set_array(row(all.array(), index)).expect("of the member's type");
            }
        }));
        member
    }

    /// All members, as models of their own.
    pub fn members(&self) -> impl Iterator<Item = M>
    where
        M: Clone,
    {
        (0..N::USIZE).map(|index| self.member(index))
    }

    /// Puts the variables of a model in place of a member's.
    ///
    /// # Errors
    /// If there is no such member, or the model has other variables, or a different shape of one. The ensemble is
    /// unchanged then.
    pub fn set_member(&mut self, index: usize, member: &M) -> Result<(), EnsembleError> {
        if index >= N::USIZE {
            return Err(EnsembleError::Index { member: index, size: N::USIZE });
        }
        let variables = own(member);
        let expected = own(self).map(|_, entry| row(&entry.array, index));
        let unlike = |error| EnsembleError::Unlike { member: index, error };
        compare(&expected, &variables).map_err(unlike)?;
        drop(expected);
        self.visit_mut(&mut VisitorMut::new(&mut |path, all| {
            let Some(entry) = variables.get(path).filter(|_| !all.is_read_only()) else { return };
            let mut array = all.array().clone();
            // Drops the array of the variable, so that this one is the only owner of the buffer and is changed in
            // place.
            let _ = all.set_array(blank(&array));
            write(&mut array, index, &entry.array);
            all.set_array(array).expect("of the same type");
        }));
        Ok(())
    }
}

/// The variables of all members, by the id of the member's.
struct Stacked<N>(HashMap<u64, DynVariable>, PhantomData<fn() -> N>);

impl<N> Stacked<N> {
    fn with<M>(self, member: M) -> Ensemble<M, N> {
        Ensemble { member, stacked: self.0, size: self.1 }
    }
}

/// Zeros that take no memory.
fn blank(like: &Array) -> Array {
    Array::zeros(like.dtype(), like.dims())
}

/// Zeros for a variable of all members.
fn zeros(entry: &Entry, size: usize) -> Array {
    let dims = entry.array.dims().insert_axis(0, size);
    // Not broadcast zeros, which the first write would copy to a new buffer.
    for_stored!(entry.array.dtype(), E => Array::filled(vec![E::default(); dims.elements()], dims))
}

/// The value of one member.
fn row(all: &Array, index: usize) -> Array {
    all.narrow(0, index, 1).reshape(&all.dims().without_axis(0))
}

fn write(all: &mut Array, index: usize, one: &Array) {
    update_slice(all, 0, index, &one.reshape(&one.dims().insert_axis(0, 1)));
}

fn put(arrays: &mut [Array], index: usize, variables: &State) {
    for (all, (_, entry)) in arrays.iter_mut().zip(variables.iter()) {
        write(all, index, &entry.array);
    }
}
