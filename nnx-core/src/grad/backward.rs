//! Tapes: leaves, and the backward pass from an output to them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::ops::{Backward, DynTensor, Node, NodeId, next_id};

/// One differentiation: the operations that depend on its leaves are recorded.
#[derive(Debug, Clone)]
pub(crate) struct Tape {
    id: u64,
}

impl Tape {
    /// A new tape, nested inside all tapes that began earlier.
    pub(crate) fn new() -> Self {
        Self { id: next_id() }
    }

    /// A leaf with the values of `x`: gradients with respect to it can be computed. If an outer tape tracks `x`,
    /// the leaf is recorded there too.
    pub(crate) fn leaf(&self, x: DynTensor) -> DynTensor {
        if x.node().is_some() {
            return DynTensor::outer_leaf(self.id, x);
        }
        let node = Node::leaf(self.id, x.signature());
        x.with_node(Some(node))
    }

    /// The gradients of `Σ output · seed` with respect to `leaves`; `None` for a leaf that `output` doesn't
    /// depend on.
    ///
    /// The seed may be tracked by a tape that began later. The gradients are differentiable in it then.
    ///
    /// Nodes are visited from the latest to the earliest. The gradients that reach a node over several paths are
    /// added before its gradient rule runs.
    pub(crate) fn gradients(
        &self,
        output: &DynTensor,
        seed: DynTensor,
        leaves: &[&DynTensor],
    ) -> Vec<Option<DynTensor>> {
        self.gradients_at(output, seed, leaves, &[]).0
    }

    /// [`gradients`](Self::gradients), and also the gradients with respect to `places`: intermediate tensors between
    /// the leaves and `output`.
    pub(crate) fn gradients_at(
        &self,
        output: &DynTensor,
        seed: DynTensor,
        leaves: &[&DynTensor],
        places: &[&DynTensor],
    ) -> (Vec<Option<DynTensor>>, Vec<Option<DynTensor>>) {
        let id = |leaf: &&DynTensor| leaf.node().map(|node| node.id);
        let mut at_places: HashMap<NodeId, Option<DynTensor>> =
            places.iter().filter_map(id).map(|id| (id, None)).collect();
        // A hash map: a model may have thousands of leaves, and a list would be searched for each node.
        let mut found: HashMap<NodeId, Option<DynTensor>> =
            leaves.iter().filter_map(id).map(|id| (id, None)).collect();
        let mut waiting: BTreeMap<NodeId, (Arc<Node>, DynTensor)> = BTreeMap::new();
        if let Some(node) = output.node() {
            waiting.insert(node.id, (Arc::clone(node), seed));
        }
        while let Some((id, (node, gradient))) = waiting.pop_last() {
            if let Some(place) = at_places.get_mut(&id) {
                *place = Some(gradient.clone());
            }
            if let Some(leaf) = found.get_mut(&id) {
                *leaf = Some(gradient);
                continue;
            }
            let Some(origin) = &node.origin else { continue };
            let parent = |input: &DynTensor| {
                input.node().filter(|parent| parent.innermost >= self.id).cloned()
            };
            let parents: Vec<Option<Arc<Node>>> = origin.inputs.iter().map(parent).collect();
            if let (Some((axis, start)), [Some(parent)]) =
                (origin.operation.slice_of_input(), &parents[..])
                && let Some((parent, earlier)) = waiting.remove(&parent.id)
            {
                waiting.insert(parent.id, (parent, earlier.add_part(axis, start, gradient)));
                continue;
            }
            let inputs: Vec<DynTensor> =
                origin.inputs.iter().map(|input| self.without_own_record(input.clone())).collect();
            let value = origin.output.clone().map_or_else(
                || DynTensor::missing(node.signature),
                |value| self.without_own_record(value.with_node(Some(Arc::clone(&node)))),
            );
            let at = Backward { inputs: &inputs, output: &value, gradient };
            let wanted: Vec<bool> = parents.iter().map(Option::is_some).collect();
            let gradients = origin.operation.gradients(&at, &wanted);
            for ((input, parent), gradient) in origin.inputs.iter().zip(parents).zip(gradients) {
                let (Some(parent), Some(gradient)) = (parent, gradient) else { continue };
                debug_assert_eq!(
                    gradient.dims(),
                    input.dims(),
                    "gradient of {:?}",
                    origin.operation
                );
                let entry = waiting.remove(&parent.id);
                let sum = match entry {
                    Some((_, earlier)) => earlier + gradient,
                    None => gradient,
                };
                waiting.insert(parent.id, (parent, sum));
            }
        }
        let of = |found: &HashMap<NodeId, Option<DynTensor>>, tensors: &[&DynTensor]| {
            tensors.iter().map(|tensor| found.get(&id(tensor)?)?.clone()).collect()
        };
        (of(&found, leaves), of(&at_places, places))
    }

