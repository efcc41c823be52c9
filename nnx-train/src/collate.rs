//! From the items of a batch to its tensors.
//!
//! | file | items |
//! |---|---|
//! | `collate` | the trait; tuples |
//! | `elements` | numbers and booleans, arrays of them |
//! | `tensors` | tensors of one shape |
//! | `label` | classes |
//! | `sequence` | sequences of different lengths: padded, with lengths and a mask |
//! | `digest` | what items hold, as a number |
//! | `plain` | what stays as it is, such as names |

mod digest;
mod elements;
mod label;
mod plain;
mod sequence;
mod tensors;

pub use digest::Digest;
pub use label::Label;
pub use plain::Plain;
pub use sequence::{Padded, Row, Sequence};

use crate::DataError;

/// An item of which batches are made: what its tensors are (PyTorch's `collate_fn`).
///
/// | item | batch |
/// |---|---|
/// | `f32`, `f64`, `i32`, `u32`, `u8`, `bool` | `Tensor![Batch; E]` |
/// | `[E; N]`, up to three axes | `Tensor![Batch, N; E]` |
/// | `Tensor<(H, W), E>`, up to five axes | `Tensor![Batch, H, W; E]` |
/// | [`Image<H, W, C>`](crate::Image) | `Tensor![Batch, H, W, C]`, from 0 to 1 |
/// | [`Label<Classes>`] | `Tensor![Batch; i32]` |
/// | [`Sequence<E>`] | [`Padded`]: `Tensor![Batch, Time; E]`, lengths and a mask |
/// | [`Plain<T>`], `String` | `Vec<T>` |
/// | tuples of these, up to six | tuples |
/// | a struct of these | a struct: `#[derive(Collate)]` |
///
/// The derive makes a struct of the same fields with `Batch` behind its name. Where all of its fields are tensors, a
/// [compiled](nnx_core::module::compile) model takes it:
///
/// ```
/// use nnx_core::{Tensor, size::{Batch, U3}};
/// use nnx_train::{Collate, Label};
///
/// #[derive(Collate)]
/// struct Flower {
///     leaves: [f32; 4],
///     species: Label<U3>,
/// }
///
/// let flowers = vec![
///     Flower { leaves: [5.1, 3.5, 1.4, 0.2], species: Label::new(0)? },
///     Flower { leaves: [6.3, 3.3, 6.0, 2.5], species: Label::new(2)? },
/// ];
/// let batch: FlowerBatch = Flower::collate(flowers)?;
/// let leaves: Tensor![Batch, 4] = batch.leaves;
/// let species: Tensor![Batch; i32] = batch.species;
/// assert_eq!((leaves.dims()[0], species.to_vec()), (2, vec![0, 2]));
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "no batches can be made of `{Self}`",
    label = "expected numbers, arrays, tensors, labels, sequences, or tuples of them",
    note = "derive `Collate` for a struct of such fields; keep what isn't for the model in a `Plain<..>`; a list of numbers is an array `[f32; N]`, or a `Sequence<f32>` if lengths differ"
)]
pub trait Collate: Sized + Send {
    /// The type of a batch.
    type Batch: Send;

    /// The batch of some items, at least one.
    ///
    /// # Errors
    /// Items that don't fit together, such as tensors of different sizes.
    fn collate(items: Vec<Self>) -> Result<Self::Batch, DataError>;

    /// Adds what the item holds to a digest. A saved position has that of a few items, so that a run isn't resumed with
    /// other data. By default nothing is added.
    fn digest(&self, digest: &mut Digest) {
        let _ = digest;
    }
}

macro_rules! tuples {
    ($($item:ident $items:ident),*) => {
        impl<$($item: Collate),*> Collate for ($($item,)*) {
            type Batch = ($($item::Batch,)*);

            fn collate(items: Vec<Self>) -> Result<Self::Batch, DataError> {
                $(let mut $items = Vec::with_capacity(items.len());)*
                for item in items {
                    #[allow(non_snake_case, reason = "the types name the parts")]
                    let ($($item,)*) = item;
                    $($items.push($item);)*
                }
                Ok(($($item::collate($items)?,)*))
            }

            fn digest(&self, digest: &mut Digest) {
                #[allow(non_snake_case, reason = "the types name the parts")]
                let ($($item,)*) = self;
                $($item.digest(digest);)*
            }
        }
    };
}
tuples!(A a);
tuples!(A a, B b);
tuples!(A a, B b, C c);
tuples!(A a, B b, C c, D d);
tuples!(A a, B b, C c, D d, E e);
tuples!(A a, B b, C c, D d, E e, F f);
