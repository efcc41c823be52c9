//! Names as numbers: a vocabulary that is saved with the model.

use std::collections::BTreeSet;

use nnx_core::Module;
use nnx_core::module::{Variable, kind};
use nnx_core::size::{Size, U64};
use nnx_core::tensor::Tensor;

use crate::{DataError, Label, Malformed};

nnx_core::kind!(
    /// The kind of the names of categories: no optimizer changes them.
    pub CategoryNames: kind::Variable
);

/// The names of at most N categories, and their numbers, as in a column of a table. Fit it on the training rows. It is a
/// module, so that a model that has it as a field saves the names with its weights, and a program that loads the model
/// numbers them alike.
///
/// A name has at most 64 bytes, and isn't empty. Names are sorted; the number of a name is its index in this order.
///
/// ```
/// use nnx_core::{module::Init, random::Rngs, size::U3};
/// use nnx_train::Categories;
///
/// let mut colors = Categories::<U3>::init(&mut Rngs::new(0)); // without names
/// colors.fit(["red", "blue", "red"])?;
/// assert_eq!(colors.names(), ["blue", "red"]);
/// assert_eq!(colors.label("red")?.index(), 1);
/// assert_eq!(
///     colors.label("green").unwrap_err().to_string(),
///     "categories: expected one of blue, red, found `green`",
/// );
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Debug, Clone, Module)]
pub struct Categories<N: Size> {
    /// The bytes of the names, one in each row. The rest of a row, and the unused rows, are zeros.
    #[module(init = Variable::new(Tensor::full(0)))]
    names: Variable<Tensor<(N, U64), u8>, CategoryNames>,
}

impl<N: Size> Categories<N> {
    /// Takes the different ones of these names.
    ///
    /// # Errors
    /// More than N different names, none, an empty one, or one of more than 64 bytes or with a zero byte. Then
    /// nothing changes.
    pub fn fit<T: AsRef<str>>(
        &mut self,
        names: impl IntoIterator<Item = T>,
    ) -> Result<(), DataError> {
        let names: BTreeSet<String> =
            names.into_iter().map(|name| name.as_ref().to_owned()).collect();
        if names.is_empty() || names.len() > N::USIZE {
            let expected = format!("1 to {} different names", N::USIZE);
            let fix = format!("use a Categories<dim!({})>, or join rare names", names.len());
            let malformed = Malformed::new("categories", expected, names.len().to_string());
            return Err(malformed.fix(&fix).into());
        }
        let mut bytes = Vec::with_capacity(N::USIZE * U64::USIZE);
        for (row, name) in names.iter().enumerate() {
            if name.is_empty() || name.len() > U64::USIZE || name.contains('\0') {
                let expected = format!("names of 1 to {} bytes without a zero byte", U64::USIZE);
                return Err(Malformed::new("categories", expected, Malformed::quote(name)).into());
            }
            bytes.extend(name.bytes());
            bytes.resize((row + 1) * U64::USIZE, 0);
        }
        bytes.resize(N::USIZE * U64::USIZE, 0);
        self.names.replace(Tensor::from_vec(bytes).expect("N rows of 64 bytes"));
        Ok(())
    }

    /// The names, in the order of their numbers.
    pub fn names(&self) -> Vec<String> {
        let bytes = self.names.value().to_vec();
        let rows = bytes.chunks_exact(U64::USIZE);
        let name = |row: &[u8]| {
            let length = row.iter().position(|&byte| byte == 0).unwrap_or(row.len());
            // A file may contain bytes that aren't UTF-8.
            String::from_utf8_lossy(&row[..length]).into_owned()
        };
        rows.map(name).take_while(|name| !name.is_empty()).collect()
    }

    /// The number of a name.
    ///
    /// # Errors
    /// A name that isn't among those that were fitted.
    pub fn label(&self, name: &str) -> Result<Label<N>, DataError> {
        self.numbers().label(name)
    }

    /// The numbers of the names, for many rows: a copy that doesn't read the variable each time.
    pub fn numbers(&self) -> CategoryNumbers<N> {
        CategoryNumbers { names: self.names(), size: std::marker::PhantomData }
    }
}

/// The numbers of the names of [`Categories`].
#[derive(Debug, Clone)]
pub struct CategoryNumbers<N> {
    names: Vec<String>,
    size: std::marker::PhantomData<N>,
}

impl<N: Size> CategoryNumbers<N> {
    /// The number of a name.
    ///
    /// # Errors
    /// A name that isn't among those that were fitted.
    pub fn label(&self, name: &str) -> Result<Label<N>, DataError> {
        // The names are sorted, unless a file contains others. Then the search may fail, but it doesn't panic.
        match self.names.binary_search_by(|other| other.as_str().cmp(name)) {
            Ok(index) => Label::new(index),
            Err(_) => {
                let expected = match &self.names[..] {
                    [] => "names that were fitted".to_owned(),
                    names if names.len() > 10 => format!("one of {}, ..", names[..10].join(", ")),
                    names => format!("one of {}", names.join(", ")),
                };
                Err(Malformed::new("categories", expected, Malformed::quote(name)).into())
            }
        }
    }

    /// The name of a number; empty if it has none.
    pub fn name(&self, label: Label<N>) -> &str {
        self.names.get(label.index()).map_or("", String::as_str)
    }
}
