//! A random stream that a model owns: its key and its counter are variables, saved with the model.

use super::{Filter, KindId, Module, ModuleVisitor, Pass, Variable, Visitor, VisitorMut, kind};
use crate::array::{Array, Element, OrPanic as _};
use crate::ops::{DynKey, DynTensor, incremented_wrapping, refuse_members};
use crate::random::{Key, Rngs, Stream};
use crate::size::{Shape, U2};
use crate::tensor::Tensor;

/// A random stream that a layer owns (`nnx.RngStream`).
///
/// A draw returns the key `fold_in(key, count)` and increments the counter in the pass; the counter in the model
/// changes when the pass is committed.
///
/// **A clone draws the same keys as the original**: it has the same key and the same counter, as with
/// `nnx.clone` in Flax, so that a copy of a model continues exactly as the model would. [`reseed`] makes clones
/// draw different keys.
#[derive(Debug, Clone)]
pub struct RngStream {
    count: Variable<Tensor<(), u32>, kind::RngCount>,
    key: Variable<Tensor<(U2,), u32>, kind::RngKey>,
}

impl RngStream {
    /// A stream that continues `stream`, with its key and its counter.
    #[must_use]
    pub fn new(stream: Stream) -> Self {
        Self {
            count: Variable::new(Tensor::from(stream.count)),
            key: Variable::new(Tensor::from(stream.key.data())),
        }
    }

    /// A fork of the stream `name`, or of the default one.
    ///
    /// # Panics
    /// If `rngs` has neither.
    #[must_use]
    #[track_caller]
    pub fn forked(name: &str, rngs: &mut Rngs) -> Self {
        Self::new(rngs.stream(name).or_panic().fork())
    }

    /// Whether this pass may draw from the stream: a training pass may, unless the stream is
    /// [frozen](Pass::freeze).
    #[must_use]
    pub fn may_draw(&self, pass: &Pass) -> bool {
        self.count.may_set(pass)
    }

    /// The next key of the stream.
    ///
    /// # Panics
    /// If the pass may not draw: check [`may_draw`](Self::may_draw) first.
    ///
    /// In an [`Ensemble`](super::Ensemble), where each member has a stream of its own, and in a recorded step
    /// ([`jit`](super::jit)), each run of which draws another key: use [`sample`](Self::sample).
    #[track_caller]
    pub fn draw(&self, pass: &mut Pass) -> Key {
        let [count, key] = [self.count.get(pass).into_dyn(), self.key.get(pass).into_dyn()];
        if count.is_batched() || key.is_batched() {
            refuse_members(
                "`RngStream::draw` gives one key, but each member of an `Ensemble` has a stream of its own: write \
                 `stream.sample(pass, |key| ..)`, which draws a tensor for each member",
            );
        }
        assert!(
            !count.is_traced() && !key.is_traced(),
            "`RngStream::draw` gives a key as a number, but each run of a recorded step draws another one: write \
             `stream.sample(pass, |key| ..)`"
        );
        let (drawn, next) = next_key(count, key);
        self.count.set(Tensor::trusted(next), pass);
        of_rank(drawn, pass).key()
    }

    /// A tensor that is drawn with the next key of the stream. In an [`Ensemble`](super::Ensemble), `draw` is called with the
    /// key of each member, and must return tensors of one shape; otherwise it is called once.
    ///
    /// ```
    /// use nnx_core::module::{Pass, RngStream};
    /// use nnx_core::{random::Rngs, size::U3, tensor::Tensor};
    ///
    /// let stream = RngStream::forked("noise", &mut Rngs::new(0));
    /// let noise: Tensor<(U3,)> = stream.sample(&mut Pass::train(), Tensor::normal);
    /// # let _ = noise;
    /// ```
    ///
    /// # Panics
    /// As [`draw`](Self::draw).
    #[must_use]
    #[track_caller]
    pub fn sample<S: Shape, E: Element>(
        &self,
        pass: &mut Pass,
        draw: impl Fn(DynKey) -> Tensor<S, E>,
    ) -> Tensor<S, E> {
        Tensor::trusted(self.sample_dyn(pass, &|key| draw(key).into_dyn()))
    }

    /// As [`sample`](Self::sample).
    #[track_caller]
    pub(crate) fn sample_dyn(
        &self,
        pass: &mut Pass,
        draw: &dyn Fn(DynKey) -> DynTensor,
    ) -> DynTensor {
        let (count, key) = (self.count.get(pass).into_dyn(), self.key.get(pass).into_dyn());
        let (drawn, next) = sampled(count, key, &|key| draw(of_rank(key, pass)));
        self.count.set(Tensor::trusted(next), pass);
        drawn
    }
}

