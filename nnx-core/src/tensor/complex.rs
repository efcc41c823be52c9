//! Complex numbers, as pairs along the last axis: the feature `fft`.

use super::arithmetic::check_shared_axes;
use super::{Operand, Real, Tensor};
use crate::array::OrPanic as _;
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::size::rules::{ComplexNumbers, RealParts, SameShape};

/// # Complex numbers
/// These need the feature `fft`. There is no complex element type: complex numbers are tensors (.., 2), whose last axis
/// holds the real and the imaginary part, as `torch.view_as_real` gives them.
impl<S, E> Tensor<S, E> {
    /// Complex numbers of real parts and imaginary parts: (..) to (.., 2). `jax.lax.complex`, `torch.complex`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::complex(Tensor::from([1.0, 2.0]), Tensor::from([0.0, -1.0]));
    /// assert_eq!(x.clone().to_vec(), [1.0, 0.0, 2.0, -1.0]);
    /// assert_eq!(x.imaginary().to_vec(), [0.0, -1.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors.
    #[must_use]
    #[track_caller]
    #[doc(alias = "view_as_complex")]
    pub fn complex<R, F>(real: Self, imaginary: Tensor<R, F>) -> Tensor<S::Complex, E>
    where
        S: RealParts,
        R: SameShape<S> + Shape,
        F: Operand<E>,
        E: Real,
    {
        check_shared_axes::<S, R>(&real.dims(), &imaginary.dims(), "complex");
        let dims = real.dims();
        let column = |x: DynTensor| x.reshape(&dims.insert_axis(dims.len(), 1));
        let parts = vec![column(real.into_dyn()), column(imaginary.into_dyn())];
        Tensor::trusted(DynTensor::concat(parts, dims.len()).or_panic())
    }

    /// The real parts of complex numbers: (.., 2) to (..). `jnp.real`, `torch.real`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([[1.0, 0.0], [2.0, -1.0]]).real().to_vec(), [1.0, 2.0]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn real<O>(self) -> Tensor<O, E>
    where
        S: ComplexNumbers<Real = O>,
        E: Real,
    {
        self.part(0)
    }

    /// The imaginary parts of complex numbers: (.., 2) to (..). `jnp.imag`, `torch.imag`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([[1.0, 0.0], [2.0, -1.0]]).imaginary().to_vec(), [0.0, -1.0]);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "imag")]
    pub fn imaginary<O>(self) -> Tensor<O, E>
    where
        S: ComplexNumbers<Real = O>,
        E: Real,
    {
        self.part(1)
    }

    #[track_caller]
    fn part<O>(self, part: isize) -> Tensor<O, E>
    where
        S: Shape,
        E: Real,
    {
        let x = self.into_dyn();
        let last = x.rank() - 1;
        Tensor::trusted(x.at(last, part))
    }

    /// The absolute values of complex numbers: (.., 2) to (..). `jnp.abs`, `torch.abs`. Its gradient is 0 at 0.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([[3.0, 4.0], [0.0, -1.0]]).magnitude().to_vec(), [5.0, 1.0]);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "complex_abs")]
    pub fn magnitude<O>(self) -> Tensor<O, E>
    where
        S: ComplexNumbers<Real = O>,
        E: Real,
    {
        let x = self.into_dyn();
        let last = x.rank() - 1;
        Tensor::trusted(x.norm(&[last]))
    }

    /// The products of complex numbers, each (.., 2).
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let i = Tensor::from([[0.0, 1.0]]);
    /// assert_eq!(i.clone().complex_mul(i).to_vec(), [-1.0, 0.0]);
    /// ```
    ///
    /// # Panics
    /// If a runtime axis has different sizes in the two tensors.
    #[must_use]
    #[track_caller]
    pub fn complex_mul<R, F>(self, other: Tensor<R, F>) -> Self
    where
        S: ComplexNumbers,
        R: SameShape<S> + Shape,
        F: Operand<E>,
        E: Real,
    {
        check_shared_axes::<S, R>(&self.dims(), &other.dims(), "complex_mul");
        Tensor::trusted(self.into_dyn().complex_mul(other.into_dyn()))
    }

    /// The conjugates of complex numbers (.., 2): the imaginary parts are negated. `jnp.conj`, `torch.conj`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// assert_eq!(Tensor::from([[1.0, 2.0]]).conjugate().to_vec(), [1.0, -2.0]);
    /// ```
    #[must_use]
    #[track_caller]
    #[doc(alias = "conj")]
    pub fn conjugate(self) -> Self
    where
        S: ComplexNumbers,
        E: Real,
    {
        Tensor::trusted(self.into_dyn().conjugate())
    }
}
