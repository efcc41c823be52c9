//! Two recurrent cells over a sequence, one in each direction.

use super::bounds::{LengthsOf, StepsOf};
use super::{IntoCarry, Rnn, RnnCell, RnnRun};
use crate::module::{Layer, Pass};
use crate::size::{Dim, Sum};
use crate::tensor::{InputElement, Label, Tensor};

/// Two cells over a sequence, one from its start and one from its end. Their outputs of each step are
/// concatenated: `(B, T, In)` gives `(B, T, Forward::Hidden + Backward::Hidden)` (Schuster and Paliwal,
/// 1997).
///
/// | | |
/// |---|---|
/// | variables | those of `forward_rnn/cell` and `backward_rnn/cell` |
/// | Flax | `nnx.Bidirectional(forward_rnn, backward_rnn)` |
/// | PyTorch | `bidirectional=True` of `nn.LSTM`, `nn.GRU`, `nn.RNN` |
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::{Bidirectional, GruCell}, random::Rngs};
/// use nnx_core::{size::{Batch, U3, U8}, tensor::Tensor};
///
/// let layer = Bidirectional::<GruCell<U3, U8>>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 5, 3] = Tensor::from_vec(vec![0.5; 2 * 5 * 3])?;
/// let y: Tensor![Batch, 5, 16] = layer.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
pub struct Bidirectional<Forward, Backward = Forward> {
    /// The cell that runs from the start to the end.
    pub forward_rnn: Rnn<Forward>,
    /// The cell that runs from the end to the start.
    pub backward_rnn: Rnn<Backward>,
}

impl<Forward, Backward> Bidirectional<Forward, Backward> {
    /// A layer with a cell for each direction.
    #[must_use]
    pub fn new(forward: Forward, backward: Backward) -> Self {
        Self { forward_rnn: Rnn::new(forward), backward_rnn: Rnn::new(backward) }
    }
}

/// The features of the concatenated outputs of both directions.
type Both<Forward, Backward> = Sum<<Forward as RnnCell>::Hidden, <Backward as RnnCell>::Hidden>;

impl<Forward, Backward> Bidirectional<Forward, Backward>
where
    Forward: RnnCell,
    Backward: RnnCell<In = Forward::In, Element = Forward::Element>,
{
    /// Prepares a run over a sequence `(B, T, In)`, which may be given lengths and initial carries.
    pub fn over<S, F>(
        &self,
        x: Tensor<S, F>,
    ) -> BidirectionalRun<'_, Forward, Backward, S::Batch, S::Time>
    where
        S: StepsOf<Forward::In>,
        F: InputElement<Forward::Element>,
    {
        // The bounds of this method are on the forward cell. The backward cell has the same types.
        let x: Tensor<(S::Batch, S::Time, Forward::In), Forward::Element> =
            Tensor::trusted(x.into_dyn());
        BidirectionalRun {
            forward: self.forward_rnn.over(x.clone()).in_order(false, false),
            backward: self.backward_rnn.over(x).in_order(true, true),
        }
    }
}

/// A run of both directions over a sequence, see [`Bidirectional::over`].
#[must_use = "`run` makes the run"]
#[allow(missing_debug_implementations, reason = "lives for one expression")]
pub struct BidirectionalRun<'a, Forward: RnnCell, Backward: RnnCell, B: Dim, T: Dim> {
    forward: RnnRun<'a, Forward, B, T>,
    backward: RnnRun<'a, Backward, B, T>,
}

impl<Forward, Backward, B: Dim, T: Dim> BidirectionalRun<'_, Forward, Backward, B, T>
where
    Forward: RnnCell,
    Backward: RnnCell<In = Forward::In, Element = Forward::Element>,
{
    /// The number of valid steps in each row, see [`RnnRun::lengths`].
    pub fn lengths<L: LengthsOf<B>, I: Label>(self, lengths: Tensor<L, I>) -> Self {
        Self {
            forward: self.forward.lengths(lengths.clone()),
            backward: self.backward.lengths(lengths),
        }
    }

    /// Sets the carries before the first step of each direction, zeros by default.
    pub fn initial_carries<K, L>(self, forward: K, backward: L) -> Self
    where
        K: IntoCarry<Forward::Carry<B>>,
        L: IntoCarry<Backward::Carry<B>>,
    {
        Self {
            forward: self.forward.initial_carry(forward),
            backward: self.backward.initial_carry(backward),
        }
    }

    /// Runs the cells. Returns the final carries of both directions, and the concatenated outputs.
    ///
    /// # Panics
    /// As [`RnnRun::run`].
    #[track_caller]
    #[allow(clippy::type_complexity, reason = "two pairs")]
    pub fn run(
        self,
        pass: &mut Pass,
    ) -> (
        (Forward::Carry<B>, Backward::Carry<B>),
        Tensor<(B, T, Both<Forward, Backward>), Forward::Element>,
    ) {
        let (carries, (forward, backward)) = self.run_separately(pass);
        (carries, forward.concat::<2, _>(backward))
    }

    /// Runs the cells. Returns the final carries of both directions, and their separate outputs, to be merged in
    /// another way (`merge_fn`).
    ///
    /// # Panics
    /// As [`RnnRun::run`].
    #[track_caller]
    #[allow(clippy::type_complexity, reason = "two pairs")]
    pub fn run_separately(
        self,
        pass: &mut Pass,
    ) -> (
        (Forward::Carry<B>, Backward::Carry<B>),
        (
            Tensor<(B, T, Forward::Hidden), Forward::Element>,
            Tensor<(B, T, Backward::Hidden), Forward::Element>,
        ),
    ) {
        let (forward_carry, forward) = self.forward.run(pass);
        let (backward_carry, backward) = self.backward.run(pass);
        ((forward_carry, backward_carry), (forward, backward))
    }
}

impl<S, F, Forward, Backward> Layer<Tensor<S, F>> for Bidirectional<Forward, Backward>
where
    S: StepsOf<Forward::In>,
    F: InputElement<Forward::Element>,
    Forward: RnnCell,
    Backward: RnnCell<In = Forward::In, Element = Forward::Element>,
{
    type Output = Tensor<S::With<Both<Forward, Backward>>, Forward::Element>;

    #[track_caller]
    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        Tensor::trusted(self.over(x).run(pass).1.into_dyn())
    }
}
