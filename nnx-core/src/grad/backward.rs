//! One differentiation: leaves, and the pass from an output back to them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::ops::{Backward, DynTensor, Node, next_id};

/// One differentiation.
#[derive(Debug)]
pub(crate) struct Tape {
    id: u64,
}

impl Tape {
    /// Begins a differentiation inside all that have begun before.
    pub(crate) fn new() -> Self {
        Self { id: next_id() }
    }

    /// The tensor as a leaf: the same values, and gradients with respect to it can be asked for. Where
    /// an outer tape tracks it, the leaf is recorded there too.
    pub(crate) fn leaf(&self, x: DynTensor) -> DynTensor {
        if x.is_tracked() {
            return DynTensor::outer_leaf(self.id, x);
        }
        let node = Node::leaf(self.id, x.signature());
        DynTensor::with_node(x.into_array(), Some(node))
    }

    /// The gradients of `Σ output · seed` with respect to leaves, `None` for a leaf that `output` doesn't
    /// depend on.
    ///
    /// The seed may be of a differentiation that began later: the gradients depend on it then.
    ///
    /// Nodes are visited from the latest to the earliest; the gradients that reach a node over several
    /// paths are added before it passes them on.
    pub(crate) fn gradients(
        &self,
        output: &DynTensor,
        seed: DynTensor,
        leaves: &[&DynTensor],
    ) -> Vec<Option<DynTensor>> {
        let ids: Vec<Option<u64>> =
            leaves.iter().map(|leaf| leaf.node().map(|node| node.id)).collect();
        let mut found: HashMap<u64, DynTensor> = HashMap::new();
        let mut waiting: BTreeMap<u64, (Arc<Node>, DynTensor)> = BTreeMap::new();
        if let Some(node) = output.node() {
            waiting.insert(node.id, (Arc::clone(node), seed));
        }
        while let Some((id, (node, gradient))) = waiting.pop_last() {
            if ids.contains(&Some(id)) {
                found.insert(id, gradient);
                continue;
            }
            let Some(source) = &node.source else { continue };
            let parent = |input: &DynTensor| {
                input.node().filter(|parent| parent.innermost >= self.id).cloned()
            };
            let parents: Vec<Option<Arc<Node>>> = source.inputs.iter().map(parent).collect();
            if let (Some((axis, start)), [Some(parent)]) = (source.operation.part(), &parents[..])
                && let Some((parent, earlier)) = waiting.remove(&parent.id)
            {
                waiting.insert(parent.id, (parent, earlier.add_part(axis, start, gradient)));
                continue;
            }
            let inputs: Vec<DynTensor> =
                source.inputs.iter().map(|input| self.without_own_record(input.clone())).collect();
            let value = source.output.clone().map_or_else(
                || DynTensor::missing(node.signature),
                |array| {
                    self.without_own_record(DynTensor::with_node(array, Some(Arc::clone(&node))))
                },
            );
            let at = Backward { inputs: &inputs, output: &value, gradient };
            let wanted: Vec<bool> = parents.iter().map(Option::is_some).collect();
            let gradients = source.operation.gradients(&at, &wanted);
            for ((input, parent), gradient) in source.inputs.iter().zip(parents).zip(gradients) {
                let (Some(parent), Some(gradient)) = (parent, gradient) else { continue };
                debug_assert_eq!(
                    gradient.dims(),
                    input.dims(),
                    "gradient of {:?}",
                    source.operation
                );
                let entry = waiting.remove(&parent.id);
                let sum = match entry {
                    Some((_, earlier)) => earlier + gradient,
                    None => gradient,
                };
                waiting.insert(parent.id, (parent, sum));
            }
        }
        ids.iter().map(|id| id.and_then(|id| found.get(&id).cloned())).collect()
    }

    /// The tensor as outer tapes see it: what only this tape (or one inside it) tracks is dropped, so
    /// that gradient rules record nothing for it.
    pub(crate) fn without_own_record(&self, x: DynTensor) -> DynTensor {
        match x.node() {
            Some(node) if node.outermost >= self.id => x.detach(),
            _ => x,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;

    fn scalar(value: f64) -> DynTensor {
        Array::scalar(value).into()
    }
    fn value(x: &DynTensor) -> f64 {
        x.array().to_vec::<f64>().expect("f64")[0]
    }
    /// f' at x, in which f may itself differentiate.
    fn derivative(f: impl Fn(DynTensor) -> DynTensor, x: DynTensor) -> DynTensor {
        let tape = Tape::new();
        let x = tape.leaf(x);
        let y = f(x.clone());
        let seed = y.full_like(1.0);
        let gradient = tape.gradients(&y, seed, &[&x]).remove(0);
        tape.without_own_record(gradient.unwrap_or_else(|| x.full_like(0.0)))
    }

    #[test]
    fn a_value_used_twice_adds_up() {
        // d(x x + 3 x) = 2 x + 3
        let slope = derivative(|x| &(&x * &x) + &x.scale(3.0), scalar(5.0));
        assert_eq!(value(&slope), 13.0);
    }

    #[test]
    fn derivatives_of_derivatives() {
        // (x^5)''' = 60 x^2, and nothing of the inner records is left over.
        let power = |x: DynTensor| x.power(5.0);
        let third = derivative(|x| derivative(|x| derivative(power, x), x), scalar(2.0));
        assert_eq!(value(&third), 240.0);
        assert!(!third.is_tracked());
    }

    #[test]
    fn an_outer_value_stays_constant_inside() {
        // d/dx (x d/dy (x y)) = d/dx (x x) = 2 x
        let slope = derivative(
            |x| {
                let inner = derivative(|y| &x * &y, scalar(1.0));
                &x * &inner
            },
            scalar(3.0),
        );
        assert_eq!(value(&slope), 6.0);
    }

    #[test]
    fn a_plain_gradient_records_nothing() {
        let slope = derivative(|x| x.exp(), scalar(1.0));
        assert!(!slope.is_tracked());
    }

    #[test]
    fn a_chain_of_a_million_steps_neither_overflows_nor_slows() {
        let slope = derivative(|x| (0..200_000).fold(x, |x, _| x.shift(1.0)), scalar(0.0));
        assert_eq!(value(&slope), 1.0);
    }
}
