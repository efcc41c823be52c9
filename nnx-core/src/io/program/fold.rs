//! Folds the steps and the values of a document: a block that repeats is written once.
//!
//! `{"repeat": 64, "of": [..]}` stands for 64 times what is in the list. What differs between repetitions is an object that has the level
//! of the repeat, which counts those around it:
//!
//! | object | in repetition r = 0, 1, .. |
//! |---|---|
//! | `{"$each": [level, 38, 25]}` | the integer 38 + 25 r |
//! | `{"$after": [level, 0, 62, 25]}` | 0, which may be a constant, then 62 + 25 (r - 1): a value that is carried |
//! | `{"$list": [level, [3, 7, 4]]}` | the item r |
//!
//! Folding looks at the JSON alone, so programs for any length are folded, too. Blocks are found as
//! [`Program::repeats`](crate::program::Program::repeats) finds them, but shapes needn't be equal.

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use super::unfold::{MOST_BYTES, bytes, unfolded_bytes};
use crate::program::{Item, Kind, Node, find};

pub(super) const REPEAT: &str = "repeat";
pub(super) const OF: &str = "of";
pub(super) const EACH: &str = "$each";
pub(super) const AFTER: &str = "$after";
pub(super) const LIST: &str = "$list";

/// The lists of a document that are folded.
pub(super) const FOLDED: [&str; 2] = ["values", "steps"];

/// Folds a document; whether there was something to fold.
pub(super) fn fold(document: &mut Json) -> bool {
    FOLDED.into_iter().fold(false, |before, name| {
        let Some(list) = document[name].as_array_mut() else { return before };
        let folded = fold_list(list);
        let is_folded = folded.len() < list.len();
        *list = folded;
        before || is_folded
    })
}

/// A list with blocks in place of what repeats, unless [`unfold`](super::unfold::unfold) might refuse it.
fn fold_list(list: &[Json]) -> Vec<Json> {
    if list.iter().map(bytes).sum::<usize>() > MOST_BYTES {
        return list.to_vec();
    }
    let (mut keys, mut made_by, mut constants) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut items = Vec::with_capacity(list.len());
    for (index, json) in list.iter().enumerate() {
        let (mut key, mut numbers) = (String::new(), Vec::new());
        // Sizes seldom grow from repetition to repetition, and tell the values of one repetition apart.
        if json["dims"].as_array().is_some_and(|dims| dims.iter().all(Json::is_u64)) {
            key = json.to_string();
        } else {
            describe(json, &mut constants, &mut key, &mut numbers);
        }
        let next = keys.len();
        items.push(Item::step(index, *keys.entry(key).or_insert(next), numbers));
        let outputs = json["outputs"].as_array().into_iter().flatten();
        made_by.extend(outputs.filter_map(Json::as_i64).map(|value| (value, index)));
    }
    let nodes = find(items, &|value| made_by.get(&value).copied());
    let folded: Vec<Json> = nodes.iter().map(|node| written(list, node, 0, 0)).collect();
    let counted = folded.iter().map(|item| unfolded_bytes(item, 0));
    match counted.fold(0, usize::saturating_add) > MOST_BYTES {
        true => list.to_vec(),
        false => folded,
    }
}

/// The text of JSON with `#` in place of its integers and of the operands of a step, and these as numbers.
fn describe(
    json: &Json,
    constants: &mut HashMap<String, i64>,
    key: &mut String,
    numbers: &mut Vec<(Kind, i64)>,
) {
    match json {
        Json::Number(number) if number.is_i64() => {
            numbers.push((Kind::Fixed, number.as_i64().unwrap_or_default()));
            key.push('#');
        }
        Json::Array(items) => {
            key.push('[');
            for item in items {
                describe(item, constants, key, numbers);
                key.push(',');
            }
            key.push(']');
        }
        Json::Object(fields) => {
            key.push('{');
            for (name, field) in fields {
                key.push_str(name);
                key.push(':');
                match field.as_array().filter(|_| name == "inputs") {
                    Some(inputs) => {
                        let number = |input: &Json| match input.as_i64() {
                            Some(value) => value,
                            None => {
                                let next = -1 - constants.len() as i64;
                                *constants.entry(input.to_string()).or_insert(next)
                            }
                        };
                        *key += &inputs.len().to_string();
                        numbers.extend(
                            inputs.iter().map(number).map(|number| (Kind::Operand, number)),
                        );
                    }
                    None => describe(field, constants, key, numbers),
                }
                key.push(',');
            }
            key.push('}');
        }
        other => *key += &other.to_string(),
    }
}

/// A node as JSON, of a repetition that begins so many items later.
fn written(list: &[Json], node: &Node, shift: usize, level: usize) -> Json {
    match node {
        Node::Step(index) => list[index + shift].clone(),
        Node::Repeat(block) => {
            let item = |node: &Node| {
                let repetition =
                    |at: usize| written(list, node, shift + at * block.length, level + 1);
                merged(&(0..block.times).map(repetition).collect::<Vec<_>>(), level)
            };
            let of: Vec<Json> = block.body.iter().map(item).collect();
            json!({ REPEAT: block.times, OF: of })
        }
    }
}

/// One JSON of those of all repetitions.
fn merged(all: &[Json], level: usize) -> Json {
    let first = &all[0];
    if all.iter().all(|json| json == first) {
        return first.clone();
    }
    if let Some((first, by)) = even(all) {
        return json!({ EACH: [level, first, by] });
    }
    if let Some((second, by)) = even(&all[1..]) {
        return json!({ AFTER: [level, first, second, by] });
    }
    let as_lists: Option<Vec<&Vec<Json>>> = all.iter().map(Json::as_array).collect();
    if let Some(lists) = as_lists.filter(|lists| lists.iter().all(|x| x.len() == lists[0].len())) {
        let item = |at: usize| {
            merged(&lists.iter().map(|list| list[at].clone()).collect::<Vec<_>>(), level)
        };
        return Json::Array((0..lists[0].len()).map(item).collect());
    }
    let as_objects: Option<Vec<&Map<String, Json>>> = all.iter().map(Json::as_object).collect();
    if let Some(objects) =
        as_objects.filter(|objects| objects.iter().all(|x| x.keys().eq(objects[0].keys())))
    {
        let field = |name: &String| {
            let fields = objects.iter().map(|object| object[name].clone());
            (name.clone(), merged(&fields.collect::<Vec<_>>(), level))
        };
        return Json::Object(objects[0].keys().map(field).collect());
    }
    json!({ LIST: [level, all] })
}

/// The first of integers that grow by as much each time, and by how much.
fn even(all: &[Json]) -> Option<(i64, i64)> {
    let mut integers = all.iter().map(Json::as_i64);
    let (first, second) = (integers.next()??, integers.next()??);
    let by = second.checked_sub(first)?;
    let mut last = second;
    for next in integers {
        last = last.checked_add(by).filter(|expected| next == Some(*expected))?;
    }
    Some((first, by))
}
