//! What serde says of a value, in the parts of a message.

use crate::Malformed;

/// The error of a value: serde's messages are `invalid type: string "ten", expected f32`, and others without the
/// second part.
pub(super) fn malformed(file: &str, message: &str) -> Malformed {
    match message.rsplit_once(", expected ") {
        Some((found, expected)) => Malformed::new(file, expected, found),
        None => Malformed::new(file, "a row of the program's type", message),
    }
}
