//! Tensors as text.

use std::fmt::{self, Debug, Display};

use crate::array::Element;
use crate::ops::DynTensor;
use crate::size::Shape;
use crate::tensor::Tensor;

impl Display for DynTensor {
    /// The elements, as [`Array`](crate::array::Array) prints them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.batch() {
            None => Display::fmt(self.array(), f),
            Some((_, all)) => write!(f, "{} members of {}: {all}", all.dims()[0], self.dims()),
        }
    }
}

impl<S: Shape, E: Element> Display for Tensor<S, E> {
    /// The elements in brackets, as `str(numpy_array)`: columns are aligned, and of more than 1000 elements the first
    /// three and last three of each axis are shown. `{:.3}` prints three decimals of each float; without a precision,
    /// as many as are needed, up to 8. A scalar is printed as
    /// `str(numpy.float32(x))`: `2.75`, `1e-05`, `nan`.
    ///
    /// ```
    /// use nnx_core::tensor::Tensor;
    ///
    /// let x = Tensor::from([[1.0f32, -0.25], [10.0, 0.5]]);
    /// assert_eq!(x.to_string(), "[[ 1.   -0.25]\n [10.    0.5 ]]");
    /// assert_eq!(format!("{:.1}", x.mean()), "2.8");
    /// assert_eq!(Tensor::from(3e-5f32).to_string(), "3e-05");
    /// ```
    ///
    /// Within a [`vmap`](crate::tensor::vmap) all members are printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.value, f)
    }
}

impl<S: Shape, E: Element> Debug for Tensor<S, E> {
    /// The type of the shape, the sizes, and the first 16 elements.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 16;
        if self.value.is_batched() {
            return write!(f, "Tensor<{}, {}> of {}", S::describe(), E::DTYPE, self.value);
        }
        let elements = self.to_vec();
        write!(f, "Tensor<{}, {}> of {} [", S::describe(), E::DTYPE, self.dims())?;
        for (i, element) in elements.iter().take(SHOWN).enumerate() {
            write!(f, "{}{element:?}", if i > 0 { ", " } else { "" })?;
        }
        f.write_str(if elements.len() > SHOWN { ", ..]" } else { "]" })
    }
}
