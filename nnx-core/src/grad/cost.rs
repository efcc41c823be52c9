//! FLOPs of a recorded computation.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ops::{DynTensor, Node, NodeId, Signature};

/// The FLOPs of every operation that `output` was computed by, each with the leaves that are its inputs, directly
/// or through operations that only move elements (such as a reshape).
pub(crate) fn operations(output: &DynTensor) -> Vec<(u64, Vec<NodeId>)> {
    let mut nodes: BTreeMap<NodeId, Arc<Node>> = BTreeMap::new();
    let mut waiting: Vec<Arc<Node>> = output.node().cloned().into_iter().collect();
    while let Some(node) = waiting.pop() {
        if nodes.contains_key(&node.id) {
            continue;
        }
        let inputs = node.origin.iter().flat_map(|origin| &origin.inputs);
        waiting.extend(inputs.filter_map(DynTensor::node).cloned());
        nodes.insert(node.id, node);
    }
    let mut leaves: BTreeMap<NodeId, NodeId> = BTreeMap::new();
    let mut operations = Vec::new();
    // Nodes are visited from the earliest to the latest: the inputs of a node come before it.
    for (id, node) in nodes {
        let Some(origin) = &node.origin else {
            leaves.insert(id, id);
            continue;
        };
        let inputs: Vec<Signature> = origin.inputs.iter().map(DynTensor::signature).collect();
        let flops = origin.operation.flops(&inputs, &node.signature);
        let nodes = origin.inputs.iter().filter_map(DynTensor::node);
        let direct: Vec<NodeId> = nodes.filter_map(|node| leaves.get(&node.id).copied()).collect();
        match direct[..] {
            _ if flops > 0 => operations.push((flops, direct)),
            [leaf] if inputs.len() == 1 => drop(leaves.insert(id, leaf)),
            _ => {}
        }
    }
    operations
}
