//! Checksums of a checkpoint: CRC-32, as in zip and PNG files.
//!
//! The description of a checkpoint has one for each tensor, and one for itself. They find what a disk, a memory or a
//! transfer has changed; they don't guard against somebody who wants to deceive.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use crc32fast::Hasher;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::header::{TensorInfo, shortened};
use crate::array::{Array, for_chunks};

/// Bytes per task.
const BYTES_PER_TASK: usize = 1 << 20;

/// The checksum of an array's elements, as a file has them.
pub(super) fn of_array(array: &Array) -> u32 {
    let mut checksum = Checksum::default();
    array.write_le_bytes(&mut checksum).expect("it takes all bytes");
    checksum.0.finalize()
}

/// The checksum of bytes.
pub(super) fn of_bytes(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// A writer that computes the checksum of the written bytes, for long pieces on several threads.
#[derive(Default)]
struct Checksum(Hasher);

impl io::Write for Checksum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() < 2 * BYTES_PER_TASK {
            self.0.update(bytes);
            return Ok(bytes.len());
        }
        let piece = |index: usize| {
            let rest = &bytes[index * BYTES_PER_TASK..];
            &rest[..rest.len().min(BYTES_PER_TASK)]
        };
        let mut hashers = vec![Hasher::new(); bytes.len().div_ceil(BYTES_PER_TASK)];
        for_chunks(&mut hashers, 1, true, &|index, hashers| {
            hashers.iter_mut().for_each(|hasher| hasher.update(piece(index)));
        });
        hashers.iter().for_each(|hasher| self.0.combine(hasher));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The start of a description with a checksum. The checksum follows: that of the whole text, with zeros in place of the
/// checksum.
const BEGIN: &str = "{\"crc32\":\"";
const DIGITS: usize = 8;

/// A description, a JSON object, with its own checksum as a first field.
pub(super) fn signed(description: &str) -> String {
    let fields = description.strip_prefix('{').expect("an object");
    let with = |sum: u32| format!("{BEGIN}{sum:0DIGITS$x}\",{fields}");
    with(crc32fast::hash(with(0).as_bytes()))
}

/// Whether a description that starts with `BEGIN` has the checksum that it states.
fn is_intact(description: &str) -> bool {
    let fields = description[BEGIN.len()..].get(DIGITS + "\",".len()..);
    fields.is_some_and(|fields| signed(&format!("{{{fields}")) == description)
}

/// The part of a description that has checksums.
#[derive(Deserialize)]
struct Description<'a> {
    format: u32,
    #[serde(default, borrow)]
    parts: BTreeMap<Cow<'a, str>, PartChecksums>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum PartChecksums {
    Module {
        /// One for each tensor of the part, in the order of their names.
        #[serde(default)]
        crc32: Vec<u32>,
    },
    #[serde(alias = "messagepack")]
    Value(IgnoredAny),
}

/// The first format with checksums.
const FIRST_FORMAT: u32 = 3;

/// Assigns the checksums in the description of a checkpoint to the tensors, which are sorted by name. The error says
/// what is damaged. Files of earlier formats, and of other libraries, have none.
pub(super) fn assign(tensors: &mut [TensorInfo<'_>], description: &str) -> Result<(), String> {
    let damaged = || Err("its description of a checkpoint is damaged".to_owned());
    let is_signed = description.starts_with(BEGIN);
    if is_signed && !is_intact(description) {
        return damaged();
    }
    let parts = match serde_json::from_str(description) {
        Ok(Description { format: FIRST_FORMAT, parts }) if is_signed => parts,
        Ok(Description { format: FIRST_FORMAT, .. }) => return damaged(),
        // An unreadable description is reported by the code that reads it.
        _ => return Ok(()),
    };
    let mut sums = BTreeMap::new();
    for (name, part) in &parts {
        if let PartChecksums::Module { crc32 } = part {
            sums.insert(&**name, crc32.iter());
        }
    }
    for tensor in tensors {
        let Some(sums) = sums.get_mut(tensor.part()) else { continue };
        tensor.crc32 = sums.next().copied();
        if tensor.crc32.is_none() {
            return Err(format!("tensor `{}` has no checksum", shortened(&tensor.name)));
        }
    }
    match sums.iter().find(|(_, left)| left.len() > 0) {
        Some((part, left)) => {
            Err(format!("part `{}` lacks tensors: {}", shortened(part), left.len()))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_of_several_threads_are_those_of_one() {
        for length in
            [0, 1, 7, 300_000, BYTES_PER_TASK, BYTES_PER_TASK / 2 + 1, BYTES_PER_TASK + 77]
        {
            let floats: Vec<f32> = (0..length).map(|i| i as f32 / 3.0).collect();
            let array = Array::new(floats, &[length]).expect("as many");
            assert_eq!(of_array(&array), crc32fast::hash(&array.to_le_bytes()), "{length}");
        }
    }

    #[test]
    fn the_checksum_is_that_of_zip_files() {
        let text = Array::new(b"123456789".to_vec(), &[9]).expect("nine");
        assert_eq!(of_array(&text), 0xcbf4_3926); // the check value of the CRC catalogue
    }

    #[test]
    fn each_changed_bit_of_a_description_is_found_or_leaves_no_description() {
        let text = signed(r#"{"format":3,"nnx":"0.1.0","parts":{"a":{"value":1.5}},"notes":{}}"#);
        assert_eq!(assign(&mut [], &text), Ok(()));
        for bit in 0..8 * text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let unreadable = serde_json::from_str::<Description<'_>>(&changed).is_err();
            assert!(unreadable || assign(&mut [], &changed).is_err(), "{changed}");
        }
    }
}
