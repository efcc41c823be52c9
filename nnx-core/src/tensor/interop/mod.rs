//! Tensors as text, and as values of other libraries.
//!
//! | file | converts from and to | feature |
//! |---|---|---|
//! | `display` | text, as NumPy prints arrays | |
//! | `equal` | comparison: exact, and within tolerances | |
//! | `nested` | `Vec<E>`, `Vec<Vec<E>>`, `Vec<Vec<Vec<E>>>`; slices without a copy | |
//! | `serialize` | nested lists of any serde format, such as JSON | `serde` |
//! | `ndarray` | `ndarray::Array`, `ArrayView` | `ndarray` |
//! | `nalgebra` | `nalgebra::SMatrix`, `DMatrix`, `DVector` | `nalgebra` |
//! | `approx` | the comparisons of the `approx` crate | `approx` |

#[cfg(feature = "approx")]
mod approx;
mod display;
mod equal;
#[cfg(feature = "nalgebra")]
mod nalgebra;
#[cfg(feature = "ndarray")]
mod ndarray;
mod nested;
#[cfg(feature = "serde")]
mod serialize;

pub use nested::Nested;
