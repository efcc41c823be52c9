//! One document with formulas, of the documents of recordings for several lengths.

use serde_json::{Map, Value as Json};

use super::formula::{Formula, Reciprocal};

/// Where documents differ, and how.
type Difference = (String, String);

/// The lengths for which a program is recorded, in units: for each axis two, of which formulas follow, and one that proves them.
/// They differ and are primes where they can be, so that few of them are the size of another axis: a function may treat axes of
/// one size in a way of its own.
pub(super) struct Samples(Vec<[usize; 3]>);

/// What is tried, in this order.
const CANDIDATES: [usize; 19] = [5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 3, 2, 4, 6, 8, 9, 1];

impl Samples {
    /// Those of axes that have at most `most` units: `usize::MAX` if there is no limit.
    ///
    /// # Panics
    /// If there are more than 4 axes, or an axis has fewer than 3 units.
    #[track_caller]
    pub(super) fn of(most: &[usize]) -> Self {
        let (most_axes, found) = (super::MOST_LENGTHS, most.len());
        assert!(
            found <= most_axes,
            "a program has at most {most_axes} symbolic lengths, found {found}"
        );
        let mut samples: Vec<[usize; 3]> = Vec::new();
        for most in most {
            let is_new = |unit: &usize| !samples.iter().any(|axis| axis.contains(unit));
            let fits = CANDIDATES.into_iter().filter(|unit| unit <= most);
            let (unused, used): (Vec<usize>, Vec<usize>) = fits.partition(is_new);
            let mut units = [unused, used].concat();
            // A limit is recorded, too: up to it, a function may do something else, such as cutting its input.
            if *most != usize::MAX {
                units.retain(|unit| unit != most);
                units.insert(2.min(units.len()), *most);
            }
            match units[..] {
                [low, high, proof, ..] => samples.push([low, high, proof]),
                _ => panic!("a symbolic length has at least 3 values, found {most}"),
            }
        }
        Self(samples)
    }

    /// Each combination of the first two lengths of each axis; bit `i` of its number is which one of axis `i`.
    pub(super) fn corners(&self) -> impl Iterator<Item = Vec<usize>> {
        let unit = |corner: usize| {
            self.0.iter().enumerate().map(move |(axis, units)| units[corner >> axis & 1]).collect()
        };
        (0..1usize << self.0.len()).map(unit)
    }

    /// Other lengths, which prove what the corners give.
    pub(super) fn proof(&self) -> Vec<usize> {
        self.0.iter().map(|units| units[2]).collect()
    }

    /// The polynomial with these values at the corners, if its factors are integers.
    fn formula(&self, mut values: Vec<i128>) -> Option<Formula> {
        // Along one axis after another: the values at both lengths become the constant and the factor of the length.
        for (axis, [low, high, _]) in self.0.iter().enumerate() {
            let (low, high) = (*low as i128, *high as i128);
            for corner in (0..values.len()).filter(|corner| corner >> axis & 1 == 0) {
                let (a, b) = (values[corner], values[corner | 1 << axis]);
                if (b - a) % (high - low) != 0 {
                    return None;
                }
                let slope = (b - a) / (high - low);
                values[corner] = a - slope * low;
                values[corner | 1 << axis] = slope;
            }
        }
        let terms = values.into_iter().enumerate().filter(|(_, factor)| *factor != 0);
        Some(Formula(terms.map(|(set, factor)| (factor, set as u32)).collect()))
    }
}

impl Samples {
    /// The reciprocal of a polynomial that has these values at the corners, bit for bit.
    fn reciprocal(&self, values: &[f64]) -> Option<Reciprocal> {
        let near = |value: &f64| {
            let n = (1.0 / value).round();
            (1.0..9e15).contains(&n).then_some(n as i128)
        };
        let counts: Vec<i128> = values.iter().map(near).collect::<Option<_>>()?;
        let are = |is_f32| {
            let same = |(value, n): (&f64, &i128)| Reciprocal::rounded(is_f32, *n) == *value;
            values.iter().zip(&counts).all(same)
        };
        let is_f32 = [true, false].into_iter().find(|is_f32| are(*is_f32))?;
        Some(Reciprocal { is_f32, of: self.formula(counts)? })
    }
}

