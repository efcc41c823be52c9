//! Attributes as JSON. An integer is a number without a point, a float one with a point; what JSON lacks, such as NaN, is
//! `{"$float": ".."}` with the bits. A record is an object with its name as the only key, or a string if it has no fields.

use serde_json::{Map, Number, Value as Json};

use crate::array::Array;
use crate::ops::{Attribute, Attributes};

const FLOAT: &str = "$float";
const ARRAY: &str = "$array";

/// An attribute as JSON; `array` gives the number of an array in the file. `None` if an integer is beyond 64 bits.
pub(super) fn write(attribute: &Attribute, array: &mut dyn FnMut(&Array) -> usize) -> Option<Json> {
    Some(match attribute {
        Attribute::Bool(value) => Json::Bool(*value),
        Attribute::Integer(value) => match (i64::try_from(*value), u64::try_from(*value)) {
            (Ok(value), _) => value.into(),
            (_, Ok(value)) => value.into(),
            _ => return None,
        },
        Attribute::Float(value) => match Number::from_f64(*value) {
            Some(number) => Json::Number(number),
            None => object(FLOAT, format!("{:016x}", value.to_bits()).into()),
        },
        Attribute::Text(text) => text.clone().into(),
        Attribute::List(items) => {
            Json::Array(items.iter().map(|item| write(item, array)).collect::<Option<_>>()?)
        }
        Attribute::Array(found) => object(ARRAY, array(found).into()),
        Attribute::Record(attributes) => {
            let field = |(name, attribute): (&str, &Attribute)| {
                Some((name.to_owned(), write(attribute, array)?))
            };
            let fields: Option<Map<String, Json>> = attributes.iter().map(field).collect();
            object(attributes.name(), Json::Object(fields?))
        }
    })
}

fn object(key: &str, value: Json) -> Json {
    Json::Object(Map::from_iter([(key.to_owned(), value)]))
}

/// The deepest nesting of attributes: a schedule of schedules, of a few levels.
const DEEPEST: usize = 32;

/// An attribute from JSON; `array` reads an array of the file.
pub(super) fn read(
    json: &Json,
    array: &dyn Fn(&Json) -> Result<Array, String>,
) -> Result<Attribute, String> {
    read_within(json, array, DEEPEST)
}

fn read_within(
    json: &Json,
    array: &dyn Fn(&Json) -> Result<Array, String>,
    depth: usize,
) -> Result<Attribute, String> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(format!("attributes are nested at most {DEEPEST} deep"));
    };
    let found = |json: &Json| Err(format!("takes an attribute, found {json}"));
    Ok(match json {
        Json::Bool(value) => Attribute::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(value), ..) => Attribute::Integer(value.into()),
            (_, Some(value), _) => Attribute::Integer(value.into()),
            (.., Some(value)) => Attribute::Float(value),
            _ => return found(json),
        },
        Json::String(text) => Attribute::Text(text.clone()),
        Json::Array(items) => {
            let items = items.iter().map(|item| read_within(item, array, depth));
            Attribute::List(items.collect::<Result<_, _>>()?)
        }
        Json::Object(fields) => {
            let mut fields = fields.iter();
            match (fields.next(), fields.next()) {
                (Some((key, Json::String(bits))), None) if key == FLOAT => {
                    match u64::from_str_radix(bits, 16) {
                        Ok(bits) => Attribute::Float(f64::from_bits(bits)),
                        Err(_) => return found(json),
                    }
                }
                (Some((key, number)), None) if key == ARRAY => Attribute::Array(array(number)?),
                (Some((name, Json::Object(fields))), None) => {
                    let field = |(name, json): (&String, &Json)| {
                        Ok((name.clone(), read_within(json, array, depth)?))
                    };
                    let fields: Result<Vec<_>, String> = fields.iter().map(field).collect();
                    Attributes::new(name.clone(), fields?).into()
                }
                _ => return found(json),
            }
        }
        Json::Null => return found(json),
    })
}
