//! Columns with mean 0 and standard deviation 1, by statistics that are saved with the model.

use nnx_core::Module;
use nnx_core::module::{BatchStat, Layer, Pass};
use nnx_core::size::{Const, Dim, Size};
use nnx_core::tensor::Tensor;

use crate::{DataError, Malformed};

/// Standardizes N columns: (x − mean) / deviation, by the statistics of the training rows (scikit-learn's
/// `StandardScaler`). It is a module whose statistics no optimizer changes, so that they are saved with the model of which
/// it is a field, and a layer from `(B, N)` to `(B, N)`. Before [`fit`](Self::fit), it changes nothing.
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, random::Rngs, size::U2, tensor::Tensor};
/// use nnx_train::Standardize;
///
/// let mut standardize = Standardize::<U2>::init(&mut Rngs::new(0));
/// let rows = [[Some(1.0), Some(10.0)], [Some(3.0), None]];
/// standardize.fit(rows)?;
/// // A missing value gets the mean of its column.
/// assert_eq!(standardize.fill(rows[1]), [3.0, 10.0]);
/// let x: Tensor![1, 2] = standardize.infer(Tensor::from([[3.0, 10.0]]));
/// assert_eq!(x.to_vec(), [1.0, 0.0]);
/// # Ok::<(), nnx_train::DataError>(())
/// ```
#[derive(Debug, Clone, Module)]
pub struct Standardize<N: Size> {
    /// The mean of each column.
    pub mean: BatchStat<(N,)>,
    /// The standard deviation of each column; 1 for a column whose values are all alike.
    #[module(init = BatchStat::new(Tensor::ones()))]
    pub deviation: BatchStat<(N,)>,
}

impl<const N: usize> Standardize<Const<N>>
where
    Const<N>: Size,
{
    /// Takes mean and deviation (of the population) of each column of the training rows. Values may be missing:
    /// `[Option<f32>; N]`, or `[f32; N]`.
    ///
    /// # Errors
    /// A value that is NaN or infinite, or a column without values. Then nothing changes.
    pub fn fit<V: Into<Option<f32>>>(
        &mut self,
        rows: impl IntoIterator<Item = [V; N]>,
    ) -> Result<(), DataError> {
        // Welford's algorithm, in f64.
        let (mut counts, mut means, mut squares) = ([0.0f64; N], [0.0f64; N], [0.0f64; N]);
        for (row, number) in rows.into_iter().zip(1..) {
            for (column, value) in row.into_iter().enumerate() {
                let Some(value) = value.into() else { continue };
                if !value.is_finite() {
                    let malformed = Malformed::new("rows", "a finite number", value.to_string());
                    return Err(malformed.row(number).column(&column.to_string()).into());
                }
                counts[column] += 1.0;
                let delta = f64::from(value) - means[column];
                means[column] += delta / counts[column];
                squares[column] += delta * (f64::from(value) - means[column]);
            }
        }
        if let Some(column) = counts.iter().position(|&count| count == 0.0) {
            let malformed = Malformed::new("rows", "at least one value", "none");
            return Err(malformed.column(&column.to_string()).into());
        }
        let deviation = std::array::from_fn(|column| {
            let deviation = (squares[column] / counts[column]).sqrt() as f32;
            if deviation > 0.0 { deviation } else { 1.0 }
        });
        self.mean.replace(Tensor::from(means.map(|mean| mean as f32)));
        self.deviation.replace(Tensor::from(deviation));
        Ok(())
    }

    /// The row with the mean of its column for each missing value, which is 0 once it is standardized.
    pub fn fill(&self, row: [Option<f32>; N]) -> [f32; N] {
        let mean: [f32; N] = self.mean.value().clone().into();
        std::array::from_fn(|column| row[column].unwrap_or(mean[column]))
    }
}

impl<N: Size> Standardize<N> {
    /// The values whose standardized values are given: x · deviation + mean (scikit-learn's `inverse_transform`), for
    /// predictions of a standardized target.
    ///
    /// ```
    /// use nnx_core::{module::{Init, Layer, Pass}, random::Rngs, size::U1, tensor::Tensor};
    /// use nnx_train::Standardize;
    ///
    /// let mut prices = Standardize::<U1>::init(&mut Rngs::new(0));
    /// prices.fit([[10.0], [30.0]])?;
    /// let x = Tensor::from([[10.0], [25.0]]);
    /// let standardized = prices.infer(x.clone());
    /// assert_eq!(standardized.to_vec(), [-1.0, 0.5]);
    /// assert_eq!(prices.inverse(standardized, &mut Pass::eval()).to_vec(), x.to_vec());
    /// # Ok::<(), nnx_train::DataError>(())
    /// ```
    #[doc(alias = "inverse_transform")]
    pub fn inverse<B: Dim>(&self, x: Tensor<(B, N)>, pass: &mut Pass) -> Tensor<(B, N)> {
        x * self.deviation.get(pass) + self.mean.get(pass)
    }
}

impl<B: Dim, N: Size> Layer<Tensor<(B, N)>> for Standardize<N> {
    type Output = Tensor<(B, N)>;

    fn forward(&self, x: Tensor<(B, N)>, pass: &mut Pass) -> Self::Output {
        (x - self.mean.get(pass)) / self.deviation.get(pass)
    }
}
