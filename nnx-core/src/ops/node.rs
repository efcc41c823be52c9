//! The record of a computation: one node for each operation that has run on a tracked tensor.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{DynTensor, Operation, Signature};
use crate::array::Array;

/// Numbers of nodes and tapes: each later than those that it was made from.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A number larger than all that were given before.
pub(crate) fn next_id() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What tells a node from all others, and later ones from earlier ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeId(u64);

impl NodeId {
    fn next() -> Self {
        Self(next_id())
    }

    /// The number, for comparing. Tests count how often it is asked for: a search through a list of nodes for
    /// each node is a square of comparisons, which no test of ten nodes notices.
    fn number(self) -> u64 {
        #[cfg(test)]
        COMPARISONS.set(COMPARISONS.get() + 1);
        self.0
    }
}

#[cfg(test)]
thread_local! {
    /// How often this thread has looked at a node's number.
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

/// A tensor's place in the record.
///
/// A *tape* is one differentiation, numbered when it begins; tapes nest, and an inner one has the larger
/// number. A node knows the outermost and the innermost tape that it depends on: that is enough to
/// record gradients of gradients exactly where an outer differentiation will ask for them.
#[derive(Debug)]
pub(crate) struct Node {
    /// Later than every node that this one was computed from.
    pub(crate) id: NodeId,
    pub(crate) outermost: u64,
    pub(crate) innermost: u64,
    pub(crate) signature: Signature,
    pub(crate) source: Option<Source>,
}

/// What a node was computed by.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) operation: Box<dyn Operation>,
    pub(crate) inputs: Vec<DynTensor>,
    /// The output, where the gradient rule reads it.
    pub(crate) output: Option<Array>,
}

impl Node {
    /// A leaf of `tape`: what is differentiated with respect to.
    pub(crate) fn leaf(tape: u64, signature: Signature) -> Arc<Self> {
        Arc::new(Self {
            id: NodeId::next(),
            outermost: tape,
            innermost: tape,
            signature,
            source: None,
        })
    }

    /// A leaf of `tape` that takes its value from a tensor which an outer tape tracks: `operation` is
    /// the identity, so that the outer differentiation passes through.
    pub(super) fn outer_leaf(tape: u64, operation: Box<dyn Operation>, x: DynTensor) -> Arc<Self> {
        let signature = x.signature();
        let outermost = x.node().map_or(tape, |node| node.outermost.min(tape));
        let source = Some(Source { operation, inputs: vec![x], output: None });
        Arc::new(Self { id: NodeId::next(), outermost, innermost: tape, signature, source })
    }

    /// The node of an operation's output; at least one input is tracked.
    pub(super) fn of(
        operation: Box<dyn Operation>,
        inputs: Vec<DynTensor>,
        output: Option<Array>,
        signature: Signature,
    ) -> Arc<Self> {
        let nodes = || inputs.iter().filter_map(DynTensor::node);
        let outermost = nodes().map(|node| node.outermost).min().expect("an input is tracked");
        let innermost = nodes().map(|node| node.innermost).max().expect("an input is tracked");
        let source = Some(Source { operation, inputs, output });
        Arc::new(Self { id: NodeId::next(), outermost, innermost, signature, source })
    }
}

impl Drop for Node {
    /// Drops the nodes that only this one kept alive in a loop: a long chain (a recurrent network over
    /// thousands of steps) would overflow the stack if each drop called the next.
    fn drop(&mut self) {
        let mut queue: Vec<Source> = self.source.take().into_iter().collect();
        while let Some(source) = queue.pop() {
            for input in source.inputs {
                if let Some(mut node) = input.into_node().and_then(Arc::into_inner) {
                    queue.extend(node.source.take());
                }
            }
        }
    }
}
