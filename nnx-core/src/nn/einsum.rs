//! A linear layer that is defined by an einsum equation, whose axes the compiler checks.

use super::KernelOptions;
use super::cost::axis_size;
use crate::module::{Cost, Extent, Layer, Param, Pass};
use crate::random::Rngs;
use crate::size::{Shape, StaticShape};
use crate::tensor::{InputElement, Real, Tensor};

/// The bias that an equation defines for a kernel of shape `K`. [`einsum!`](crate::einsum) implements it.
#[diagnostic::on_unimplemented(
    message = "the kernel of `{Self}` has other axes than `{K}`",
    label = "expected one size for each axis that the equation names for its kernel"
)]
pub trait Equation<K>: 'static {
    /// The shape of the bias: some axes of the kernel, in the order of the output.
    type Bias: StaticShape;
    /// The names of the bias's axes, if there is a bias.
    const BIAS: Option<&'static [&'static str]>;
}

/// The output that an equation defines for an input `S` and a kernel `K`. [`einsum!`](crate::einsum) implements it.
// The message names the type `{Self}`, which the user declared as the equation.
#[diagnostic::on_unimplemented(
    message = "the equation `{Self}` doesn't fit an input of shape `{S}` and a kernel of shape `{K}`",
    label = "an axis that both have must be the same size",
    note = "the axes are those that `einsum!` names, in that order"
)]
pub trait Contraction<S, K>: Equation<K> {
    /// The shape of the output.
    type Output: Shape;
    /// The names of the axes of the input, of the kernel, and of the output.
    const NAMES: [&'static [&'static str]; 3];
}

/// An input that is never used. Each equation has an implementation for it besides the real one. With a single
/// implementation, rustc would infer the axes of the input from it, and report a wrong size as a plain type
/// mismatch, without the message of the trait.
#[doc(hidden)]
#[derive(Debug)]
pub struct NoInput;

/// The contraction of tensors by an equation of letters, as an expression; or the declaration of an equation for a
/// layer.
///
/// # A contraction
/// `einsum!("...ij,...jk->...ik", a, b)` takes an equation, and a tensor for each of its terms (`jnp.einsum`,
/// `torch.einsum`). Each letter names an axis. Axes that aren't in the result are summed over; a letter that an operand
/// has twice takes its diagonal. The compiler checks that axes of one letter are the same, and infers the shape of
/// the result. There are as many operands as you like; they are contracted two by two, in the order of the
/// fewest operations, see [`DynTensor::einsum`](crate::ops::DynTensor::einsum), which takes an equation that only the
/// running program knows.
///
/// `...` stands for any number of axes, which are in the result. Those of the first operand that has `...` are
/// the result's; those of another are the same, fewer, or of size 1: they broadcast.
///
/// ```
/// use nnx_core::{Tensor, einsum, size::Batch, tensor::Tensor};
///
/// let x: Tensor![Batch, 2] = Tensor::from_vec(vec![1.0, 2.0, 3.0, 4.0])?;
/// let form = Tensor::from([[2.0, 1.0], [0.0, 1.0]]);
/// let energy: Tensor![Batch] = einsum!("bi,ij,bj->b", x.clone(), form, x);
/// assert_eq!(energy.to_vec(), [8.0, 46.0]);
///
/// /// Scores of attention, with any leading axes.
/// fn scores(q: Tensor![Batch, 8, 5, 64], k: Tensor![Batch, 8, 7, 64]) -> Tensor![Batch, 8, 5, 7] {
///     einsum!("...qd,...kd->...qk", q, k)
/// }
/// # Ok::<(), nnx_core::Error>(())
/// ```
///
/// Cost: 2 operations for each combination of all letters of a contraction of two; memory for the result of each
/// contraction, and for a permuted copy of an operand whose axes aren't in the order of a product of matrices.
///
/// It panics if a runtime axis has different sizes in two operands.
///
/// # An equation of a layer
/// For [`Einsum`](crate::nn::Einsum): the axes of the input, of the kernel, of the
/// output, and of the bias if there is one. `for<..>` lists the axes of the input that the kernel doesn't have.
///
/// An axis that the output has is kept; one that it doesn't have is summed over. The compiler checks that axes
/// of one name have the same size. An invalid equation doesn't compile: if a tensor has an axis twice, if an axis
/// of the output is in neither operand, or if the bias has an axis that the output or the kernel doesn't have,
/// or has its axes in a different order than the output.
///
/// ```
/// use nnx_core::{einsum, Tensor, module::{Init, Layer}, nn::Einsum, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U2, U3, U4};
///
/// einsum! {
///     /// Each expert has weights of its own.
///     pub Experts: for<B> (X, B, I), (X, I, O) -> (X, B, O), bias (X, O);
/// }
/// let experts = Einsum::<Experts, (U2, U3, U4)>::init(&mut Rngs::new(0));
/// let x: Tensor![2, Batch, 3] = Tensor::from_vec(vec![1.0; 30])?;
/// let y: Tensor![2, Batch, 4] = experts.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[doc(alias("tensordot", "multi_dot", "contract"))]
#[macro_export]
macro_rules! einsum {
    ($($tokens:tt)*) => {
        $crate::__einsum! { $crate $($tokens)* }
    };
}

