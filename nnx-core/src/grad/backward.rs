//! Tapes: leaves, and the backward pass from an output to them.

mod watch;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use watch::Watch;

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
    /// added before its gradient rule runs. What is saved for backward is freed as soon as its node has been visited, unless
    /// the caller has a copy of `output`, or of another tensor of the tape.
    pub(crate) fn gradients(
        &self,
        output: DynTensor,
        seed: DynTensor,
        leaves: &[&DynTensor],
    ) -> Vec<Option<DynTensor>> {
        self.gradients_at(output, seed, leaves, &[]).0
    }

    /// As [`gradients`](Self::gradients). `ready` is called with the index and the gradient of a leaf as soon as nothing is
    /// added to it any more, while the backward pass goes on; not for leaves that `output` doesn't depend on.
    pub(crate) fn gradients_as_ready(
        &self,
        output: DynTensor,
        seed: DynTensor,
        leaves: &[&DynTensor],
        ready: &mut dyn FnMut(usize, &DynTensor),
    ) -> Vec<Option<DynTensor>> {
        let index = leaves.iter().enumerate();
        let index: HashMap<NodeId, usize> =
            index.filter_map(|(i, leaf)| Some((leaf.node()?.id, i))).collect();
        let watch = Watch { uses: self.uses(&output, &index), index, ready };
        self.visit(output, seed, leaves, &[], Some(watch)).0
    }

    /// As [`gradients`](Self::gradients), and the gradients with respect to results of operations on the way, through which
    /// the gradients of the leaves flow.
    pub(crate) fn gradients_at(
        &self,
        output: DynTensor,
        seed: DynTensor,
        leaves: &[&DynTensor],
        places: &[&DynTensor],
    ) -> (Vec<Option<DynTensor>>, Vec<Option<DynTensor>>) {
        self.visit(output, seed, leaves, places, None)
    }

    fn visit(
        &self,
        output: DynTensor,
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
        if let Some(node) = output.into_node() {
            waiting.insert(node.id, (node, seed));
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
            let mut which = (0..wanted.len()).filter(|i| wanted[*i]);
            let gradients = match (which.next(), which.next()) {
                (Some(index), None) => {
                    let mut gradients = vec![None; wanted.len()];
                    gradients[index] = origin.operation.gradient_in_place(at, index);
                    gradients
                }
                _ => origin.operation.gradients(&at, &wanted),
            };
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

#[cfg(test)]
mod tests;
