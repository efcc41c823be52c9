//! Formulas: integers that depend on lengths, as polynomials in which each length has at most the power 1.
//!
//! As JSON, `{"$sum": [[784, 0], [4]]}` is `784 * lengths[0] + 4`: each term has its factor, then the numbers of its lengths. A
//! length counts in units of what it is a multiple of. `{"$reciprocal": ["f32", [[784, 0]]]}` is the float 1 / (784 * lengths[0]), in that
//! precision: the factor of a mean.

use serde_json::{Map, Value as Json, json};

const SUM: &str = "$sum";

const RECIPROCAL: &str = "$reciprocal";

/// The terms, each with its factor and the set of its lengths as bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Formula(pub(super) Vec<(i128, u32)>);

/// A float that is the reciprocal of a formula.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reciprocal {
    pub(super) is_f32: bool,
    pub(super) of: Formula,
}

/// The value of an object that has this key alone.
fn only<'a>(json: &'a Json, key: &str) -> Option<&'a Json> {
    json.as_object().filter(|object| object.len() == 1)?.get(key)
}

impl Formula {
    /// The formula of JSON, if it is one.
    pub(super) fn of(json: &Json) -> Option<Self> {
        Self::of_terms(only(json, SUM)?)
    }

    fn of_terms(json: &Json) -> Option<Self> {
        let terms = json.as_array()?;
        let term = |term: &Json| {
            let (factor, lengths) = term.as_array()?.split_first()?;
            let mut set = 0u32;
            for length in lengths {
                let bit = 1u32.checked_shl(u32::try_from(length.as_u64()?).ok()?)?;
                if set & bit != 0 {
                    return None;
                }
                set |= bit;
            }
            Some((i128::from(factor.as_i64()?), set))
        };
        terms.iter().map(term).collect::<Option<_>>().map(Self)
    }

    /// As JSON; `None` if a factor is beyond 64 bits.
    pub(super) fn to_json(&self) -> Option<Json> {
        Some(json!({ SUM: self.terms()? }))
    }

    fn terms(&self) -> Option<Vec<Json>> {
        let term = |(factor, set): &(i128, u32)| {
            let lengths = (0..u32::BITS).filter(|bit| set >> bit & 1 == 1).map(Json::from);
            let factor = Json::from(i64::try_from(*factor).ok()?);
            Some(Json::Array(std::iter::once(factor).chain(lengths).collect()))
        };
        self.0.iter().map(term).collect()
    }

    /// The value for lengths in units; `None` if it is beyond what an integer holds.
    fn value(&self, units: &[i128]) -> Option<i128> {
        let term = |(factor, set): &(i128, u32)| {
            let lengths = units.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
            lengths
                .map(|(_, unit)| unit)
                .try_fold(*factor, |product, unit| product.checked_mul(*unit))
        };
        self.0.iter().map(term).try_fold(0i128, |sum, term| sum.checked_add(term?))
    }

    /// Whether it is the length of this number, which counts in units.
    pub(super) fn is_length(&self, index: usize, unit: usize) -> bool {
        self.0 == [(unit as i128, 1 << index)]
    }

    /// Whether it has no other lengths than the first `count`.
    fn is_of(&self, count: usize) -> bool {
        self.0.iter().all(|(_, set)| u64::from(*set) >> count == 0)
    }
}

impl Reciprocal {
    /// The reciprocal of JSON, if it is one.
    pub(super) fn of(json: &Json) -> Option<Self> {
        let [precision, terms] = &only(json, RECIPROCAL)?.as_array()?[..] else { return None };
        let is_f32 = match precision.as_str()? {
            "f32" => true,
            "f64" => false,
            _ => return None,
        };
        Some(Self { is_f32, of: Formula::of_terms(terms)? })
    }

    /// As JSON; `None` if a factor is beyond 64 bits.
    pub(super) fn to_json(&self) -> Option<Json> {
        let precision = if self.is_f32 { "f32" } else { "f64" };
        Some(json!({ RECIPROCAL: [Json::from(precision), Json::Array(self.of.terms()?)] }))
    }

    /// 1 / n, rounded to f32 or f64.
    pub(super) fn rounded(is_f32: bool, n: i128) -> f64 {
        // A quotient that is rounded to f64 first is the one that is rounded once: f64 has more than twice the bits.
        let quotient = 1.0 / n as f64;
        if is_f32 { f64::from(quotient as f32) } else { quotient }
    }
}

/// A document with the values of its formulas. An integer of an operation may be below 0, such as the diagonal of a triangle; a
/// size may not.
pub(super) fn insert(template: &Json, units: &[i128]) -> Result<Json, String> {
    inserted(template, units, false)
}

/// The field of a step whose integers may be below 0.
const OPERATION: &str = "operation";

