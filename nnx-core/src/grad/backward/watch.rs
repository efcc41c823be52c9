//! Which gradients of leaves are complete while the backward pass goes on.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::Tape;
use crate::ops::{DynTensor, Node, NodeId};

impl Tape {
    /// How often each leaf is an input of the operations behind `output`.
    pub(super) fn uses(
        &self,
        output: &DynTensor,
        leaves: &HashMap<NodeId, usize>,
    ) -> HashMap<NodeId, usize> {
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
}

/// Reports the gradient of each leaf as soon as it is complete.
pub(super) struct Watch<'a> {
    /// The operations behind the output that a leaf is an input of, and whose gradients aren't computed yet.
    pub(super) uses: HashMap<NodeId, usize>,
    /// The number of each leaf.
    pub(super) index: HashMap<NodeId, usize>,
    pub(super) ready: &'a mut dyn FnMut(usize, &DynTensor),
}

impl Watch<'_> {
    /// An operation that the node is an input of has been visited.
    pub(super) fn used(
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

    pub(super) fn tell(&mut self, id: NodeId, gradient: &DynTensor) {
        if let Some(index) = self.index.get(&id) {
            (self.ready)(*index, gradient);
        }
    }
}
