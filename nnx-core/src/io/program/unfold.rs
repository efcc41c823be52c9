//! Unfolds what [`super::fold`] has folded. The file may be anybody's, so that everything is checked.

use serde_json::{Map, Value as Json};

use super::fold::{AFTER, EACH, FOLDED, LIST, OF, REPEAT};

/// The most repeats within repeats.
const MOST_LEVELS: usize = 8;
/// The most bytes of memory that repeats stand for, in one list: a file of a few bytes mustn't fill the memory.
pub(super) const MOST_BYTES: usize = 1 << 29;

/// The document before it was folded; else the list and the problem.
pub(super) fn unfold(document: &mut Json) -> Result<(), (String, String)> {
    for name in FOLDED {
        let Some(list) = document.get_mut(name).and_then(Json::as_array_mut) else { continue };
        let mut unfolded = Unfolded { list: Vec::with_capacity(list.len()), bytes: 0 };
        for item in std::mem::take(list) {
            unfolded.add(item, 0).map_err(|problem| (name.to_owned(), problem))?;
        }
        *list = unfolded.list;
    }
    Ok(())
}

/// A list that is being unfolded.
struct Unfolded {
    list: Vec<Json>,
    /// The bytes of memory of what repeats have made. Repeats within repeats are counted once for each level.
    bytes: usize,
}

impl Unfolded {
    /// Adds an item, or what a repeat stands for.
    fn add(&mut self, item: Json, level: usize) -> Result<(), String> {
        let Some(times) = item.get(REPEAT) else {
            self.list.push(item);
            return Ok(());
        };
        let shown = || super::shortened(&times.to_string()).into_owned();
        let count = times.as_u64().filter(|times| *times >= 2);
        let count =
            count.ok_or_else(|| format!("`repeat` takes a number from 2 on, found {}", shown()))?;
        let of = item.get(OF).and_then(Json::as_array).filter(|of| !of.is_empty());
        let of = of.ok_or_else(|| "`repeat` takes a list `of` what repeats".to_owned())?;
        if item.as_object().is_some_and(|fields| fields.len() > 2) {
            return Err("`repeat` takes a list `of` what repeats, and nothing else".to_owned());
        }
        if level == MOST_LEVELS {
            return Err(format!("`repeat` is nested at most {MOST_LEVELS} deep"));
        }
        for repetition in 0..count {
            for part in of {
                let part = self.repetition(part, level, repetition)?;
                self.add(part, level + 1)?;
            }
        }
        Ok(())
    }

    /// JSON of one repetition.
    fn repetition(&mut self, json: &Json, level: usize, at: u64) -> Result<Json, String> {
        if let Some(found) = json.as_object().and_then(|fields| differing(fields, level)) {
            let found = of_repetition(found, at).cloned().or_else(|| integer(found, at));
            let found = found.ok_or_else(|| {
                let found = json.to_string();
                let found = super::shortened(&found);
                format!("takes what repetition {at} of a `repeat` has, found {found}")
            })?;
            self.count(bytes(&found))?;
            return Ok(found);
        }
        self.count(own_bytes(json))?;
        Ok(match json {
            Json::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    list.push(self.repetition(item, level, at)?);
                }
                Json::Array(list)
            }
            Json::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, field)| Ok((name.clone(), self.repetition(field, level, at)?)));
                Json::Object(fields.collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
    }

    fn count(&mut self, bytes: usize) -> Result<(), String> {
        self.bytes = self.bytes.saturating_add(bytes);
        match self.bytes > MOST_BYTES {
            true => Err(format!("`repeat` stands for more than {MOST_BYTES} bytes of memory")),
            false => Ok(()),
        }
    }
}

/// The bytes of memory of JSON.
pub(super) fn bytes(json: &Json) -> usize {
    own_bytes(json)
        + match json {
            Json::Array(items) => items.iter().map(bytes).sum(),
            Json::Object(fields) => fields.values().map(bytes).sum(),
            _ => 0,
        }
}