fn inserted(template: &Json, units: &[i128], of_operation: bool) -> Result<Json, String> {
    if let Some(formula) = Formula::of(template) {
        let value = formula.value(units).and_then(|value| match value {
            0.. => u64::try_from(value).ok().map(Json::from),
            _ => i64::try_from(value).ok().filter(|_| of_operation).map(Json::from),
        });
        return value
            .ok_or_else(|| "a size would be below 0, or larger than memory can be".to_owned());
    }
    if let Some(Reciprocal { is_f32, of }) = Reciprocal::of(template) {
        let value = of.value(units).filter(|value| *value > 0);
        let value =
            value.ok_or_else(|| "a mean would be of no elements, or too many".to_owned())?;
        return Ok(Json::from(Reciprocal::rounded(is_f32, value)));
    }
    Ok(match template {
        Json::Array(items) => {
            let item = |item: &Json| inserted(item, units, of_operation);
            Json::Array(items.iter().map(item).collect::<Result<_, _>>()?)
        }
        Json::Object(fields) => {
            let field = |(name, field): (&String, &Json)| {
                let of_operation = of_operation || name == OPERATION;
                Ok((name.clone(), inserted(field, units, of_operation)?))
            };
            Json::Object(fields.iter().map(field).collect::<Result<Map<_, _>, String>>()?)
        }
        other => other.clone(),
    })
}

/// An error if a formula isn't one of `count` lengths.
pub(super) fn check(template: &Json, count: usize) -> Result<(), String> {
    match template {
        Json::Array(items) => items.iter().try_for_each(|item| check(item, count)),
        Json::Object(fields) if fields.contains_key(SUM) || fields.contains_key(RECIPROCAL) => {
            let found = Formula::of(template).or_else(|| Some(Reciprocal::of(template)?.of));
            match found {
                Some(formula) if formula.is_of(count) => Ok(()),
                _ => Err(format!("take a formula of {count} lengths, found {template}")),
            }
        }
        Json::Object(fields) => fields.values().try_for_each(|field| check(field, count)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_read_as_it_is_written() {
        let formula = Formula(vec![(4, 0), (784, 1), (-2, 3)]);
        let json = formula.to_json().expect("small factors");
        assert_eq!(json.to_string(), r#"{"$sum":[[4],[784,0],[-2,0,1]]}"#);
        assert_eq!(Formula::of(&json), Some(formula.clone()));
        assert_eq!(insert(&json, &[3, 5]), Ok(Json::from(4 + 784 * 3 - 2 * 15)));
    }

    #[test]
    fn what_isnt_a_formula_is_refused() {
        for text in [
            r#"{"$sum":[[1,0,0]]}"#,
            r#"{"$sum":[[]]}"#,
            r#"{"$sum":[[1,40]]}"#,
            r#"{"$sum":[[1.5]]}"#,
        ] {
            let json: Json = serde_json::from_str(text).expect("JSON");
            assert_eq!(Formula::of(&json), None, "{text}");
            assert!(check(&json, 2).is_err(), "{text}");
        }
        let of_the_third = Formula(vec![(1, 4)]).to_json().expect("small");
        assert!(check(&of_the_third, 2).is_err() && check(&of_the_third, 3).is_ok());
    }

    #[test]
    fn reciprocals_are_rounded_as_their_type() {
        let reciprocal = Reciprocal { is_f32: true, of: Formula(vec![(3, 1)]) };
        let json = reciprocal.to_json().expect("a small factor");
        assert_eq!(json.to_string(), r#"{"$reciprocal":["f32",[[3,0]]]}"#);
        assert_eq!(Reciprocal::of(&json), Some(reciprocal));
        assert_eq!(insert(&json, &[5]), Ok(Json::from(f64::from(1.0f32 / 15.0))));
        for n in 1..100_000i128 {
            assert_eq!(Reciprocal::rounded(true, n), f64::from(1.0 / n as f32), "1 / {n}");
        }
        let none = Reciprocal { is_f32: false, of: Formula(vec![(-5, 0), (1, 1)]) };
        assert!(insert(&none.to_json().expect("small factors"), &[5]).is_err());
    }

    #[test]
    fn sizes_below_zero_and_beyond_memory_are_refused() {
        let below = Formula(vec![(-5, 0), (1, 1)]).to_json().expect("small");
        assert!(insert(&below, &[4]).is_err());
        let triangle = json!({ "operation": { "Triangle": { "k": below } } });
        assert_eq!(
            insert(&triangle, &[4]),
            Ok(json!({ "operation": { "Triangle": { "k": -1 } } }))
        );
        assert_eq!(insert(&below, &[5]), Ok(Json::from(0)));
        let huge = Formula(vec![(i128::from(i64::MAX), 3)]).to_json().expect("64 bits");
        assert!(insert(&huge, &[i128::from(u64::MAX), i128::from(u64::MAX)]).is_err());
    }
}
