//! The tensor with a variable's value in a file of another library, and its conversion to our layout.

use crate::array::{Array, Dims, MAX_RANK};

/// The name of the tensor with the value of a variable, and the steps that convert its layout.
///
/// ```
/// use nnx_core::io::Source;
///
/// // A PyTorch convolution's weight (Out, In, H, W), as a kernel (H, W, In, Out).
/// let kernel = Source::named("conv1.weight").permute(&[2, 3, 1, 0]);
///
/// // The keys' third of the joint projection (3 * 64, 64) of PyTorch's `nn.MultiheadAttention`, as a
/// // kernel (64, 4 heads, 16).
/// let key = Source::named("in_proj_weight").part(0, 1, 3).permute(&[1, 0]).reshape(&[64, 4, 16]);
/// assert_eq!(key.name(), "in_proj_weight");
/// # let _ = kernel;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    name: String,
    /// Tensors that are added to the first one.
    added: Vec<String>,
    steps: Vec<Step>,
    /// Sources that are tried if the tensors of this one aren't in the file.
    others: Vec<Source>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Part { axis: usize, index: usize, parts: usize },
    Permute(Vec<usize>),
    Reshape(Vec<usize>),
    ReshapeToVariable,
}

impl Source {
    /// The tensor with this name, unchanged.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), added: Vec::new(), steps: Vec::new(), others: Vec::new() }
    }

    /// Adds another tensor of the same shape, before all steps: PyTorch's LSTM has two biases where one does.
    #[must_use]
    pub fn plus(mut self, name: impl Into<String>) -> Self {
        self.added.push(name.into());
        self
    }

    /// Another source, for files that don't have this one: versions of a library name tensors in different ways.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.others.push(other);
        self
    }

    /// Splits an axis into `parts` equal parts, and takes the part at `index` (`torch.chunk`, `jnp.split`).
    ///
    /// # Panics
    /// If `index` isn't less than `parts`.
    #[must_use]
    #[track_caller]
    pub fn part(self, axis: usize, index: usize, parts: usize) -> Self {
        assert!(index < parts, "part {index} of {parts}: parts are counted from 0");
        self.then(Step::Part { axis, index, parts })
    }

    /// Permutes the axes: axis i of the result is axis `order[i]` (`torch.permute`, `jnp.transpose`).
    ///
    /// # Panics
    /// If `order` doesn't name each axis once.
    #[must_use]
    #[track_caller]
    pub fn permute(self, order: &[usize]) -> Self {
        let once = (0..order.len()).all(|axis| order.contains(&axis));
        assert!(once, "`order` must have each axis once, found {order:?}");
        self.then(Step::Permute(order.to_vec()))
    }

    /// Reshapes to other sizes, in row-major order.
    #[must_use]
    pub fn reshape(self, sizes: &[usize]) -> Self {
        self.then(Step::Reshape(sizes.to_vec()))
    }

    /// Reshapes to the sizes of the variable, in row-major order, such as one axis of the file to heads of attention.
    #[must_use]
    pub fn reshape_to_variable(self) -> Self {
        self.then(Step::ReshapeToVariable)
    }

    /// The tensor's name in the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of all tensors that it is made of.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.added).map(String::as_str)
    }

    /// This source and its alternatives as a list.
    pub(super) fn alternatives(mut self) -> Vec<Self> {
        let others = std::mem::take(&mut self.others);
        let others = others.into_iter().flat_map(Self::alternatives);
        std::iter::once(self).chain(others).collect()
    }

    /// Whether it changes the layout of a tensor.
    pub(super) fn has_steps(&self) -> bool {
        !self.steps.is_empty()
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Applies the steps to a tensor for a variable of these sizes, or says why a step can't be applied.
    pub(super) fn apply(&self, tensor: &Array, variable: &[usize]) -> Result<Array, String> {
        self.steps.iter().try_fold(tensor.clone(), |array, step| step.apply(&array, variable))
    }
}

impl Step {
    fn apply(&self, array: &Array, variable: &[usize]) -> Result<Array, String> {
        let dims = array.dims();
        match self {
            &Self::Part { axis, index, parts } => match dims.get(axis) {
                Some(size) if size.is_multiple_of(parts) => {
                    Ok(array.narrow(axis, index * (size / parts), size / parts))
                }
                _ => Err(format!("has no axis {axis} that splits into {parts} equal parts")),
            },
            Self::Permute(order) if order.len() == dims.len() => Ok(array.permute(order)),
            Self::Permute(order) => Err(format!("doesn't have the axes {order:?}")),
            Self::Reshape(sizes) if fits(sizes, dims.elements()) => Ok(array.reshape(sizes)),
            Self::Reshape(sizes) => Err(format!("can't be reshaped to {sizes:?}")),
            Self::ReshapeToVariable if fits(variable, dims.elements()) => {
                Ok(array.reshape(variable))
            }
            Self::ReshapeToVariable => Err(format!("can't be reshaped to {}", Dims::new(variable))),
        }
    }
}

fn fits(sizes: &[usize], elements: usize) -> bool {
    sizes.len() <= MAX_RANK && Dims::new(sizes).elements() == elements
}