/// `y = einsum(x, kernel) + bias` by an equation `Q` that [`einsum!`](crate::einsum) declares.
///
/// | | |
/// |---|---|
/// | variables | `kernel`, `lecun_normal`; `bias`, zeros, if the equation has one |
/// | Flax | `nnx.Einsum("xbi,xio->xbo", (x, i, o), (x, o), rngs=rngs)`; an ellipsis is written out here |
/// | PyTorch | `torch.einsum` and your own parameters |
///
/// ```
/// use nnx_core::{einsum, Tensor, module::{Init, Layer}, nn::Einsum, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Batch, U2, U3, U6};
///
/// einsum! { Queries: for<B, T> (B, T, I), (I, H, D) -> (B, H, T, D); }
/// let queries = Einsum::<Queries, (U6, U2, U3)>::init(&mut Rngs::new(0));
/// let x: Tensor![Batch, 4, 6] = Tensor::from_vec(vec![1.0; 24])?;
/// let y: Tensor![Batch, 2, 4, 3] = queries.infer(x);
/// # Ok::<(), nnx_core::Error>(())
/// ```
#[derive(Debug, Clone, crate::Module)]
#[module(init = Self::with(&KernelOptions::default(), rngs))]
pub struct Einsum<Q: Equation<K>, K: StaticShape, E: Real = f32> {
    /// The weights.
    pub kernel: Param<K, E>,
    /// The bias, if the equation has one.
    pub bias: Option<Param<Q::Bias, E>>,
}

impl<Q: Equation<K>, K: StaticShape, E: Real> Einsum<Q, K, E> {
    /// A layer with weights initialized by `options`. The kernel takes its random key from `rngs` first, then the bias.
    ///
    /// # Panics
    /// If `rngs` has neither a stream `params` nor a default one.
    #[must_use]
    pub fn with(options: &KernelOptions, rngs: &mut Rngs) -> Self {
        let kernel = options.draw_kernel(rngs);
        let bias = Q::BIAS.and_then(|_| options.draw_bias(rngs));
        Self { kernel, bias }
    }
}

impl<S, Q, K, E: Real, F: InputElement<E>> Layer<Tensor<S, F>> for Einsum<Q, K, E>
where
    S: Shape,
    K: StaticShape,
    Q: Contraction<S, K>,
{
    type Output = Tensor<Q::Output, E>;

    /// # Panics
    /// If the equation is implemented by hand, without [`einsum!`](crate::einsum), and is invalid: an axis is
    /// repeated, or the bias has axes that the output doesn't have, or has them in a different order.
    #[track_caller]
    fn forward(&self, x: Tensor<S, F>, pass: &mut Pass) -> Self::Output {
        let [input, kernel, output] = Q::NAMES;
        let weights = self.kernel.get(pass).into_dyn();
        let y = match x.into_dyn().einsum_of_names(input, kernel, output, weights) {
            Ok(y) => y,
            Err(error) => panic!("{error}"),
        };
        let Some((bias, names)) = self.bias.as_ref().zip(Q::BIAS) else {
            return Tensor::trusted(y);
        };
        let places: Vec<Option<usize>> =
            names.iter().map(|name| output.iter().position(|other| other == name)).collect();
        assert!(
            places.iter().all(Option::is_some) && places.is_sorted(),
            "the bias of an equation has axes that come out, in their order: found the axes {names:?} \
             for an output of {output:?}"
        );
        let bias = bias.get(pass).into_dyn();
        let size =
            |name| names.iter().position(|other| other == name).map_or(1, |i| bias.dims()[i]);
        let sizes: Vec<usize> = output.iter().map(size).collect();
        Tensor::trusted(y + bias.reshape(&sizes))
    }
}

impl<S, Q, K, E: Real, F: InputElement<E>> Cost<Tensor<S, F>> for Einsum<Q, K, E>
where
    S: Shape,
    K: StaticShape,
    Q: Contraction<S, K>,
{
    const FLOPS: u64 = {
        let [input, kernel, output] = Q::NAMES;
        let y = Tensor::<Q::Output, E>::ELEMENTS;
        // Axes that only one operand has, and the output hasn't, are summed before the product.
        let x =
            if some(input, kernel, false, output, false) { Tensor::<S, E>::ELEMENTS } else { 0 };
        let k = if some(kernel, input, false, output, false) { K::ELEMENTS as u64 } else { 0 };
        let (mut inner, mut i) = (1, 0);
        while i < kernel.len() {
            if is_in(kernel[i], input) && !is_in(kernel[i], output) {
                inner *= axis_size::<K>(i.cast_signed());
            }
            i += 1;
        }
        // If no axis is summed, and one of the operands has no axis of its own, the product is elementwise.
        let sums = some(kernel, input, true, output, false)
            || (some(input, kernel, false, output, true)
                && some(kernel, input, false, output, true));
        let product = if sums { 2 * inner * y } else { y };
        x + k + product + if Q::BIAS.is_some() { y } else { 0 }
    };
    // Copies of operands whose axes are permuted first aren't counted.
    const ACTIVATION_BYTES: u64 = Tensor::<S, E>::BYTES + Tensor::<Q::Output, E>::BYTES;
}

/// Whether some name is in `other` (`in_other`) or not, and in `output` (`in_output`) or not.
const fn some(
    names: &[&str],
    other: &[&str],
    in_other: bool,
    output: &[&str],
    in_output: bool,
) -> bool {
    let mut i = 0;
    while i < names.len() {
        if is_in(names[i], other) == in_other && is_in(names[i], output) == in_output {
            return true;
        }
        i += 1;
    }
    false
}

const fn is_in(name: &str, names: &[&str]) -> bool {
    let mut i = 0;
    while i < names.len() {
        if is_same(name.as_bytes(), names[i].as_bytes()) {
            return true;
        }
        i += 1;
    }
    false
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}
