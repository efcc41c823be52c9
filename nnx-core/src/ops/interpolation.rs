//! How an image is resized: the kernel that weighs the input elements around an output element.

use std::f64::consts::PI;

/// The weights by which [`resize`](crate::tensor::Tensor::resize) mixes input elements.
///
/// An output element i of `size` is at `s = (i + 1/2) n / size - 1/2` among the n input elements of an axis (half-pixel
/// centers: PyTorch's `align_corners=False`), and is the sum of the elements j weighted by `k((j - s) / w)`, divided by
/// the sum of these weights. w is 1; with antialiasing, which is the default, it is `max(n / size, 1)`, so that an image
/// that becomes smaller is blurred first.
///
/// | interpolation | kernel k(t) | JAX | PyTorch's `F.interpolate` |
/// |---|---|---|---|
/// | `linear` | `max(1 - ∣t∣, 0)` | `jax.image.resize(.., "linear")` | `mode="bilinear", antialias=True` |
/// | `linear().antialias(false)` | | `antialias=False` | `mode="linear"`, `"bilinear"`, `"trilinear"` |
/// | `cubic` | Keys' cubic, a = -0.5 | `"cubic"` | `mode="bicubic", antialias=True` |
/// | `cubic().antialias(false)` | | `antialias=False` | none |
/// | `torch_bicubic` | Keys' cubic, a = -0.75; elements beyond the edge repeat those at the edge | none | `mode="bicubic"` |
/// | `lanczos3`, `lanczos5` | `sinc(t) sinc(t / r)` for `∣t∣ < r`, r = 3 or 5 | `"lanczos3"`, `"lanczos5"` | none |
///
/// `align_corners=True` has no counterpart, neither here nor in JAX.
///
/// ```
/// use nnx_core::{Tensor, ops::Interpolation, size::U4, tensor::Tensor};
///
/// let x: Tensor![1, 2, 1] = Tensor::from([[[1.0], [5.0]]]);
/// assert_eq!(x.resize::<(U4,)>(Interpolation::linear()).to_vec(), [1.0, 2.0, 4.0, 5.0]);
/// ```
///
/// Papers: Keys, Cubic convolution interpolation for digital image processing, 1981; Duchon, Lanczos filtering in one
/// and two dimensions, 1979.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Interpolation {
    kernel: Kernel,
    antialias: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kernel {
    Triangle,
    /// Keys' cubic convolution with this parameter.
    Cubic(f64),
    /// Keys' cubic of -0.75 over an axis whose edge elements are repeated.
    Repeated,
    /// The Lanczos kernel of this radius.
    Lanczos(u8),
}

impl Interpolation {
    /// Linear interpolation: bilinear for images, trilinear for volumes.
    pub const fn linear() -> Self {
        Self { kernel: Kernel::Triangle, antialias: true }
    }
    /// Cubic interpolation by Keys' kernel with a = -0.5, as in JAX: bicubic for images.
    pub const fn cubic() -> Self {
        Self { kernel: Kernel::Cubic(-0.5), antialias: true }
    }
    /// The bicubic interpolation of PyTorch without `antialias`: Keys' kernel with a = -0.75, and edge elements
    /// repeated. It never blurs.
    pub const fn torch_bicubic() -> Self {
        Self { kernel: Kernel::Repeated, antialias: false }
    }
    /// Lanczos interpolation over 6 elements.
    pub const fn lanczos3() -> Self {
        Self { kernel: Kernel::Lanczos(3), antialias: true }
    }
    /// Lanczos interpolation over 10 elements.
    pub const fn lanczos5() -> Self {
        Self { kernel: Kernel::Lanczos(5), antialias: true }
    }

    /// Whether an image that becomes smaller is blurred first. [`torch_bicubic`](Self::torch_bicubic) isn't affected.
    pub const fn antialias(self, antialias: bool) -> Self {
        Self { antialias: antialias && !matches!(self.kernel, Kernel::Repeated), ..self }
    }

    /// The radius of the kernel: it is 0 at this distance and beyond.
    fn radius(self) -> f64 {
        match self.kernel {
            Kernel::Triangle => 1.0,
            Kernel::Cubic(_) | Kernel::Repeated => 2.0,
            Kernel::Lanczos(radius) => f64::from(radius),
        }
    }

    fn at(self, t: f64) -> f64 {
        let t = t.abs();
        match self.kernel {
            Kernel::Triangle => (1.0 - t).max(0.0),
            Kernel::Cubic(a) => cubic(t, a),
            Kernel::Repeated => cubic(t, -0.75),
            Kernel::Lanczos(_) if t <= 1e-3 => 1.0,
            Kernel::Lanczos(radius) => {
                let r = f64::from(radius);
                let value = r * (PI * t).sin() * (PI * t / r).sin() / (PI * t).powi(2);
                if t > r { 0.0 } else { value }
            }
        }
    }

    /// The input elements near each output element of an axis of n elements that is resized to `size`, neither of them 0:
    /// the output is the weighted sum of its neighbours. Each neighbour has, for each output element, the index of an input
    /// element and its weight.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes of images are far below 2^52"
    )]
    pub(super) fn neighbours(self, n: usize, size: usize) -> Vec<(Vec<usize>, Vec<f64>)> {
        let step = n as f64 / size as f64;
        let width = if self.antialias { step.max(1.0) } else { 1.0 };
        let reach = self.radius() * width;
        let repeats = self.kernel == Kernel::Repeated;
        let wanted = (2.0 * reach).ceil() as usize;
        let count = if repeats { wanted } else { wanted.min(n) };
        let mut neighbours = vec![(Vec::with_capacity(size), Vec::with_capacity(size)); count];
        let mut weights = vec![0.0; count];
        for i in 0..size {
            let s = (i as f64 + 0.5) * step - 0.5;
            // The first element within the distance `reach`.
            let first = (s - reach).floor() + 1.0;
            let last = (n - 1) as f64;
            let start = if repeats { first } else { first.clamp(0.0, (n - count) as f64) };
            for (t, weight) in weights.iter_mut().enumerate() {
                *weight = self.at((start + t as f64 - s) / width);
            }
            let total: f64 = weights.iter().sum();
            let factor = if repeats { 1.0 } else { 1.0 / total };
            for (t, (weight, neighbour)) in weights.iter().zip(&mut neighbours).enumerate() {
                neighbour.0.push((start + t as f64).clamp(0.0, last) as usize);
                neighbour.1.push(weight * factor);
            }
        }
        neighbours
    }
}

/// Keys' cubic kernel at the distance t.
fn cubic(t: f64, a: f64) -> f64 {
    match t {
        _ if t < 1.0 => ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0,
        _ if t < 2.0 => a * (((t - 5.0) * t + 8.0) * t - 4.0),
        _ => 0.0,
    }
}
