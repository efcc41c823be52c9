//! Einsum of any number of tensors: pairs of them are contracted, each by one batched matrix multiplication of permuted
//! operands, in the order that costs least.

mod equation;
mod path;

use self::equation::{Equation, Operand};
use super::DynTensor;
use super::view::refuse;
use crate::array::{MAX_RANK, ShapeError, product};

/// A set of axes, one bit for each name of the equation.
type Axes = u64;

/// A set of axes, from a list of names.
fn set(names: &[usize]) -> Axes {
    names.iter().fold(0, |set, &name| set | 1 << name)
}

/// A tensor with a name for each axis: a number that the equation gives it.
struct NamedAxes {
    names: Vec<usize>,
    x: DynTensor,
}

impl NamedAxes {
    /// An operand of the equation: each name once, and without the axes of size 1 that are broadcast.
    fn of(operand: Operand, x: DynTensor) -> Self {
        let (mut names, mut x) = (operand.names, x);
        let twice = |names: &[usize]| {
            let second = (1..names.len()).find(|&i| names[..i].contains(&names[i]))?;
            Some((names.iter().position(|name| *name == names[second])?, second))
        };
        while let Some((first, second)) = twice(&names) {
            // The diagonal of both axes, which are moved to the end.
            let rank = names.len();
            let others = (0..rank).filter(|axis| ![first, second].contains(axis));
            let order: Vec<usize> = others.chain([first, second]).collect();
            names = order[..rank - 1].iter().map(|&axis| names[axis]).collect();
            x = x.permute(&order).diagonal();
        }
        if !operand.broadcast.is_empty() {
            let kept = |name: &usize| !operand.broadcast.contains(name);
            let axes = (0..names.len()).filter(|&axis| kept(&names[axis]));
            let dims: Vec<usize> = axes.map(|axis| x.dims()[axis]).collect();
            names.retain(kept);
            x = x.reshape(&dims);
        }
        Self { names, x }
    }

    /// The sum over the axes that aren't in `kept`.
    fn sum_except(self, kept: Axes) -> Self {
        let is_kept = |name: usize| kept & 1 << name != 0;
        let summed: Vec<usize> =
            (0..self.names.len()).filter(|&i| !is_kept(self.names[i])).collect();
        let names = self.names.into_iter().filter(|&name| is_kept(name)).collect();
        Self { names, x: if summed.is_empty() { self.x } else { self.x.sum(&summed) } }
    }

    /// The tensor with each group of axes merged into one axis. An empty group gives an axis of size 1.
    fn merge_axes(self, groups: [&[usize]; 3]) -> DynTensor {
        let order: Vec<usize> =
            groups.concat().iter().filter_map(|&name| self.axis(name)).collect();
        let sizes = groups.map(|group| product(self.sizes(group)));
        self.x.permute(&order).reshape(&sizes)
    }

    fn axis(&self, name: usize) -> Option<usize> {
        self.names.iter().position(|other| *other == name)
    }

    fn sizes(&self, names: &[usize]) -> Vec<usize> {
        names.iter().filter_map(|&name| self.axis(name)).map(|i| self.x.dims()[i]).collect()
    }

    /// The contraction of two tensors: the axes in `kept` remain. The other axes are in both tensors, and are summed
    /// over.
    fn contract(self, right: Self, kept: Axes) -> Self {
        let both = set(&self.names) & set(&right.names);
        let choose = |names: &[usize], wanted: &dyn Fn(Axes) -> bool| -> Vec<usize> {
            names.iter().copied().filter(|name| wanted(1 << name)).collect()
        };
        let batch = choose(&self.names, &|axis| axis & both & kept != 0);
        let inner = choose(&self.names, &|axis| axis & both & !kept != 0);
        let rows = choose(&self.names, &|axis| axis & both == 0);
        let columns = choose(&right.names, &|axis| axis & both == 0);
        let sizes = [self.sizes(&batch), self.sizes(&rows), right.sizes(&columns)].concat();
        let names = [&*batch, &*rows, &*columns].concat();
        let x = if inner.is_empty() && (rows.is_empty() || columns.is_empty()) {
            // No axis is summed: an elementwise product, with broadcasting.
            self.merge_axes([&batch, &rows, &[]]) * right.merge_axes([&batch, &[], &columns])
        } else {
            let a = self.merge_axes([&batch, &rows, &inner]);
            let b = right.merge_axes([&batch, &inner, &columns]);
            let matrix = |x: DynTensor| {
                let dims = x.dims();
                x.reshape(&dims[1..])
            };
            if batch.is_empty() { matrix(a).matmul(matrix(b)) } else { a.matmul(b) }
        };
        Self { names, x: x.reshape(&sizes) }
    }