/// The bytes of memory of JSON without the items or the fields that it has. An object is a tree, whose nodes have room for
/// 11 fields and may have as few as 5.
fn own_bytes(json: &Json) -> usize {
    const NODE: usize = 640;
    size_of::<Json>()
        + match json {
            Json::String(text) => text.len(),
            Json::Object(fields) => {
                let names: usize = fields.keys().map(|name| 24 + name.len()).sum();
                NODE * fields.len().div_ceil(5) + names
            }
            _ => 0,
        }
}

/// At most so many bytes are counted where an item of a list is unfolded, within as many repeats.
pub(super) fn unfolded_bytes(item: &Json, level: usize) -> usize {
    let (Some(times), Some(of)) = (item[REPEAT].as_u64(), item[OF].as_array()) else { return 0 };
    let part =
        |part: &Json| repetition_bytes(part, level).saturating_add(unfolded_bytes(part, level + 1));
    let once = of.iter().map(part).fold(0, usize::saturating_add);
    once.saturating_mul(usize::try_from(times).unwrap_or(usize::MAX))
}

/// At most so many bytes are counted for one repetition of JSON.
fn repetition_bytes(json: &Json, level: usize) -> usize {
    match json.as_object().and_then(|fields| differing(fields, level)) {
        Some((LIST, [Json::Array(list)])) => list.iter().map(bytes).max().unwrap_or(0),
        Some((_, content)) => content.iter().map(bytes).max().unwrap_or(0),
        None => {
            let part = |part: &Json| repetition_bytes(part, level);
            own_bytes(json)
                + match json {
                    Json::Array(items) => items.iter().map(part).sum(),
                    Json::Object(fields) => fields.values().map(part).sum(),
                    _ => 0,
                }
        }
    }
}

/// What an object of this level says, if it is one: its name, and what follows the level.
fn differing(fields: &Map<String, Json>, level: usize) -> Option<(&str, &[Json])> {
    let (name, content) = fields.iter().next().filter(|_| fields.len() == 1)?;
    if ![EACH, AFTER, LIST].contains(&name.as_str()) {
        return None;
    }
    let (found, rest) = content.as_array()?.split_first()?;
    (found.as_u64() == Some(level as u64)).then_some((name, rest))
}

/// The item of a list.
fn of_repetition<'a>((name, content): (&str, &'a [Json]), at: u64) -> Option<&'a Json> {
    match content {
        [list] if name == LIST => list.as_array()?.get(usize::try_from(at).ok()?),
        [first, _, _] if name == AFTER && at == 0 => Some(first),
        _ => None,
    }
}

/// The integer that grows.
fn integer((name, content): (&str, &[Json]), at: u64) -> Option<Json> {
    let (first, by, at) = match (name, content) {
        (EACH, [first, by]) => (first, by, at),
        (AFTER, [_, second, by]) => (second, by, at.checked_sub(1)?),
        _ => return None,
    };
    let growth = by.as_i64()?.checked_mul(i64::try_from(at).ok()?)?;
    first.as_i64()?.checked_add(growth).map(Json::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Unfolded, bytes, unfolded_bytes};

    /// So `load` reads what `save` has folded.
    #[test]
    fn at_most_the_expected_bytes_are_counted() {
        let inner = json!({"$each": [1, {"$each": [0, 3, 40]}, 2]});
        let carried = json!({"$after": [1, {"full": 1.0}, 5, 0]});
        let outputs = json!([{"$list": [0, [7, "a text", 9]]}]);
        let step = json!({"inputs": [inner, carried], "outputs": outputs});
        let block = json!({"repeat": 3, "of": [{"repeat": 20, "of": [step]}, "Exp"]});
        let expected = unfolded_bytes(&block, 0);
        let mut unfolded = Unfolded { list: Vec::new(), bytes: 0 };
        unfolded.add(block, 0).expect("a block");
        assert_eq!(unfolded.list.len(), 63);
        assert_eq!(unfolded.list[20], json!("Exp"));
        assert_eq!(unfolded.list[22]["inputs"], json!([45, 5]));
        let held: usize = unfolded.list.iter().map(bytes).sum();
        let counted = unfolded.bytes;
        assert!(held <= counted && counted <= expected, "{held}, {counted}, {expected}");
        assert!(expected < 8 * held, "{held}, {expected}");
    }
}
