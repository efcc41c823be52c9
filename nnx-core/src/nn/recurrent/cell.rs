//! The trait of recurrent cells.

use super::bounds::StepOf;
use super::sequence::{After, Sequence};
use super::steps::{stacked, unstacked};
use crate::array::{Array, DType, OrPanic as _};
use crate::module::{Module, Pass};
use crate::ops::DynTensor;
use crate::random::Rngs;
use crate::random::init::Initializer;
use crate::size::{Dim, Size};
use crate::tensor::{InputElement, Inputs, Real, Tensor};

/// The result of a step: the next carry, and the output.
type Stepped<C, B> =
    (<C as RnnCell>::Carry<B>, Tensor<(B, <C as RnnCell>::Hidden), <C as RnnCell>::Element>);

/// A recurrent cell: computes the next carry and an output from the carry and the input of a step
/// (`nnx.RNNCellBase`). [`Rnn`](super::Rnn) applies it to a sequence.
///
/// Your own cell defines its initial carry and its step:
///
/// ```
/// use nnx_core::{Tensor, Module, module::{Init, Layer, Pass}, nn::{RnnCell, Rnn}, random::Rngs};
/// use nnx_core::{array::Array, size::{Batch, Dim, U2}, tensor::Tensor};
///
/// /// Adds up what it has seen.
/// #[derive(Module)]
/// struct Sum;
///
/// impl RnnCell for Sum {
///     type In = U2;
///     type Hidden = U2;
///     type Element = f32;
///     type Carry<B: Dim> = Tensor![B, 2];
///
///     fn zero_carry<B: Dim>(&self, batch: usize) -> Tensor![B, 2] {
///         Tensor::try_from(Array::full(0.0f32, &[batch, 2])).expect("the batch is B")
///     }
///     fn advance<B: Dim>(
///         &self,
///         carry: Tensor![B, 2],
///         x: Tensor![B, 2],
///         _: &mut Pass,
///     ) -> (Tensor![B, 2], Tensor![B, 2]) {
///         let sum = carry + x;
///         (sum.clone(), sum)
///     }
/// }
///
/// let x: Tensor![1, 3, 2] = Tensor::from([[[1.0, 0.0], [2.0, 0.0], [3.0, 1.0]]]);
/// assert_eq!(Rnn::new(Sum).infer(x).to_vec(), [1.0, 0.0, 3.0, 0.0, 6.0, 1.0]);
/// ```
pub trait RnnCell: Module {
    /// The features of the input.
    type In: Size;
    /// The features of the output.
    type Hidden: Size;
    /// The type of the elements.
    type Element: Real;
    /// The state that a step passes to the next: a tensor, or a tuple of tensors, each with the batch as first axis.
    type Carry<B: Dim>: Inputs + Clone;

    /// The carry before the first step: zeros, for `batch` rows.
    fn zero_carry<B: Dim>(&self, batch: usize) -> Self::Carry<B>;

    /// One step, for a carry and an input whose shapes are checked already. Call [`step`](Self::step) instead.
    fn advance<B: Dim>(
        &self,
        carry: Self::Carry<B>,
        x: Tensor<(B, Self::In), Self::Element>,
        pass: &mut Pass,
    ) -> Stepped<Self, B>;

    /// All steps of a sequence `(time, batch, In)`, in order. By default it calls [`advance`](Self::advance) for
    /// each step. The cells of this module override it, to multiply the inputs of all steps by the weights in one
    /// matrix multiplication.
    fn advance_all<B: Dim>(
        &self,
        carry: Self::Carry<B>,
        x: DynTensor,
        pass: &mut Pass,
    ) -> Vec<Stepped<Self, B>> {
        let mut carry = carry;
        let step = |x: DynTensor| {
            let (next, y) = self.advance(carry.clone(), Tensor::trusted(x), pass);
            carry = next.clone();
            (next, y)
        };
        unstacked(x).map(step).collect()
    }

    /// All steps of a sequence, for [`Rnn`](super::Rnn). By default it calls [`advance_all`](Self::advance_all).
    #[doc(hidden)]
    fn run_sequence<B: Dim>(
        &self,
        carry: Self::Carry<B>,
        x: DynTensor,
        pass: &mut Pass,
    ) -> Sequence {
        let steps = self.advance_all(carry, x, pass);
        let (carries, outputs) =
            steps.into_iter().map(|(carry, y)| (carry.into_list(), y.into_dyn())).unzip();
        Sequence { after: After::Each(carries), outputs: stacked(outputs) }
    }

    /// One step: returns the next carry and the output for a carry and an input `(batch, In)`.
    ///
    /// # Panics
    /// If the carry has a different batch size than the input.
    #[track_caller]
    fn step<S, C, F>(&self, carry: C, x: Tensor<S, F>, pass: &mut Pass) -> Stepped<Self, S::Batch>
    where
        S: StepOf<Self::In>,
        C: IntoCarry<Self::Carry<S::Batch>>,
        F: InputElement<Self::Element>,
    {
        let carry = check_batch(carry.into_carry(), x.dims()[0]);
        self.advance(carry, Tensor::trusted(x.into_dyn()), pass)
    }

    /// A random carry before the first step, from `initializer` and keys of the stream `carry`, one for each tensor
    /// of the carry in order (`initialize_carry(.., carry_init=..)`).
    ///
    /// # Panics
    /// If `rngs` has neither a stream `carry` nor a default one.
    #[must_use]
    #[track_caller]
    fn initialize_carry<B: Dim>(
        &self,
        batch: usize,
        initializer: &dyn Initializer,
        rngs: &mut Rngs,
    ) -> Self::Carry<B> {
        let mut parts = self.zero_carry::<B>(batch).into_list();
        for part in &mut parts {
            let key = rngs.key("carry").or_panic();
            let array = match part.dtype() {
                DType::F64 => Array::filled(initializer.sample_f64(key, &part.dims()), part.dims()),
                _ => Array::filled(initializer.sample(key, &part.dims()), part.dims()),
            };
            *part = array.into();
        }
        Self::Carry::<B>::from_list(&mut parts.into_iter())
    }
}

/// A carry for a cell whose carry is of type `C`: the type `C` itself. The trait exists for its error message.
#[diagnostic::on_unimplemented(
    message = "the cell carries `{C}`, but this carry is `{Self}`",
    label = "expected `{C}`",
    note = "the carry of an LSTM is a pair, the memory first; that of the other cells is their output"
)]
pub trait IntoCarry<C> {
    /// Returns the carry unchanged.
    fn into_carry(self) -> C;
}
#[diagnostic::do_not_recommend]
impl<C> IntoCarry<C> for C {
    fn into_carry(self) -> C {
        self
    }
}

/// Returns the carry. Panics if its batch size isn't `batch`, that of the input.
#[track_caller]
pub(super) fn check_batch<C: Inputs>(carry: C, batch: usize) -> C {
    let parts = carry.into_list();
    for part in &parts {
        let found = part.dims()[0];
        assert!(
            found == batch,
            "the carry is for a batch of {found}, but the input is a batch of {batch}: make one by \
             `zero_carry({batch})`"
        );
    }
    C::from_list(&mut parts.into_iter())
}
