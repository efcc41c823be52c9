//! Tensors that stand for each member of a batch, within `vmap`.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::{DynTensor, next_id};
use crate::array::{Array, Dims, MAX_RANK};

/// All members that a tensor stands for: `tensor` has them as a leading axis, which the `vmap` number `level` hides.
/// Those of an inner `vmap` have the larger number, and so do tapes that begin inside.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) level: u64,
    pub(super) tensor: DynTensor,
}

impl Batch {
    pub(super) fn is_tracked(&self) -> bool {
        self.tensor.is_tracked()
    }

    pub(super) fn stop_gradient(&self) -> Self {
        Self { level: self.level, tensor: self.tensor.clone().stop_gradient() }
    }

    /// The number of members.
    pub(super) fn size(&self) -> usize {
        self.tensor.dims()[0]
    }

    /// Panics on behalf of `reader`, a function that reads elements.
    #[track_caller]
    pub(super) fn refuse(&self, reader: &str) -> ! {
        refuse_members(&format!(
            "`{reader}` has no batching rule: it reads the elements of a tensor, but within `vmap` (or an `Ensemble`) a \
             tensor stands for all {} members at once; call it outside, on the result",
            self.size()
        ))
    }
}

/// The payload of a panic that [`if_batched`] catches.
struct Unbatched;

thread_local! {
    /// Whether [`if_batched`] runs on this thread.
    static CALLER_RECOVERS: Cell<bool> = const { Cell::new(false) };
}

/// Panics with a message about something that can't be done for all members of a `vmap` at once.
#[track_caller]
pub(crate) fn refuse_members(message: &str) -> ! {
    if CALLER_RECOVERS.get() {
        // Prints nothing.
        resume_unwind(Box::new(Unbatched));
    }
    panic!("{message}")
}

/// Runs `f`, in which tensors stand for the members of a `vmap`. `None` if it reads the elements of one, or if that can't
/// be recovered from, because a panic ends the process.
pub(crate) fn if_batched<R>(f: impl FnOnce() -> R) -> Option<R> {
    if cfg!(panic = "abort") {
        return None;
    }
    let before = CALLER_RECOVERS.replace(true);
    let result = catch_unwind(AssertUnwindSafe(f));
    CALLER_RECOVERS.set(before);
    match result {
        Ok(result) => Some(result),
        Err(panic) if panic.is::<Unbatched>() => None,
        Err(panic) => resume_unwind(panic),
    }
}

/// The inputs of an operation, for its [batching rule](super::Operation::batching).
#[derive(Debug, Clone, Copy)]
pub struct Members<'a> {
    /// The inputs. One that differs from member to member has the members as its first axis.
    pub inputs: &'a [DynTensor],
    /// Whether each input differs from member to member.
    pub batched: &'a [bool],
    /// The number of members.
    pub size: usize,
    /// The id of the `vmap`.
    pub(crate) level: u64,
}

impl Members<'_> {
    /// Input `index` with the members as its first axis; an input without members is broadcast.
    #[must_use]
    pub fn leading(&self, index: usize) -> DynTensor {
        let input = self.inputs[index].clone();
        if self.batched[index] { input } else { repeated(input, self.size) }
    }

    /// Input `index` with its first axis, the members, and `count` axes of size 1 after it, so that it broadcasts to an
    /// input with more axes. An input that is the same for all members stays.
    pub(super) fn spread(&self, index: usize, count: usize) -> DynTensor {
        let input = self.inputs[index].clone();
        if !self.batched[index] {
            return input;
        }
        let dims = input.dims();
        let ones = std::iter::repeat_n(1, count);
        let dims: Dims = dims[..1].iter().copied().chain(ones).chain(dims[1..].to_vec()).collect();
        input.reshape(&dims)
    }
}

/// The tensor, broadcast along a new first axis of `size` members.
pub(super) fn repeated(x: DynTensor, size: usize) -> DynTensor {
    let dims = x.dims();
    check_rank(&dims);
    x.broadcast_to(&dims.insert_axis(0, size))
}

