//! A printed table of a model.

use std::collections::HashMap;
use std::fmt;

use super::{Filter, KindId, Layer, Module, Pass, Path, State, Visitor, kind};
use crate::array::{Element, peak_bytes};
use crate::grad::{Tape, operations};
use crate::ops::NodeId;
use crate::size::Shape;
use crate::tensor::{Real, Tensor};

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

/// A model as a table: each variable with its path, kind, shape, elements, bytes and floating-point operations.
/// `Display` prints it.
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

    /// Floating-point operations of the whole forward pass; a multiply-add counts as two.
    #[must_use]
    pub fn flops(&self) -> u64 {
        self.rows.iter().map(|row| row.flops).sum::<u64>() + self.other_flops
    }
}

/// The table of a model's variables, without operations (`nnx.tabulate`).
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
/// chain of layers the compiler computes these as constants: see [`Cost`](super::Cost).
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
    // A separate run, since the tape below holds tensors that are saved for backward.
    let run = || model.infer(Tensor::trusted(x.array().copy::<F>().into()));
    summary.activation_bytes = peak_bytes(run).1;
    let tape = Tape::new();
    let mut pass = Pass::eval();
    let leaves = pass.track(model, &Filter::everything(), &tape, &State::default());
    let paths: HashMap<NodeId, &Path> =
        leaves.iter().filter_map(|(path, _, leaf)| Some((leaf.node()?.id, path))).collect();
    // The input is a leaf as well, so that operations before the first variable count.
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

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flops = |count: u64| if self.counted { with_commas(count) } else { String::new() };
        let mut table =
            vec![["path", "kind", "shape", "elements", "bytes", "FLOPs"].map(str::to_owned)];
        for row in &self.rows {
            table.push([
                row.path.to_string(),
                row.kind.name().to_owned(),
                row.shape.clone(),
                with_commas(row.elements as u64),
                with_commas(row.bytes as u64),
                flops(row.flops),
            ]);
        }
        if self.counted {
            let other = ["(no variable)", "", "", "", ""].map(str::to_owned);
            let [path, kind, shape, elements, bytes] = other;
            table.push([path, kind, shape, elements, bytes, flops(self.other_flops)]);
        }
        table.push([
            "total".to_owned(),
            String::new(),
            format!("{} parameters", with_commas(self.parameters() as u64)),
            with_commas(self.rows.iter().map(|row| row.elements as u64).sum()),
            with_commas(self.bytes() as u64),
            flops(self.flops()),
        ]);
        let width =
            |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: [usize; 6] = std::array::from_fn(width);
        let last = table.len() - 1;
        for (i, row) in table.iter().enumerate() {
            if i == 1 || i == last {
                writeln!(f, "{}", "-".repeat(widths.iter().sum::<usize>() + 10))?;
            }
            let [path, kind, shape, elements, bytes, flops] = row;
            let [w0, w1, w2, w3, w4, w5] = widths;
            let line = format!(
                "{path:w0$}  {kind:w1$}  {shape:w2$}  {elements:>w3$}  {bytes:>w4$}  {flops:>w5$}"
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        if self.counted {
            let bytes = with_commas(self.activation_bytes as u64);
            writeln!(f, "activations: {bytes} bytes at one time")?;
        }
        Ok(())
    }
}

/// Formats a number with commas between groups of three digits: `421,642`.
fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
