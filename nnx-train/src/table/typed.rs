//! Splits serde's error messages into the parts of ours.

use crate::Malformed;

/// Converts serde's message about a value. Such messages are `invalid type: string "ten", expected f32`, ``missing
/// field `age` ``, and others without two parts.
pub(super) fn malformed(file: &str, message: &str) -> Malformed {
    if let Some(field) = message.strip_prefix("missing field ") {
        return Malformed::new(file, format!("a field {field}"), "none")
            .fix("check its name, or make it an `Option` if it may be missing");
    }
    let Some((found, expected)) = message.rsplit_once(", expected ") else {
        return Malformed::new(file, "a row of the program's type", message);
    };
    let expected = match expected {
        "f32" | "f64" => "a number",
        other => other,
    };
    let kinds = ["invalid type: ", "invalid value: "];
    let found = kinds.iter().find_map(|kind| found.strip_prefix(kind)).unwrap_or(found);
    Malformed::new(file, expected, found)
}