/// Panics unless the rank leaves room for the axis of the members.
#[track_caller]
pub(super) fn check_rank(dims: &Dims) {
    assert!(
        dims.len() < MAX_RANK,
        "`vmap` needs an axis for the members, so that within it a tensor has at most {} axes; found shape {dims}",
        MAX_RANK - 1
    );
}

impl DynTensor {
    /// Whether the tensor stands for each member of a batch: it was computed from an input of a
    /// [`vmap`](crate::tensor::vmap) that this code runs in. Its elements can't be read then.
    #[must_use]
    pub fn is_batched(&self) -> bool {
        self.batch.is_some()
    }

    /// All members of a batched tensor: the number of its `vmap`, and the tensor with the members as its first axis.
    pub(crate) fn batch(&self) -> Option<(u64, &Self)> {
        self.batch.as_ref().map(|batch| (batch.level, &batch.tensor))
    }

    /// The tensor with a first axis of size 1: one of several that are concatenated.
    pub(crate) fn stacked_row(self) -> Self {
        let dims = self.dims().insert_axis(0, 1);
        self.reshape(&dims)
    }

    /// The tensor that stands for each index of the first axis of `all`, within the `vmap` with the id `level`.
    pub(crate) fn each_of(level: u64, all: Self) -> Self {
        let mut signature = all.stored_signature();
        signature.dims = signature.dims.without_axis(0);
        let batch = Some(std::sync::Arc::new(Batch { level, tensor: all }));
        let mut one: Self = Array::zeros(signature.dtype, signature.dims).into();
        if signature.dtype.is_float() {
            one = Self::missing(signature);
        }
        one.batch = batch;
        one
    }

    /// The values of all `size` members of a tensor that a function has returned within the `vmap` with the id `level`.
    ///
    /// # Panics
    /// If the tensor belongs to a `vmap` that has ended.
    #[track_caller]
    pub(crate) fn all_of(self, level: u64, size: usize) -> Self {
        match self.batch {
            Some(batch) if batch.level == level => batch.tensor.clone(),
            Some(batch) if batch.level > level => panic!(
                "a tensor has left the `vmap` (or the `Ensemble`) that it belongs to, by another way than as its result: \
                 return it from the function, so that it gets the members as its first axis"
            ),
            _ => repeated(self, size),
        }
    }

    /// Runs `f` once for all members (`jax.vmap`): [`tensor::vmap`](crate::tensor::vmap) for tensors of runtime shape. An input
    /// that is paired with `true` has the members as its first axis, and `f` gets it without; one that is paired with
    /// `false` is the same for all. Results get the members as their first axis.
    ///
    /// ```
    /// use nnx_core::{array::Array, ops::DynTensor};
    ///
    /// let x = DynTensor::from(Array::new(vec![1.0f32, 2.0, 3.0, 4.0], &[2, 2])?);
    /// let w = DynTensor::from(Array::new(vec![10.0f32, 1.0], &[2])?);
    /// let dot = |inputs: Vec<DynTensor>| vec![(&inputs[0] * &inputs[1]).sum_all()];
    /// let y = DynTensor::vmap(dot, vec![(x, true), (w, false)]).remove(0);
    /// assert_eq!(y.array().to_vec::<f32>()?, [12.0, 34.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Panics
    /// If no input has members, or they have different numbers of them. If `f` does what has no batching rule.
    #[track_caller]
    pub fn vmap(f: impl FnOnce(Vec<Self>) -> Vec<Self>, inputs: Vec<(Self, bool)>) -> Vec<Self> {
        let with_members = inputs.iter().filter(|(_, batched)| *batched);
        let counts: Vec<Option<usize>> =
            with_members.map(|(x, _)| x.dims().first().copied()).collect();
        let Some(&Some(size)) = counts.first().filter(|first| counts.iter().all(|n| n == *first))
        else {
            panic!(
                "`vmap` takes inputs with the same number of members, and at least one such input; found {counts:?}"
            )
        };
        let level = next_id();
        let one = |(x, batched)| if batched { Self::each_of(level, x) } else { x };
        let results = f(inputs.into_iter().map(one).collect());
        results.into_iter().map(|x| x.all_of(level, size)).collect()
    }
}
