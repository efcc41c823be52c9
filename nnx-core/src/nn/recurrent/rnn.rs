//! A recurrent cell over a sequence.

use super::bounds::{LengthsOf, StepsOf};
use super::cell::check_batch;
use super::sequence::Sequence;
use super::steps::turned;
use super::{IntoCarry, RnnCell};
use crate::array::{Array, Element as _};
use crate::module::{Layer, Pass};
use crate::nn::lengths;
use crate::ops::DynTensor;
use crate::size::{Dim, Size as _};
use crate::tensor::{InputElement, Inputs, Label, Tensor};

/// A cell applied to each step of a sequence: `(B, T, In)` gives the outputs `(B, T, Hidden)`.
///
/// | | |
/// |---|---|
/// | variables | those of `cell` |
/// | Flax | `nnx.RNN(cell, reverse=.., keep_order=..)` |
/// | PyTorch | `nn.LSTM`, `nn.GRU`, `nn.RNN` with `batch_first=True` |
///
/// For a sequence `(T, B, In)` (`time_major=True`) pass `x.permute::<(Axis<1>, Axis<0>, Axis<2>)>()`, which
/// copies nothing: steps are read from any memory layout.
///
/// As a layer it begins with a carry of zeros and runs all steps. Use [`over`](Self::over) for the rest: padded
/// rows with lengths, another initial carry, and the final carry.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer, Pass}, nn::{GruCell, Rnn}, random::Rngs};
/// use nnx_core::{size::{U2, U3, U5, U8}, tensor::Tensor};
///
/// let rnn = Rnn::<GruCell<U3, U8>>::init(&mut Rngs::new(0));
/// let x: Tensor![2, 5, 3] = Tensor::ones();
/// let y: Tensor![2, 5, 8] = rnn.infer(x.clone());
///
/// let lengths = Tensor::from([5, 2]);
/// let (h, y) = rnn.over(x).lengths(lengths).run(&mut Pass::eval());
/// assert_eq!(h.to_vec()[8..], y.to_vec()[5 * 8 + 8..][..8]); // of row 1, after its 2 steps
/// ```
#[derive(Debug, Clone, crate::Module)]
pub struct Rnn<C> {
    /// The cell.
    pub cell: C,
    #[module(init = false)]
    reverse: bool,
    #[module(init = false)]
    keep_order: bool,
}

impl<C> Rnn<C> {
    /// A layer that runs `cell` from the first step to the last.
    #[must_use]
    pub fn new(cell: C) -> Self {
        Self { cell, reverse: false, keep_order: false }
    }

    /// Runs from the last step to the first. Outputs are in the order in which they are computed. A row with a
    /// length begins at its own last step.
    #[must_use]
    pub fn reverse(self) -> Self {
        Self { reverse: true, ..self }
    }

    /// With [`reverse`](Self::reverse), returns the outputs in the order of the input.
    #[must_use]
    pub fn keep_order(self) -> Self {
        Self { keep_order: true, ..self }
    }
}

impl<C: RnnCell> Rnn<C> {
    /// Prepares a run over a sequence `(B, T, In)`, which may be given lengths and an initial carry.
    pub fn over<S, F>(&self, x: Tensor<S, F>) -> RnnRun<'_, C, S::Batch, S::Time>
    where
        S: StepsOf<C::In>,
        F: InputElement<C::Element>,
    {
        RnnRun {
            cell: &self.cell,
            reverse: self.reverse,
            keep_order: self.keep_order,
            x: Tensor::trusted(x.into_dyn()),
            lengths: None,
            carry: None,
        }
    }
}

/// A run of a recurrent layer over a sequence, see [`Rnn::over`].
#[must_use = "`run` makes the run"]
#[allow(missing_debug_implementations, reason = "lives for one expression")]
pub struct RnnRun<'a, C: RnnCell, B: Dim, T: Dim> {
    cell: &'a C,
    reverse: bool,
    keep_order: bool,
    x: Tensor<(B, T, C::In), C::Element>,
    lengths: Option<DynTensor>,
    carry: Option<C::Carry<B>>,
}

impl<C: RnnCell, B: Dim, T: Dim> RnnRun<'_, C, B, T> {
    pub(super) fn in_order(self, reverse: bool, keep_order: bool) -> Self {
        Self { reverse, keep_order, ..self }
    }

    /// The number of valid steps in each row; the rest is padding (`seq_lengths`). The final carry of a row is the one
    /// after its valid steps, or the initial one for a length of 0. Outputs after the valid steps are computed
    /// from the padding.
    pub fn lengths<L: LengthsOf<B>, I: Label>(self, lengths: Tensor<L, I>) -> Self {
        Self { lengths: Some(lengths.into_dyn()), ..self }
    }

    /// Sets the carry before the first step, zeros by default.
    pub fn initial_carry<K: IntoCarry<C::Carry<B>>>(self, carry: K) -> Self {
        Self { carry: Some(carry.into_carry()), ..self }
    }

    /// Runs the cell. Returns the carry after the last step, and the outputs `(B, T, Hidden)`.
    ///
    /// # Panics
    /// If a length is negative or exceeds the sequence, if there isn't one for each row, or if the carry
    /// has a different batch size.
    #[track_caller]
    #[allow(clippy::type_complexity, reason = "a pair")]
    pub fn run(self, pass: &mut Pass) -> (C::Carry<B>, Tensor<(B, T, C::Hidden), C::Element>) {
        let (batch, time) = (self.x.dims()[0], self.x.dims()[1]);
        let lengths = self.lengths.map(|lengths| lengths::checked(lengths, batch, time));
        let carry = match self.carry {
            Some(carry) => check_batch(carry, batch),
            None => self.cell.zero_carry(batch),
        };
        let mut x = self.x.into_dyn().permute(&[1, 0, 2]);
        let turn = |x| if time > 0 { turned(x, lengths.as_ref()) } else { x };
        if self.reverse {
            x = turn(x);
        }
        let Sequence { after, outputs } = self.cell.run_sequence(carry.clone(), x, pass);
        let mut y = outputs.unwrap_or_else(|| {
            Array::full_float(0.0, C::Element::DTYPE, &[0, batch, C::Hidden::USIZE]).into()
        });
        if self.reverse && self.keep_order {
            y = turn(y);
        }
        let last = Sequence::last(after, carry.into_list(), lengths.as_ref());
        let carry = C::Carry::<B>::from_list(&mut last.into_iter());
        (carry, Tensor::trusted(y.permute(&[1, 0, 2])))
    }
}

impl<S, F, C> Layer<Tensor<S, F>> for Rnn<C>
where
    S: StepsOf<C::In>,
    F: InputElement<C::Element>,
    C: RnnCell,
{
    type Output = Tensor<S::With<C::Hidden>, C::Element>;

    #[track_caller]
    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        Tensor::trusted(self.over(x).run(pass).1.into_dyn())
    }
}
