//! Classes.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, Unexpected};

use nnx_core::size::{Batch, Size};
use nnx_core::tensor::Tensor;

use super::{Collate, Digest, elements};
use crate::{DataError, LoadingError};

/// One of `Classes` classes, by its number from 0. Batches of labels are `Tensor![Batch; i32]`.
///
/// ```
/// use nnx_core::size::U10;
/// use nnx_train::Label;
///
/// assert_eq!(Label::<U10>::new(7)?.index(), 7);
/// assert_eq!(
///     Label::<U10>::new(10).unwrap_err().to_string(),
///     "label 10, expected less than 10 (the number of classes); check the data, or use a Label<dim!(11)>",
/// );
/// # Ok::<(), nnx_train::DataError>(())
/// ```
pub struct Label<Classes>(i32, PhantomData<Classes>);

impl<Classes: Size> Label<Classes> {
    /// The class of this number.
    ///
    /// # Errors
    /// If there are fewer classes.
    pub fn new(label: usize) -> Result<Self, DataError> {
        match i32::try_from(label) {
            Ok(number) if label < Classes::USIZE => Ok(Self(number, PhantomData)),
            _ => Err(LoadingError::Label { label, classes: Classes::USIZE }.into()),
        }
    }

    /// The class of an index that was checked.
    pub(crate) fn trusted(label: i32) -> Self {
        Self(label, PhantomData)
    }

    /// The number of the class.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A number in a row of a file. A label that is out of range is an error that names the file, the line and the column.
///
/// ```
/// use nnx_core::size::U3;
/// use nnx_train::Label;
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Flower {
///     species: Label<U3>,
/// }
///
/// # #[cfg(feature = "csv")] {
/// let error = nnx_train::Csv::comma().read_bytes::<Flower>("flowers.csv", b"species\n0\n3\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "flowers.csv: line 3, column `species`: expected a label from 0 to 2, as there are 3 classes, found integer `3`",
/// );
/// # }
/// ```
impl<'de, Classes: Size> Deserialize<'de> for Label<Classes> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let label = i64::deserialize(deserializer)?;
        let number = usize::try_from(label).ok().and_then(|label| Self::new(label).ok());
        number.ok_or_else(|| {
            let classes = Classes::USIZE;
            let last = classes.saturating_sub(1);
            let expected = format!("a label from 0 to {last}, as there are {classes} classes");
            D::Error::invalid_value(Unexpected::Signed(label), &&*expected)
        })
    }
}

impl<Classes: Size> Collate for Label<Classes> {
    type Batch = Tensor<(Batch,), i32>;

    fn collate(items: Vec<Self>) -> Result<Self::Batch, DataError> {
        let count = items.len();
        Ok(elements::tensor(items.into_iter().map(|label| label.0).collect(), count))
    }

    fn digest(&self, digest: &mut Digest) {
        digest.number(u64::from(self.0.unsigned_abs()));
    }
}

impl<Classes> Clone for Label<Classes> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<Classes> Copy for Label<Classes> {}

impl<Classes> fmt::Debug for Label<Classes> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Label({})", self.0)
    }
}

impl<Classes> PartialEq for Label<Classes> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<Classes> Eq for Label<Classes> {}

impl<Classes> PartialOrd for Label<Classes> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<Classes> Ord for Label<Classes> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