/// The key of this rank, where several ranks run the same layer on parts of one batch.
fn of_rank(key: DynKey, pass: &Pass) -> DynKey {
    match pass.ranks() {
        None => key,
        Some(ranks) => key.fold_in(u32::try_from(ranks.rank()).expect("fewer ranks")),
    }
}

/// The next key of a stream, and the count after it.
fn next_key(count: DynTensor, key: DynTensor) -> (DynKey, DynTensor) {
    (DynKey::from_data(key).folded(count.clone()), incremented_wrapping(count))
}

/// Calls `draw` with the next key of a stream, or of the stream of each member of an ensemble. Returns the result, and
/// the count after it.
fn sampled(
    count: DynTensor,
    key: DynTensor,
    draw: &dyn Fn(DynKey) -> DynTensor,
) -> (DynTensor, DynTensor) {
    let batches = [count.batch(), key.batch()];
    let Some((level, members)) = batches.into_iter().flatten().max_by_key(|(level, _)| *level)
    else {
        let (drawn, next) = next_key(count, key);
        return (draw(drawn), next);
    };
    let size = members.dims()[0];
    let [counts, keys] = [count, key].map(|x| x.all_of(level, size));
    let member = |x: &DynTensor, index: usize| {
        let dims = x.dims().without_axis(0);
        x.clone().slice(0, index, 1).reshape(&dims)
    };
    let (drawn, next): (Vec<_>, Vec<_>) = (0..size)
        .map(|index| sampled(member(&counts, index), member(&keys, index), draw))
        .map(|(drawn, next)| (drawn.stacked_row(), next.stacked_row()))
        .unzip();
    let of_each = |rows| DynTensor::each_of(level, DynTensor::concat(rows, 0).or_panic());
    (of_each(drawn), of_each(next))
}

impl Module for RngStream {
    fn visit(&self, visitor: &mut Visitor<'_>) {
        visitor.enter(self);
        visitor.field("count", &self.count);
        visitor.field("key", &self.key);
    }
    fn visit_mut(&mut self, visitor: &mut VisitorMut<'_>) {
        visitor.field("count", &mut self.count);
        visitor.field("key", &mut self.key);
    }
    fn visit_modules(&mut self, visitor: &mut ModuleVisitor<'_>)
    where
        Self: 'static,
    {
        visitor.enter(self);
        visitor.field("count", &mut self.count);
        visitor.field("key", &mut self.key);
    }
}

/// Gives each random stream that a model owns a new key, and sets its counter to 0 (`nnx.reseed`). The keys are
/// forks of `stream`, in the order of a traversal.
///
/// A clone of a model draws the same random numbers as the model, and so do the layers of
/// `vec![Dropout::new(0.5, rngs); 3]`, which are clones. Reseed them to draw different ones.
///
/// ```
/// use nnx_core::module::{Layer, Pass, reseed};
/// use nnx_core::{nn::Dropout, random::{Rngs, Stream}, tensor::Tensor};
///
/// let masks = |layers: &[Dropout]| -> Vec<Vec<f32>> {
///     let mask = |layer: &Dropout| layer.forward(Tensor::from([1.0; 8]), &mut Pass::train()).to_vec();
///     layers.iter().map(mask).collect()
/// };
/// let mut layers = vec![Dropout::new(0.5, &mut Rngs::new(0)); 2];
/// let [first, second] = &masks(&layers)[..] else { unreachable!("two layers") };
/// assert_eq!(first, second);
///
/// reseed(&mut layers, &mut Stream::new(7));
/// let [first, second] = &masks(&layers)[..] else { unreachable!("two layers") };
/// assert_ne!(first, second);
/// ```
pub fn reseed<M: Module + ?Sized>(model: &mut M, stream: &mut Stream) {
    reseed_of(&Filter::everything(), model, stream);
}

/// As [`reseed`], for the streams whose key and counter a filter selects. The others keep their keys and
/// counters, and no fork is made for them.
pub fn reseed_of<M: Module + ?Sized>(filter: &Filter, model: &mut M, stream: &mut Stream) {
    model.visit_mut(&mut VisitorMut::new(&mut |path, variable| {
        if !filter.selects(path, variable) {
            return;
        }
        // A variable of these kinds that a user has declared may have a different shape. Then setting fails, and the
        // variable keeps its value.
        let dims = variable.array().dims();
        if variable.kind() == KindId::of::<kind::RngCount>() {
            let _ = variable.set_array(Array::full(0u32, &dims));
        } else if variable.kind() == KindId::of::<kind::RngKey>() && dims.last() == Some(&2) {
            // In an ensemble the variable has a key for each member.
            let keys = (0..dims.elements() / 2).flat_map(|_| stream.fork().key.data());
            let _ = variable.set_array(Array::new(keys.collect(), &dims).expect("two words each"));
        }
    }));
}