/// The document of which `documents` are those of the corners.
pub(super) fn template(documents: &[&Json], samples: &Samples) -> Result<Json, Difference> {
    unify(documents, samples, &mut Vec::new())
}

/// An error unless both documents are the same.
pub(super) fn same(found: &Json, recorded: &Json) -> Result<(), Difference> {
    match differing(found, recorded, &mut Vec::new()) {
        None => Ok(()),
        Some((place, expected, found)) => Err((
            place,
            format!("it isn't what other lengths let expect: {found}, expected {expected}"),
        )),
    }
}

/// A step on the way into a document.
enum At<'a> {
    Field(&'a str),
    /// An item, and of a step the name of its operation.
    Item(usize, Option<String>),
}

fn unify<'a>(
    parts: &[&'a Json],
    samples: &Samples,
    at: &mut Vec<At<'a>>,
) -> Result<Json, Difference> {
    let first = parts[0];
    if parts.iter().all(|part| *part == first) {
        return Ok(first.clone());
    }
    let differ = |at: &[At<'_>], what: &str| Err((place(at), what.to_owned()));
    if let Some(values) =
        parts.iter().map(|part| part.as_i64().map(i128::from)).collect::<Option<Vec<_>>>()
    {
        let formula = samples.formula(values).and_then(|formula| formula.to_json());
        return formula.map_or_else(|| differ(at, "a size isn't a polynomial of the lengths"), Ok);
    }
    if let Some(items) = parts.iter().map(|part| part.as_array()).collect::<Option<Vec<_>>>() {
        if items.iter().any(|list| list.len() != items[0].len()) {
            return differ(at, "there are more for some lengths than for others");
        }
        let item = |index: usize| {
            at.push(At::Item(index, items[0][index].get("operation").map(name)));
            let parts: Vec<&Json> = items.iter().map(|list| &list[index]).collect();
            let item = unify(&parts, samples, at)?;
            at.pop();
            Ok(item)
        };
        return (0..items[0].len()).map(item).collect::<Result<_, _>>().map(Json::Array);
    }
    if let Some(objects) = parts.iter().map(|part| part.as_object()).collect::<Option<Vec<_>>>() {
        if objects.iter().any(|object| !object.keys().eq(objects[0].keys())) {
            return differ(at, "it is another operation for other lengths");
        }
        let field = |name: &'a String| {
            at.push(At::Field(name));
            let parts: Vec<&Json> = objects.iter().map(|object| &object[name]).collect();
            let field = unify(&parts, samples, at)?;
            at.pop();
            Ok((name.clone(), field))
        };
        return objects[0].keys().map(field).collect::<Result<Map<_, _>, _>>().map(Json::Object);
    }
    if let Some(values) = parts.iter().map(|part| part.as_f64()).collect::<Option<Vec<_>>>()
        && let Some(reciprocal) = samples.reciprocal(&values).and_then(|found| found.to_json())
    {
        return Ok(reciprocal);
    }
    let values: Vec<String> = parts.iter().take(2).map(ToString::to_string).collect();
    differ(at, &format!("it depends on the lengths and isn't a size: {}", values.join(" and ")))
}

/// The place where two documents differ, and what they have there.
fn differing<'a>(
    a: &'a Json,
    b: &'a Json,
    at: &mut Vec<At<'a>>,
) -> Option<(String, String, String)> {
    match (a, b) {
        _ if a == b => None,
        (Json::Array(x), Json::Array(y)) if x.len() == y.len() => {
            x.iter().zip(y).enumerate().find_map(|(index, (a, b))| {
                at.push(At::Item(index, a.get("operation").map(name)));
                let found = differing(a, b, at);
                at.pop();
                found
            })
        }
        (Json::Object(x), Json::Object(y)) if x.keys().eq(y.keys()) => {
            x.iter().find_map(|(field, a)| {
                at.push(At::Field(field));
                let found = differing(a, &y[field], at);
                at.pop();
                found
            })
        }
        _ => Some((place(at), a.to_string(), b.to_string())),
    }
}

