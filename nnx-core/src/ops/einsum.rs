//! Einsum of two tensors, computed as one batched matrix multiplication of permuted operands.

use super::DynTensor;
use super::view::refuse;
use crate::array::{ShapeError, product};

/// The names of the axes of both operands and of the result.
struct Equation<'e> {
    left: Vec<&'e str>,
    right: Vec<&'e str>,
    result: Vec<&'e str>,
}

impl<'e> Equation<'e> {
    /// Parses an equation such as `bti,io->bto`, in which each letter names an axis.
    fn parse(text: &'e str) -> Result<Self, ShapeError> {
        let wrong = || {
            let problem = format!(
                "takes an equation of two operands and their result, such as \"bti,io->bto\", found {text:?}"
            );
            ShapeError::operands("einsum", problem)
        };
        let (operands, result) = text.split_once("->").ok_or_else(wrong)?;
        let (left, right) = operands.split_once(',').ok_or_else(wrong)?;
        let letters = |part: &'e str| -> Result<Vec<&'e str>, ShapeError> {
            let part = part.trim();
            if !part.chars().all(|letter| letter.is_ascii_alphabetic()) {
                return Err(wrong());
            }
            Ok((0..part.len()).map(|i| &part[i..=i]).collect())
        };
        Ok(Self { left: letters(left)?, right: letters(right)?, result: letters(result)? })
    }

    /// Checks that the names fit the shapes, that none repeats within an operand or the result, and that the
    /// result has no names but those of the operands.
    fn check(&self, left: &DynTensor, right: &DynTensor) -> Result<(), ShapeError> {
        for (names, x) in [(&self.left, left), (&self.right, right)] {
            if names.len() != x.rank() {
                return refuse(
                    "einsum",
                    format!("names {} axes of an operand of shape {}", names.len(), x.dims()),
                );
            }
        }
        for names in [&self.left, &self.right, &self.result] {
            if let Some(name) = (1..names.len()).find(|&i| names[..i].contains(&names[i])) {
                return refuse("einsum", format!("names one axis `{}` twice", names[name]));
            }
        }
        let is_operand_axis = |name: &&&str| self.left.contains(name) || self.right.contains(name);
        if let Some(name) = self.result.iter().find(|name| !is_operand_axis(name)) {
            return refuse("einsum", format!("gives an axis `{name}` that no operand has"));
        }
        for (i, name) in self.left.iter().enumerate() {
            let index = self.right.iter().position(|other| other == name);
            if let Some(j) = index.filter(|&j| left.dims()[i] != right.dims()[j]) {
                let (a, b) = (left.dims()[i], right.dims()[j]);
                return refuse("einsum", format!("has an axis `{name}` of {a} and of {b}"));
            }
        }
        Ok(())
    }
}

/// A tensor with a name for each axis.
struct NamedAxes<'e> {
    names: Vec<&'e str>,
    x: DynTensor,
}

impl<'e> NamedAxes<'e> {
    /// The sum over the axes where `keep` is false.
    fn sum_except(self, keep: impl Fn(&str) -> bool) -> Self {
        let summed: Vec<usize> = (0..self.names.len()).filter(|&i| !keep(self.names[i])).collect();
        let names = self.names.into_iter().filter(|name| keep(name)).collect();
        Self { names, x: self.x.sum(&summed) }
    }

    /// The tensor with each of three groups of axes merged into one axis.
    fn merge_axes(self, groups: [&[&'e str]; 3]) -> DynTensor {
        let index = |name: &&str| self.names.iter().position(|other| other == name);
        let order: Vec<usize> =
            groups.iter().flat_map(|group| group.iter()).filter_map(index).collect();
        let sizes = groups.map(|group| self.size(group));
        self.x.permute(&order).reshape(&sizes)
    }

    fn size(&self, names: &[&str]) -> usize {
        product(self.sizes(names))
    }

    fn sizes(&self, names: &[&str]) -> impl Iterator<Item = usize> {
        let index = |name: &&str| self.names.iter().position(|other| other == name);
        names.iter().filter_map(index).map(|i| self.x.dims()[i]).collect::<Vec<_>>().into_iter()
    }
}

impl DynTensor {
    /// The einsum of two operands by an equation such as `bti,io->bto` (`jnp.einsum`, `torch.einsum`). Each
    /// letter names an axis. Axes that aren't in the result are summed over.
    ///
    /// ```
    /// use nnx_core::{array::Array, ops::DynTensor};
    ///
    /// let matrix = DynTensor::from(Array::new(vec![1.0f32, 2.0, 3.0, 4.0], &[2, 2])?);
    /// let vector = DynTensor::from(Array::new(vec![1.0f32, 10.0], &[2])?);
    /// let product = matrix.einsum("ij,i->j", vector)?;
    /// assert_eq!(product.array().to_vec::<f32>()?, [31.0, 42.0]);
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    ///
    /// # Errors
    /// If the equation hasn't two operands, repeats a letter within one of them, or doesn't fit their shapes.
    /// Diagonals (`ii`) and ellipses (`...`) aren't supported.
    pub fn einsum(self, equation: &str, right: Self) -> Result<Self, ShapeError> {
        let equation = Equation::parse(equation)?;
        self.contract(equation, right)
    }

    /// [`einsum`](Self::einsum) with whole words as the names of axes.
    ///
    /// # Errors
    /// As there.
    pub fn einsum_of_names(
        self,
        left: &[&str],
        right_names: &[&str],
        result: &[&str],
        right: Self,
    ) -> Result<Self, ShapeError> {
        let (left, right_names) = (left.to_vec(), right_names.to_vec());
        self.contract(Equation { left, right: right_names, result: result.to_vec() }, right)
    }

    fn contract(self, equation: Equation<'_>, right: Self) -> Result<Self, ShapeError> {
        equation.check(&self, &right)?;
        let Equation { left: left_names, right: right_names, result } = equation;
        let (in_left, in_right) = (left_names.clone(), right_names.clone());
        let left = NamedAxes { names: left_names, x: self }
            .sum_except(|name| in_right.contains(&name) || result.contains(&name));
        let right = NamedAxes { names: right_names, x: right }
            .sum_except(|name| in_left.contains(&name) || result.contains(&name));

        let both = |name: &&&str| right.names.contains(name);
        let (shared, rows): (Vec<&str>, Vec<&str>) = left.names.iter().partition(|name| both(name));
        let (batch, inner): (Vec<&str>, Vec<&str>) =
            shared.into_iter().partition(|name| result.contains(name));
        let columns: Vec<&str> =
            right.names.iter().filter(|name| !left.names.contains(name)).copied().collect();

        let names = [&*batch, &*rows, &*columns].concat();
        let sizes: Vec<usize> =
            left.sizes(&batch).chain(left.sizes(&rows)).chain(right.sizes(&columns)).collect();
        let a = left.merge_axes([&batch, &rows, &inner]);
        let b = right.merge_axes([&batch, &inner, &columns]);
        let y = if batch.is_empty() {
            let matrix = |x: Self| {
                let dims = x.dims();
                x.reshape(&dims[1..])
            };
            matrix(a).matmul(matrix(b))
        } else {
            a.matmul(b)
        };
        let order: Vec<usize> =
            result.iter().filter_map(|name| names.iter().position(|other| other == name)).collect();
        Ok(y.reshape(&sizes).permute(&order))
    }
}
