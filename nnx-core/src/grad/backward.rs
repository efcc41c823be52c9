//! Tapes: leaves, and the backward pass from an output to them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::array::DType;
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
    /// the leaf is recorded there too. Values of bf16 are widened, since gradients are f32.
    pub(crate) fn leaf(&self, x: DynTensor) -> DynTensor {
        let x = if x.is_stored_as_bf16() { x.cast(DType::F32) } else { x };
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

    /// As [`gradients`](Self::gradients). `ready` is called with the index and the gradient of a leaf as soon as nothing is
    /// added to it any more, while the backward pass goes on; not for leaves that `output` doesn't depend on.
    pub(crate) fn gradients_as_ready(
        &self,
        output: &DynTensor,
        seed: DynTensor,
        leaves: &[&DynTensor],
        ready: &mut dyn FnMut(usize, &DynTensor),
    ) -> Vec<Option<DynTensor>> {
        let index = leaves.iter().enumerate();
        let index: HashMap<NodeId, usize> =
            index.filter_map(|(i, leaf)| Some((leaf.node()?.id, i))).collect();
        let watch = Watch { uses: self.uses(output, &index), index, ready };
        self.visit(output, seed, leaves, &[], Some(watch)).0
    }

    /// How often each leaf is an input of the operations behind `output`.
    fn uses(&self, output: &DynTensor, leaves: &HashMap<NodeId, usize>) -> HashMap<NodeId, usize> {
        let mut uses: HashMap<NodeId, usize> = HashMap::new();
        let mut seen = HashSet::new();
        let mut waiting: Vec<Arc<Node>> = output.node().cloned().into_iter().collect();
        while let Some(node) = waiting.pop() {
            let inputs = node.origin.iter().flat_map(|origin| &origin.inputs);
            for parent in
                inputs.filter_map(DynTensor::node).filter(|node| node.innermost >= self.id)
            {
                if leaves.contains_key(&parent.id) {
                    *uses.entry(parent.id).or_default() += 1;
                } else if seen.insert(parent.id) {
                    waiting.push(Arc::clone(parent));
                }
            }
        }
        uses
    }

    /// As [`gradients`](Self::gradients), and the gradients with respect to results of operations on the way, through which
    /// the gradients of the leaves flow.
    pub(crate) fn gradients_at(
        &self,
        output: &DynTensor,
        seed: DynTensor,
        leaves: &[&DynTensor],
        places: &[&DynTensor],
    ) -> (Vec<Option<DynTensor>>, Vec<Option<DynTensor>>) {
        self.visit(output, seed, leaves, places, None)
    }

    fn visit(
        &self,
        output: &DynTensor,
        seed: DynTensor,
        leaves: &[&DynTensor],
        places: &[&DynTensor],
        mut watch: Option<Watch<'_>>,
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
                if let Some(watch) = &mut watch {
                    watch.tell(id, &gradient);
                }
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
                let id = parent.id;
                waiting.insert(id, (parent, earlier.add_part(axis, start, gradient)));
                if let Some(watch) = &mut watch {
                    watch.used(id, &mut waiting, &mut found);
                }
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
            let used: Vec<NodeId> = match watch {
                Some(_) => parents.iter().flatten().map(|parent| parent.id).collect(),
                None => Vec::new(),
            };
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
            for id in used {
                if let Some(watch) = &mut watch {
                    watch.used(id, &mut waiting, &mut found);
                }
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

/// Reports the gradient of each leaf as soon as it is complete.
struct Watch<'a> {
    /// The operations behind the output that a leaf is an input of, and whose gradients aren't computed yet.
    uses: HashMap<NodeId, usize>,
    /// The number of each leaf.
    index: HashMap<NodeId, usize>,
    ready: &'a mut dyn FnMut(usize, &DynTensor),
}

impl Watch<'_> {
    /// An operation that the node is an input of has been visited.
    fn used(
        &mut self,
        id: NodeId,
        waiting: &mut BTreeMap<NodeId, (Arc<Node>, DynTensor)>,
        found: &mut HashMap<NodeId, Option<DynTensor>>,
    ) {
        let Some(uses) = self.uses.get_mut(&id) else { return };
        *uses -= 1;
        // None waits where all operations have a gradient of 0 with respect to it.
        if *uses == 0
            && let Some((_, gradient)) = waiting.remove(&id)
        {
            self.tell(id, &gradient);
            found.insert(id, Some(gradient));
        }
    }

    fn tell(&mut self, id: NodeId, gradient: &DynTensor) {
        if let Some(index) = self.index.get(&id) {
            (self.ready)(*index, gradient);
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
    fn a_leaf_is_ready_before_the_operations_ahead_of_it_are_visited() {
        // y = exp(a x) b + exp(a x) with leaves a, b, x; the gradient of x is needed by nothing else.
        let tape = Tape::new();
        let leaves = [2.0, 3.0, 0.5].map(|x| tape.leaf(scalar(x)));
        let [a, b, x] = leaves.clone();
        let inner = (&a * &x).exp();
        let y = &(&inner * &b) + &inner;
        let leaves: Vec<&DynTensor> = leaves.iter().collect();
        let expected = tape.gradients(&y, y.full_like(1.0), &leaves);
        let mut told = Vec::new();
        let mut ready = |index: usize, gradient: &DynTensor| told.push((index, value(gradient)));
        let found = tape.gradients_as_ready(&y, y.full_like(1.0), &leaves, &mut ready);
        let values = |all: &[Option<DynTensor>]| -> Vec<f64> {
            all.iter().map(|gradient| value(gradient.as_ref().expect("each is used"))).collect()
        };
        assert_eq!(values(&found), values(&expected));
        assert_eq!(told[0].0, 1, "b is used by the last product alone");
        told.sort_by_key(|(index, _)| *index);
        let told: Vec<f64> = told.into_iter().map(|(_, gradient)| gradient).collect();
        assert_eq!(told, values(&expected), "each once, complete");
    }

    #[test]
    fn a_long_chain_of_operations_neither_overflows_nor_slows() {
        let slope = derivative(|x| (0..200_000).fold(x, |x, _| x.add_scalar(1.0)), scalar(0.0));
        assert_eq!(value(&slope), 1.0);
    }
}
