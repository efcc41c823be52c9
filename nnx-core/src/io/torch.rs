//! The names and the layouts of PyTorch's layers.

use super::naming::Sizes;
use super::source::Source;

/// The sources from which the variable at `path` may be read. `named` is the path with the names that the file uses.
///
/// The siblings of the variable tell which layer it belongs to: an attention has `query`, `key`, `value` and `out`,
/// whose kernels have three axes; a recurrent cell has `dense_i` and `dense_h`, or a map for each gate, such as `ii`.
pub(super) fn torch_sources(path: &[String], named: &[String], model: &Sizes) -> Vec<Source> {
    let Some((leaf, module)) = named.split_last() else { return Vec::new() };
    let own = &model[&path.join("/")];
    if let ([parent @ .., _, _], [there @ .., layer]) = (path, module) {
        let sibling = |layer: &str| model.get(&join(parent, &[layer, "kernel"], "/"));
        let is_attention = ["query", "key", "value", "out"]
            .iter()
            .all(|layer| sibling(layer).is_some_and(|kernel| kernel.len() == 3));
        if is_attention {
            return attention(there, layer, leaf);
        }
        let fused = [sibling("dense_i"), sibling("dense_h")];
        if let [Some(_), Some(carry)] = fused {
            let has = |layer: &str| model.contains_key(&join(parent, &[layer, "bias"], "/"));
            // PyTorch has two biases. A layer here has one, the sum of both; but a GRU has both, since they differ in
            // the candidate.
            let one = has("dense_i") != has("dense_h") && carry[1] != 3 * carry[0];
            let which = if layer == "dense_i" { "ih" } else { "hh" };
            return recurrent(there, which, leaf, one, None);
        }
        let gates = ["i", "f", "g", "o"];
        let gate = layer.strip_suffix('_').unwrap_or(layer);
        if let (Some(_), Some(which), Some(gate)) = (
            sibling("ii").and(sibling("ho")),
            gate.chars().next().and_then(|c| match c {
                'i' => Some("ih"),
                'h' => Some("hh"),
                _ => None,
            }),
            gates.iter().position(|name| gate.get(1..) == Some(name)),
        ) {
            return recurrent(there, which, leaf, true, Some(gate));
        }
    }
    let of = |name: &str| Source::named(join(module, &[name], "."));
    vec![match leaf.as_str() {
        "kernel" => transposed(of("weight"), own.len()),
        "scale" | "embedding" | "negative_slope" => of("weight"),
        "mean" => of("running_mean"),
        "var" => of("running_var"),
        other => of(other),
    }]
}

/// (Out, In, ..) there, (.., In, Out) here; the same permutation as (In, Out, ..) to (.., Out, In), which is the order
/// of a transposed convolution with the option `OutIn`.
fn transposed(source: Source, rank: usize) -> Source {
    match rank {
        0 | 1 => source,
        _ => source.permute(&(2..rank).chain([1, 0]).collect::<Vec<_>>()),
    }
}

fn join(start: &[String], end: &[&str], separator: &str) -> String {
    let parts: Vec<&str> = start.iter().map(String::as_str).chain(end.iter().copied()).collect();
    parts.join(separator)
}

/// `nn.MultiheadAttention`, whose query, key and value are one matrix or three, or an attention of four `nn.Linear`.
fn attention(module: &[String], layer: &str, leaf: &str) -> Vec<Source> {
    let laid_out = |source: Source| match leaf {
        "kernel" => source.permute(&[1, 0]).reshape_to_variable(),
        _ => source.reshape_to_variable(),
    };
    let of = |name: &str| Source::named(join(module, &[name], "."));
    let name = if leaf == "kernel" { "weight" } else { leaf };
    let alone = |layers: &[&str]| -> Vec<Source> {
        layers.iter().map(|layer| laid_out(of(&format!("{layer}.{name}")))).collect()
    };
    let Some(third) = ["query", "key", "value"].iter().position(|&other| other == layer) else {
        return alone(&["out_proj", "out"]);
    };
    let letter = &layer[..1];
    let joint = laid_out(of(&format!("in_proj_{name}")).part(0, third, 3));
    let mut sources = vec![joint, laid_out(of(&format!("{letter}_proj_{name}")))];
    sources.extend(alone(&[&format!("{letter}_proj"), layer]));
    sources
}

/// `nn.LSTM`, `nn.GRU`, `nn.RNN` and their cells, whose gates are in the order of the cells here. With `one_bias`, the sum
/// of PyTorch's two biases is the one here.
fn recurrent(
    cell: &[String],
    which: &str,
    leaf: &str,
    one_bias: bool,
    gate: Option<usize>,
) -> Vec<Source> {
    let mut module = cell;
    if let [rest @ .., last] = module
        && last == "cell"
    {
        module = rest;
    }
    let mut direction = "";
    if let [rest @ .., last] = module
        && ["forward_rnn", "backward_rnn"].contains(&last.as_str())
    {
        direction = if last == "backward_rnn" { "_reverse" } else { "" };
        module = rest;
    }
    let source = |module: &[String], suffix: &str| {
        let of = |name: &str| join(module, &[&format!("{name}{suffix}")], ".");
        let source = match leaf {
            "kernel" => Source::named(of(&format!("weight_{which}"))),
            _ if one_bias => Source::named(of("bias_ih")).plus(of("bias_hh")),
            _ => Source::named(of(&format!("bias_{which}"))),
        };
        let source = match gate {
            Some(gate) => source.part(0, gate, 4),
            None => source,
        };
        if leaf == "kernel" { source.permute(&[1, 0]) } else { source }
    };
    let mut sources = Vec::new();
    // An index here may be that of a layer in a stacked `nn.LSTM` or `nn.GRU`, or that of a list in PyTorch, too.
    if let [rest @ .., index] = module
        && index.parse::<usize>().is_ok()
    {
        sources.push(source(rest, &format!("_l{index}{direction}")));
    }
    sources.push(source(module, &format!("_l0{direction}")));
    if direction.is_empty() {
        sources.extend([source(module, ""), source(cell, "")]);
    }
    sources
}