    /// The tensor with its axes in the order of `names`.
    fn in_order(self, names: &[usize]) -> DynTensor {
        let order: Vec<usize> = names.iter().filter_map(|&name| self.axis(name)).collect();
        self.x.permute(&order)
    }
}

impl DynTensor {
    /// The einsum of any number of operands by an equation such as `bti,io->bto` (`jnp.einsum`, `torch.einsum`). Each
    /// letter names an axis. Axes that aren't in the result are summed over. A letter that an operand has twice
    /// takes its diagonal. `...` stands for any number of axes that have no letter; they are in the result, and
    /// broadcast as by NumPy: aligned at the last of them, each of the same size or 1.
    ///
    /// Operands are contracted two by two, in the order of the fewest operations: among all orders for up to 8
    /// operands; for more, the pair is next whose result is smallest compared with its operands.
    ///
    /// ```
    /// use nnx_core::{array::Array, ops::DynTensor};
    ///
    /// let matrix = DynTensor::from(Array::new(vec![1.0f32, 2.0, 3.0, 4.0], &[2, 2])?);
    /// let vector = DynTensor::from(Array::new(vec![1.0f32, 10.0], &[2])?);
    /// let product = DynTensor::einsum("ij,i->j", vec![matrix.clone(), vector.clone()])?;
    /// assert_eq!(product.array().to_vec::<f32>()?, [31.0, 42.0]);
    /// let form = DynTensor::einsum("i,ij,j->", vec![vector.clone(), matrix.clone(), vector])?;
    /// assert_eq!(form.array().to_vec::<f32>()?, [451.0]);
    /// let trace = DynTensor::einsum("...ii->...", vec![matrix])?;
    /// assert_eq!(trace.array().to_vec::<f32>()?, [5.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If the equation isn't of that form: the result is always written, behind `->`, and has each letter once, and
    /// `...` if an operand has it. If the equation doesn't fit the number or the shapes of the operands. If the
    /// operands aren't of one floating-point type. If every order has an intermediate result of more than 8 axes.
    pub fn einsum(equation: &str, operands: Vec<Self>) -> Result<Self, ShapeError> {
        let (terms, output) = equation::letters(equation)?;
        Self::contract_all(&terms, &output, operands)
    }

    /// [`einsum`](Self::einsum) of two operands, with names of axes that may have several letters.
    ///
    /// # Errors
    /// As [`einsum`](Self::einsum).
    pub fn einsum_of_names(
        self,
        left: &[&str],
        right_names: &[&str],
        result: &[&str],
        right: Self,
    ) -> Result<Self, ShapeError> {
        Self::contract_all(&[left.to_vec(), right_names.to_vec()], result, vec![self, right])
    }

    fn contract_all(
        terms: &[Vec<&str>],
        output: &[&str],
        operands: Vec<Self>,
    ) -> Result<Self, ShapeError> {
        let Equation { operands: terms, output, sizes } = Equation::new(terms, output, &operands)?;
        let mut tensors: Vec<Option<NamedAxes>> =
            terms.into_iter().zip(operands).map(|(term, x)| Some(NamedAxes::of(term, x))).collect();
        // The axes that occur in other tensors than `i` and `j`, or in the result.
        let outside = |tensors: &[Option<NamedAxes>], i: usize, j: usize| {
            let others = tensors.iter().enumerate().filter(|(k, _)| ![i, j].contains(k));
            others.flat_map(|(_, x)| x).fold(set(&output), |all, x| all | set(&x.names))
        };
        for i in 0..tensors.len() {
            let kept = outside(&tensors, i, i);
            tensors[i] = tensors[i].take().map(|x| x.sum_except(kept));
        }
        let axes: Vec<Axes> = tensors.iter().flatten().map(|x| set(&x.names)).collect();
        let Some(pairs) = path::path(&axes, set(&output), &sizes) else {
            return refuse(
                "einsum",
                format!(
                    "would have intermediate results of more than {MAX_RANK} axes in any order: contract some operands first"
                ),
            );
        };
        for (i, j) in pairs {
            let kept = outside(&tensors, i, j);
            let pair = tensors[i].take().zip(tensors[j].take());
            tensors.push(pair.map(|(left, right)| left.contract(right, kept)));
        }
        let result = tensors.pop().flatten().expect("the last pair gives the result");
        Ok(result.in_order(&output))
    }
}
