//! Comparison of states.

use nnx::module::State;

/// Whether every variable is the same in both, bit for bit.
pub(crate) fn same(a: &State, b: &State) -> bool {
    let arrays = |state: &State| -> Vec<_> {
        state.iter().map(|(path, entry)| (path.clone(), entry.array.clone())).collect()
    };
    arrays(a) == arrays(b)
}