    /// Whether this tape, or one inside it, records operations on `x`.
    pub(crate) fn tracks(&self, x: &DynTensor) -> bool {
        x.node().is_some_and(|node| node.innermost >= self.id)
    }

    /// The tensor without its node if only this tape (or one inside it) tracks it. Gradient rules then record
    /// operations for outer tapes alone.
    pub(crate) fn without_own_record(&self, x: DynTensor) -> DynTensor {
        match x.node() {
            Some(node) if node.outermost >= self.id => x.with_node(None),
            _ => x,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::ops::COMPARISONS;

    fn scalar(value: f64) -> DynTensor {
        Array::scalar(value).into()
    }
    fn value(x: &DynTensor) -> f64 {
        x.array().to_vec::<f64>().expect("f64")[0]
    }
    /// f' at x; f may differentiate itself.
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
        let slope = derivative(|x| &(&x * &x) + &x.mul_scalar(3.0), scalar(5.0));
        assert_eq!(value(&slope), 13.0);
    }

    #[test]
    fn derivatives_of_derivatives() {
        // (x^5)''' = 60 x^2, and the result is on no tape.
        let power = |x: DynTensor| x.powf(5.0);
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

    /// How often node numbers are compared in the gradient of a sum of `count` leaves.
    fn comparisons(count: u32) -> u64 {
        let tape = Tape::new();
        let leaves: Vec<DynTensor> = (0..count).map(|i| tape.leaf(scalar(i.into()))).collect();
        let sum = leaves.iter().fold(scalar(0.0), |sum, leaf| sum + leaf.clone());
        let leaves: Vec<&DynTensor> = leaves.iter().collect();
        let before = COMPARISONS.get();
        let gradients = tape.gradients(&sum, sum.full_like(1.0), &leaves);
        assert!(gradients.iter().flatten().all(|gradient| value(gradient) == 1.0));
        assert_eq!(gradients.iter().flatten().count(), leaves.len());
        COMPARISONS.get() - before
    }

    #[test]
    fn a_gradient_with_respect_to_many_leaves_searches_no_list_of_them() {
        // With 16 times the leaves the work is about 16 times as much (times log n, for the tree); a linear
        // search would make it 256 times.
        let (few, many) = (comparisons(1000), comparisons(16_000));
        assert!(many < 40 * few, "{few} comparisons for 1000 leaves, {many} for 16000");
        assert!(few < 200 * 1000, "{few} comparisons for 1000 leaves");
    }

    #[test]
    fn a_leaf_given_twice_has_its_gradient_twice() {
        let tape = Tape::new();
        let (x, y) = (tape.leaf(scalar(2.0)), tape.leaf(scalar(3.0)));
        let square = &x * &x;
        let gradients = tape.gradients(&square, square.full_like(1.0), &[&x, &y, &x, &scalar(1.0)]);
        let values: Vec<Option<f64>> = gradients.iter().map(|g| g.as_ref().map(value)).collect();
        assert_eq!(values, [Some(4.0), None, Some(4.0), None]);
    }

    #[test]
    fn a_long_chain_of_operations_neither_overflows_nor_slows() {
        let slope = derivative(|x| (0..200_000).fold(x, |x, _| x.add_scalar(1.0)), scalar(0.0));
        assert_eq!(value(&slope), 1.0);
    }
}
