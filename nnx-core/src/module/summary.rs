//! A printed table of a model.
//!
//! | file | contents |
//! |---|---|
//! | `summary` | the rows, counted and folded |
//! | `table` | how they are printed |

mod table;

use std::collections::HashMap;

use super::{Filter, KindId, Layer, Module, Pass, Path, State, Visitor, kind};
use crate::array::{Element, peak_bytes};
use crate::grad::{Tape, operations};
use crate::ops::NodeId;
use crate::size::Shape;
use crate::tensor::{Real, Tensor};
#[doc(hidden)]
pub use table::with_commas;

/// One variable of a model.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its path.
    pub path: Path,
    /// Its kind.
    pub kind: KindId,
    /// Its shape and element type, such as `(3, 3, 1, 32) f32`.
    pub shape: String,
    /// The number of its elements.
    pub elements: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Floating-point operations of the forward pass with this variable as an operand: the matrix product of
    /// a kernel, the addition of a bias.
    pub flops: u64,
}

/// A model as a table: each variable with its path, kind, shape, elements, bytes and floating-point operations
/// (`torchinfo.summary`, `nnx.tabulate`). `Display` prints it, at most 80 columns wide: if exact numbers don't fit, bytes
/// and operations have three digits, then elements too, and at last long paths lose their beginning.
#[doc(alias = "torchinfo")]
#[derive(Debug, Clone)]
pub struct Summary {
    /// The variables in the order of the model's fields.
    pub rows: Vec<Row>,
    /// Floating-point operations of the forward pass without variables: activations, pooling, softmax.
    pub other_flops: u64,
    /// Peak bytes of activations in the forward pass, including the input.
    pub activation_bytes: usize,
    /// Whether a forward pass ran, so that operations and activations are counted.
    pub counted: bool,
}

impl Summary {
    /// The number of parameters.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let param = KindId::of::<kind::Param>();
        self.rows.iter().filter(|row| row.kind.is(param)).map(|row| row.elements).sum()
    }

    /// The bytes of all variables.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.rows.iter().map(|row| row.bytes).sum()
    }

    /// The table with one row for all variables of a kind in a module that is `depth` names deep (`depth=` of torchinfo
    /// and `nnx.tabulate`): with depth 1 a row for each field of the model, with depth 0 one for the model. Totals stay
    /// the same.
    ///
    /// ```
    /// use nnx_core::{module::{Init, summary}, nn::{Linear, Relu}, random::Rngs, size::{U3, U4}};
    ///
    /// let model = <(Linear<U3, U4>, Relu, Linear<U4, U3>)>::init(&mut Rngs::new(0));
    /// let table = summary(&model).folded(1);
    /// let paths: Vec<String> = table.rows.iter().map(|row| row.path.to_string()).collect();
    /// assert_eq!((paths, table.parameters()), (vec!["0".into(), "2".into()], 31));
    /// ```
    #[must_use]
    pub fn folded(&self, depth: usize) -> Self {
        // For each module and kind: its path, the number of its variables, and a row with their sums.
        let mut rows: Vec<(Path, usize, Row)> = Vec::new();
        for row in &self.rows {
            let keys = row.path.keys().iter().take(depth);
            let path = keys.fold(Path::default(), |path, key| path.join(key.clone()));
            match rows.iter_mut().find(|(known, _, sum)| *known == path && sum.kind == row.kind) {
                Some((_, count, sum)) => {
                    *count += 1;
                    sum.elements += row.elements;
                    sum.bytes += row.bytes;
                    sum.flops += row.flops;
                    (sum.path, sum.shape) = (path, format!("{count} variables"));
                }
                // A module with one variable is this variable.
                None => rows.push((path, 1, row.clone())),
            }
        }
        Self { rows: rows.into_iter().map(|(_, _, row)| row).collect(), ..*self }
    }

    /// Floating-point operations of the whole forward pass; a multiply-add counts as two.
    #[must_use]
    pub fn flops(&self) -> u64 {
        self.rows.iter().map(|row| row.flops).sum::<u64>() + self.other_flops
    }
}

/// The table of a model's variables, without operations (`nnx.tabulate`).
#[doc(alias = "tabulate")]
#[must_use]
pub fn summary<M: Module + ?Sized>(model: &M) -> Summary {
    let mut rows = Vec::new();
    model.visit(&mut Visitor::new(&mut |path, variable| {
        let (elements, dtype) = (variable.array().elements(), variable.array().dtype());
        rows.push(Row {
            path: path.clone(),
            kind: variable.kind(),
            shape: format!("{} {dtype}", variable.shape()),
            elements,
            bytes: elements * dtype.bytes(),
            flops: 0,
        });
    }));
    Summary { rows, other_flops: 0, activation_bytes: 0, counted: false }
}

/// The table of a model's variables, with the operations and the activations of one forward pass in
/// evaluation mode. Operations on the input count if the input and their result are floating-point. For a
/// sequence of layers the compiler computes these as constants: see [`Cost`](super::Cost).
///
/// ```
/// use nnx_core::{module::{Init, summary_of_pass}, nn::Linear, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{U2, U3};
///
/// let model = Linear::<U3, U2>::init(&mut Rngs::new(0));
/// let table = summary_of_pass(&model, Tensor::from([1.0f32, 2.0, 3.0]));
/// assert_eq!((table.parameters(), table.bytes(), table.flops()), (8, 32, 14));
/// assert_eq!(table.activation_bytes, 4 * (3 + 2));
/// println!("{table}");
/// ```
#[must_use]
pub fn summary_of_pass<M, X, F, S, E>(model: &M, x: Tensor<X, F>) -> Summary
where
    M: Module + Layer<Tensor<X, F>, Output = Tensor<S, E>>,
    X: Shape,
    F: Element,
    S: Shape,
    E: Real,
{
    let mut summary = summary(model);
    // The FLOPs are counted in a separate run, because its tape saves tensors for backward.
    let run = || model.infer(Tensor::trusted(x.array().copy::<F>().into()));
    summary.activation_bytes = peak_bytes(run).1;
    let tape = Tape::new();
    let mut pass = Pass::eval();
    let leaves = pass.track(model, &Filter::everything(), &tape, &State::default());
    let paths: HashMap<NodeId, &Path> =
        leaves.iter().filter_map(|(path, _, leaf)| Some((leaf.node()?.id, path))).collect();
    // The input is a leaf as well, so that operations before the first variable are counted.
    let x = match F::DTYPE.is_float() {
        true => Tensor::trusted(tape.leaf(x.into_dyn())),
        false => x,
    };
    let output = model.forward(x, &mut pass).into_dyn();
    let mut counts: HashMap<&Path, u64> = HashMap::new();
    for (flops, leaves) in operations(&output) {
        match leaves.iter().find_map(|leaf| paths.get(leaf)) {
            Some(path) => *counts.entry(path).or_default() += flops,
            None => summary.other_flops += flops,
        }
    }
    for row in &mut summary.rows {
        row.flops = counts.get(&row.path).copied().unwrap_or(0);
    }
    summary.counted = true;
    summary
}