/// The name of an operation.
fn name(operation: &Json) -> String {
    match operation {
        Json::Object(fields) => fields.keys().next().cloned().unwrap_or_default(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

/// `step 3, \`Reshape\`, dims[0]`.
fn place(at: &[At<'_>]) -> String {
    let mut text = String::new();
    let mut rest = at;
    if let [At::Field(list), At::Item(index, operation), inner @ ..] = at {
        text = format!("{} {index}", list.trim_end_matches('s'));
        if let Some(operation) = operation {
            text += &format!(", `{operation}`");
        }
        rest = inner;
    }
    let mut inner = String::new();
    for at in rest {
        match at {
            At::Field("operation") => {}
            At::Field(name) if inner.is_empty() => inner += name,
            At::Field(name) => inner += &format!(".{name}"),
            At::Item(index, _) => inner += &format!("[{index}]"),
        }
    }
    if text.is_empty() || inner.is_empty() { text + &inner } else { format!("{text}, {inner}") }
}

#[cfg(test)]
mod tests {
    use super::super::formula::insert;
    use super::*;
    use serde_json::json;

    #[test]
    fn polynomials_of_two_lengths_are_found() {
        let samples = Samples::of(&[usize::MAX; 2]);
        let document = |units: &[usize]| json!({"dims": [units[0], 7, 3 * units[0] * units[1] - units[1] + 4]});
        let corners: Vec<Json> = samples.corners().map(|units| document(&units)).collect();
        let template =
            template(&corners.iter().collect::<Vec<_>>(), &samples).expect("a polynomial");
        for units in [[1, 1], [2, 9], [100, 3]] {
            let found = insert(&template, &units.map(|unit| unit as i128));
            assert_eq!(found, Ok(document(&units)));
        }
    }

    #[test]
    fn reciprocals_of_lengths_are_found() {
        let samples = Samples::of(&[usize::MAX; 2]);
        for is_f32 in [false, true] {
            let document = |units: &[usize]| {
                let n = 3 * units[0] * units[1] + units[1];
                json!({ "factor": Reciprocal::rounded(is_f32, n as i128) })
            };
            let corners: Vec<Json> = samples.corners().map(|units| document(&units)).collect();
            let found = template(&corners.iter().collect::<Vec<_>>(), &samples);
            let found = found.expect("a reciprocal");
            for units in [[1, 1], [6, 9]] {
                let inserted = insert(&found, &units.map(|unit| unit as i128));
                assert_eq!(inserted, Ok(document(&units)));
            }
        }
    }

    #[test]
    fn lengths_are_within_their_limits_and_differ() {
        let samples = Samples::of(&[usize::MAX, 8, 3, 3]);
        assert_eq!(samples.0, [[5, 7, 11], [3, 2, 8], [1, 2, 3], [2, 1, 3]]);
        let panic = std::panic::catch_unwind(|| Samples::of(&[2]).proof()).unwrap_err();
        let text = panic.downcast_ref::<String>().expect("a text");
        assert_eq!(text, "a symbolic length has at least 3 values, found 2");
    }

    #[test]
    fn what_differs_is_named() {
        let samples = Samples::of(&[usize::MAX]);
        let step = |dims: Json| json!({"steps": [{"operation": "Exp"}, {"operation": {"Reshape": {"dims": dims}}}]});
        let found = |a: Json, b: Json| template(&[&step(a), &step(b)], &samples).unwrap_err();
        let half = found(json!([2]), json!([3]));
        assert_eq!(
            half,
            (
                "step 1, `Reshape`, Reshape.dims[0]".into(),
                "a size isn't a polynomial of the lengths".into()
            )
        );
        let more = found(json!([5]), json!([7, 1]));
        assert_eq!(more.1, "there are more for some lengths than for others");
        let number = found(json!([0.2]), json!([0.7]));
        assert_eq!(number.1, "it depends on the lengths and isn't a size: 0.2 and 0.7");
    }
}
