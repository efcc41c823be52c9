//! Nodes of a tape: one for each operation that has run on a tracked tensor.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{DynTensor, Operation, Signature};

/// The next id of a node or a tape. Ids increase: a node's id is larger than the ids of its inputs.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A number larger than all that were returned before.
pub(crate) fn next_id() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The number of a node: unique, and larger for later nodes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeId(u64);

impl NodeId {
    fn next() -> Self {
        Self(next_id())
    }

    /// The number, for comparisons. Tests count the calls: a linear search for each node makes the work
    /// quadratic, which no test of ten nodes notices.
    fn number(self) -> u64 {
        #[cfg(test)]
        COMPARISONS.set(COMPARISONS.get() + 1);
        self.0
    }
}

#[cfg(test)]
thread_local! {
    /// How often this thread has read a node's number.
    pub(crate) static COMPARISONS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

impl PartialEq for NodeId {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl Eq for NodeId {}

impl PartialOrd for NodeId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for NodeId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.number().cmp(&other.number())
    }
}

impl std::hash::Hash for NodeId {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.number().hash(state);
    }
}

/// A tensor's node on a tape (`grad_fn` in PyTorch).
///
/// A *tape* is one differentiation, numbered when it begins. Tapes nest, and an inner one has the larger
/// number. A node stores the outermost and the innermost tape that it depends on. That is enough to record
/// the operations of gradient rules exactly where an outer tape needs their gradients.
#[derive(Debug)]
pub(crate) struct Node {
    /// The id of the node. It is larger than the ids of all its inputs, so that ids are a topological order.
    pub(crate) id: NodeId,
    pub(crate) outermost: u64,
    pub(crate) innermost: u64,
    pub(crate) signature: Signature,
    pub(crate) origin: Option<Origin>,
}

/// The operation that computed a node's tensor, and what is saved for backward.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) operation: Arc<dyn Operation>,
    pub(crate) inputs: Vec<DynTensor>,
    /// The output without its node, if the gradient rule reads it.
    pub(crate) output: Option<DynTensor>,
}

impl Node {
    /// A leaf of `tape`: a tensor with respect to which gradients are taken.
    pub(crate) fn leaf(tape: u64, signature: Signature) -> Arc<Self> {
        Arc::new(Self {
            id: NodeId::next(),
            outermost: tape,
            innermost: tape,
            signature,
            origin: None,
        })
    }

    /// A leaf of `tape` made from a tensor that an outer tape tracks. `operation` is the identity, through
    /// which gradients of the outer tape flow.
    pub(super) fn outer_leaf(tape: u64, operation: Arc<dyn Operation>, x: DynTensor) -> Arc<Self> {
        let signature = x.signature();
        let outermost = x.node().map_or(tape, |node| node.outermost.min(tape));
        let origin = Some(Origin { operation, inputs: vec![x], output: None });
        Arc::new(Self { id: NodeId::next(), outermost, innermost: tape, signature, origin })
    }

    /// The node of an operation's output; at least one input is tracked.
    pub(super) fn record(
        operation: Arc<dyn Operation>,
        inputs: Vec<DynTensor>,
        output: Option<DynTensor>,
        signature: Signature,
    ) -> Arc<Self> {
        let nodes = || inputs.iter().filter_map(DynTensor::node);
        let outermost = nodes().map(|node| node.outermost).min().expect("an input is tracked");
        let innermost = nodes().map(|node| node.innermost).max().expect("an input is tracked");
        let origin = Some(Origin { operation, inputs, output });
        Arc::new(Self { id: NodeId::next(), outermost, innermost, signature, origin })
    }
}

impl Drop for Node {
    /// Drops the nodes that only this one keeps alive, in a loop. A recursive drop would overflow the stack on
    /// a long chain of nodes, such as a recurrent network over thousands of steps.
    fn drop(&mut self) {
        let mut queue: Vec<Origin> = self.origin.take().into_iter().collect();
        while let Some(origin) = queue.pop() {
            for input in origin.inputs {
                if let Some(mut node) = input.into_node().and_then(Arc::into_inner) {
                    queue.extend(node.origin.take());
                }
            }
        }
    }
}
