//! Lists of filters and of states: tuples, arrays, and single ones.

use crate::module::tuples::for_each_tuple;
use crate::module::{Filter, State};

/// The filters by which a model or a state is split: one filter, a tuple of up to 16 filters, or an array of them.
#[diagnostic::on_unimplemented(
    message = "a model can't be split by `{Self}`",
    label = "expected a `Filter`, a tuple of up to 16 filters, or an array of them",
    note = "a filter by kind is written `Filter::kind::<kind::Param>()`, and `Filter::rest()` takes what is left"
)]
pub trait SplitFilters {
    /// The list of states for a list of filters, as long as that.
    type States;
    #[doc(hidden)]
    fn into_filters(self) -> Vec<Filter>;
    #[doc(hidden)]
    fn states(list: Vec<State>) -> Self::States;
}

impl SplitFilters for Filter {
    type States = State;
    fn into_filters(self) -> Vec<Filter> {
        vec![self]
    }
    fn states(mut list: Vec<State>) -> State {
        list.pop().expect("one state for one filter")
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> SplitFilters for [Filter; N] {
    type States = [State; N];
    fn into_filters(self) -> Vec<Filter> {
        self.into()
    }
    fn states(list: Vec<State>) -> [State; N] {
        list.try_into().expect("one state for each filter")
    }
}

/// States that are merged to one: a state, a tuple of up to 16, an array or a `Vec` of states.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be merged to a state",
    label = "expected a `State`, a tuple of up to 16 states, an array or a `Vec` of them",
    note = "the state of a model is `state(&model)`"
)]
pub trait MergeStates {
    #[doc(hidden)]
    fn into_states(self) -> Vec<State>;
}

impl MergeStates for State {
    fn into_states(self) -> Vec<State> {
        vec![self]
    }
}
#[diagnostic::do_not_recommend]
impl MergeStates for Vec<State> {
    fn into_states(self) -> Vec<State> {
        self
    }
}
#[diagnostic::do_not_recommend]
impl<const N: usize> MergeStates for [State; N] {
    fn into_states(self) -> Vec<State> {
        self.into()
    }
}

/// Repeats `$of` for each element of a tuple.
macro_rules! each {
    ($element:ident => $of:ty) => {
        $of
    };
    (@next $element:ident $list:ident) => {
        $list.next().expect("one state for each filter")
    };
}

macro_rules! tuple {
    ($($element:ident $index:tt)+) => {
        #[diagnostic::do_not_recommend]
        impl SplitFilters for ($(each!($element => Filter),)+) {
            type States = ($(each!($element => State),)+);
            fn into_filters(self) -> Vec<Filter> {
                vec![$(self.$index),+]
            }
            fn states(list: Vec<State>) -> Self::States {
                let mut list = list.into_iter();
                ($(each!(@next $element list),)+)
            }
        }
        #[diagnostic::do_not_recommend]
        impl MergeStates for ($(each!($element => State),)+) {
            fn into_states(self) -> Vec<State> {
                vec![$(self.$index),+]
            }
        }
    };
}
for_each_tuple!(tuple);
