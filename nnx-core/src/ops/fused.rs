//! Fused operations, which passes make of the steps of a program: a product with prepared weights, with elementwise
//! operations on its output while that is in a cache; or elementwise operations alone, in one pass over memory. A pool, a
//! sum or a softmax may read the result, block by block.

use std::fmt;
use std::sync::Arc;

use super::consumer::FusedConsumer;
use super::expression::{Expression, Feed, Term};
use super::operation::{Keeps, Operation, Signature, one_of_gradients};
use super::role::{Prepared, Product, RoleKind};
use super::unary::in_memory_order;
use super::{Backward, DynTensor};
use crate::array::{Array, DType, ShapeError};
use crate::kernel::finish::PostOps;

/// The operations that a fused operation replaces. Its inputs are those of the product, then those of the expression.
#[derive(Clone)]
pub(crate) struct Fused {
    pub(crate) product: Option<FusedProduct>,
    pub(crate) expression: Expression,
    /// Elements of what the expression computes.
    pub(crate) elements: usize,
    /// The operation that reads this, block by block.
    pub(crate) consumer: Option<Box<FusedConsumer>>,
}

/// A product, with the number of its inputs and what is prepared of its weights.
#[derive(Clone)]
pub(crate) struct FusedProduct {
    pub(crate) operation: Arc<dyn Operation>,
    pub(crate) inputs: usize,
    pub(crate) prepared: Option<Arc<Prepared>>,
}

impl FusedProduct {
    pub(crate) fn product(&self) -> &dyn Product {
        match self.operation.role().0 {
            RoleKind::Product(product) => product,
            _ => unreachable!("a fused product is a product"),
        }
    }
}

impl Fused {
    /// The inputs before those of the expression: of the product, or the base alone.
    fn leading(&self) -> usize {
        self.product.as_ref().map_or(1, |product| product.inputs)
    }

    /// The output of the product, or the base: the shape of all that the expression computes.
    fn base_signature(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        match &self.product {
            Some(product) => product.operation.output(&inputs[..product.inputs]),
            None => Ok(inputs[0]),
        }
    }

    /// The base, and the outputs of all terms.
    fn composed(&self, inputs: &[DynTensor]) -> Result<(DynTensor, Vec<DynTensor>), ShapeError> {
        let (leading, others) = inputs.split_at(self.leading());
        let base = match &self.product {
            Some(product) => DynTensor::try_apply_shared(&product.operation, leading.to_vec())?,
            None => leading[0].clone(),
        };
        let terms = self.expression.composed(others, &base)?;
        Ok((base, terms))
    }
}

/// `linear + relu, packed`, or `exp + add`.
impl fmt::Display for Fused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.product.iter().map(|product| product.operation.name().to_owned());
        let expression = (!self.expression.is_empty()).then(|| self.expression.to_string());
        let consumer = self.consumer.iter().map(|consumer| consumer.operation.name().to_owned());
        write!(f, "{}", names.chain(expression).chain(consumer).collect::<Vec<_>>().join(" + "))?;
        match self.product.as_ref().and_then(|product| product.prepared.as_ref()) {
            Some(prepared) => write!(f, ", {}", prepared.algorithm()),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Fused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let product = self.product.as_ref();
        f.debug_struct("Fused")
            .field("product", &product.map(|product| &product.operation))
            .field("prepared", &product.and_then(|product| product.prepared.as_ref()))
            .field("expression", &self.expression)
            .field("consumer", &self.consumer.as_ref().map(|consumer| &consumer.operation))
            .finish()
    }
}

