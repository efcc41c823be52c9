//! Unfolds what [`super::fold`] has folded. The file may be anybody's, so that everything is checked.

use serde_json::{Map, Value as Json};

use super::fold::{AFTER, EACH, FOLDED, LIST, MOST_PARTS, OF, REPEAT};

/// The most repeats within repeats.
const MOST_LEVELS: usize = 8;

/// The document before it was folded; else the list and the problem.
pub(super) fn unfold(document: &mut Json) -> Result<(), (String, String)> {
    for name in FOLDED {
        let Some(list) = document.get_mut(name).and_then(Json::as_array_mut) else { continue };
        let mut unfolded = Unfolded { list: Vec::with_capacity(list.len()), parts: 0 };
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
    /// The parts of JSON that repeats have made.
    parts: usize,
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
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return Err(format!("`repeat` stands for more than {MOST_PARTS} parts"));
        }
        Ok(match json {
            Json::Array(items) => {
                let items = items.iter().map(|item| self.repetition(item, level, at));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Json::Object(fields) => {
                if let Some(found) = differing(fields, level) {
                    return of_repetition(found, at)
                        .cloned()
                        .or_else(|| integer(found, at))
                        .ok_or_else(|| {
                            let found = json.to_string();
                            let found = super::shortened(&found);
                            format!("takes what repetition {at} of a `repeat` has, found {found}")
                        });
                }
                let fields = fields
                    .iter()
                    .map(|(name, field)| Ok((name.clone(), self.repetition(field, level, at)?)));
                Json::Object(fields.collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
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