impl Operation for Fused {
    fn name(&self) -> &'static str {
        "fused"
    }
    fn output(&self, inputs: &[Signature]) -> Result<Signature, ShapeError> {
        let leading = self.leading();
        if inputs.len() < leading {
            let problem = format!("takes {leading} or more inputs, found {}", inputs.len());
            return Err(ShapeError::operands(self.name(), problem));
        }
        let base = self.base_signature(inputs)?;
        let consumed = || match &self.consumer {
            Some(consumer) => consumer.operation.output(&[base]),
            None => Ok(base),
        };
        let other = inputs[leading..].iter().find(|input| **input != base);
        match other.or((base.dtype != DType::F32).then_some(&base)) {
            Some(other) => Err(ShapeError::operands(
                self.name(),
                format!(
                    "takes inputs {} of f32 for its elementwise operations, found {other}",
                    base.dims
                ),
            )),
            None => consumed(),
        }
    }
    fn checks_values(&self) -> bool {
        self.product.as_ref().is_some_and(|product| product.operation.checks_values())
    }
    fn check_values(&self, inputs: &[Array]) -> Result<(), ShapeError> {
        match &self.product {
            Some(product) => product.operation.check_values(&inputs[..product.inputs]),
            None => Ok(()),
        }
    }
    fn forward(&self, inputs: &mut [Array]) -> Array {
        let Some(product) = &self.product else {
            return match &self.consumer {
                Some(consumer) => consumed(&self.expression, consumer, inputs),
                None => elementwise(&self.expression, inputs),
            };
        };
        let (of_product, of_expression) = inputs.split_at_mut(product.inputs);
        let (prepared, product) = (product.prepared.as_deref(), product.product());
        let kernel = (!self.expression.is_empty())
            .then(|| self.expression.kernel(self.elements, of_expression));
        let post = kernel.as_ref().map(|kernel| kernel as &dyn PostOps<f32>);
        match &self.consumer {
            Some(consumer) => consumer.of_product(product, prepared, of_product, post),
            None => product.run(of_product, prepared, post),
        }
    }
    fn keeps(&self) -> Keeps {
        let output =
            self.consumer.as_ref().is_some_and(|consumer| consumer.operation.keeps().output);
        Keeps { inputs: true, output }
    }
    fn gradient(&self, at: &Backward<'_>, index: usize) -> Option<DynTensor> {
        one_of_gradients(self, at, index)
    }
    /// The gradients of the fused operations, computed in reverse order.
    fn all_gradients(&self, at: &Backward<'_>, wanted: &[bool]) -> Option<Vec<Option<DynTensor>>> {
        let (base, terms) = self.composed(at.inputs).expect("checked in the forward pass");
        let mut gradients: Vec<Option<DynTensor>> = vec![None; at.inputs.len()];
        let leading = self.leading();
        let mut of_terms: Vec<Option<DynTensor>> = vec![None; terms.len()];
        let result = terms.last().unwrap_or(&base);
        let of_result = match &self.consumer {
            Some(consumer) => consumer.gradient(result, at),
            None => Some(at.gradient.clone()),
        };
        let mut of_base = None;
        *of_terms.last_mut().unwrap_or(&mut of_base) = of_result;
        let add = |sum: &mut Option<DynTensor>, term: DynTensor| {
            *sum = Some(sum.take().map_or_else(|| term.clone(), |sum| sum + term.clone()));
        };
        for (index, term) in self.expression.terms().iter().enumerate().rev() {
            let Some(gradient) = of_terms[index].take() else { continue };
            let operand = |feed: &Feed| match *feed {
                Feed::Input(index) => at.inputs[leading + index].clone(),
                Feed::Term(index) => terms[index].clone(),
                Feed::Base => base.clone(),
            };
            let inputs: Vec<DynTensor> = term.operands.iter().map(operand).collect();
            let of_term = Backward { inputs: &inputs, output: &terms[index], gradient };
            let found = term.operation.gradients(&of_term, &vec![true; inputs.len()]);
            for (feed, gradient) in term.operands.iter().zip(found) {
                let Some(gradient) = gradient else { continue };
                match *feed {
                    Feed::Input(index) => add(&mut gradients[leading + index], gradient),
                    Feed::Term(index) => add(&mut of_terms[index], gradient),
                    Feed::Base => add(&mut of_base, gradient),
                }
            }
        }
        match (&self.product, of_base) {
            (Some(product), Some(gradient)) => {
                let inputs = &at.inputs[..leading];
                let of_product = Backward { inputs, output: &base, gradient };
                let found = product.operation.gradients(&of_product, &wanted[..leading]);
                gradients.splice(..leading, found);
            }
            (None, Some(gradient)) => gradients[0] = Some(gradient),
            (_, None) => {}
        }
        Some(gradients.into_iter().zip(wanted).map(|(x, wanted)| x.filter(|_| *wanted)).collect())
    }
    fn flops(&self, inputs: &[Signature], output: &Signature) -> u64 {
        let base = self.base_signature(inputs).unwrap_or(*output);
        let product = self.product.as_ref();
        let product = product.map(|x| x.operation.flops(&inputs[..x.inputs], &base));
        let term = |term: &Term| term.operation.flops(&vec![base; term.operands.len()], &base);
        let terms = self.expression.terms().iter().map(term);
        let consumer = self.consumer.as_ref();
        let consumer = consumer.map(|consumer| consumer.operation.flops(&[base], output));
        product.into_iter().chain(terms).chain(consumer).fold(0, u64::saturating_add)
    }
}

/// The elementwise operations of an expression without a product. In place, if the base is the only owner of its buffer.
fn elementwise(expression: &Expression, inputs: &mut [Array]) -> Array {
    let [base, others @ ..] = inputs else { unreachable!("a base was checked") };
    // Single elements are the same for any order of the axes.
    let order = others.iter().all(is_scalar).then(|| in_memory_order(base));
    *base = base.contiguous();
    let kernel = expression.kernel(base.elements(), others);
    let out = match base.unique_mut::<f32>() {
        Some(elements) => {
            kernel.update(elements);
            base.clone()
        }
        None => Array::build(base.dims(), |out| kernel.map(base.slice(), out)),
    };
    match &order {
        Some(order) => out.permute_inverse(order),
        None => out,
    }
}

/// What an operation computes of the output of an expression without a product.
fn consumed(expression: &Expression, consumer: &FusedConsumer, inputs: &mut [Array]) -> Array {
    let [base, others @ ..] = inputs else { unreachable!("a base was checked") };
    let base = base.contiguous();
    consumer.of_expression(&expression.kernel(base.elements(), others), &base)
}

/// Whether all elements are one.
fn is_scalar(x: &Array) -> bool {
    x.dims().iter().zip(x.strides().iter()).all(|(&size, &stride)| size == 1 || stride == 0)
}
