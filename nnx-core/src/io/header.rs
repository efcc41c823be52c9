//! The header of a safetensors file: the name, type, shape and position of each tensor.
//!
//! Headers may be untrusted. One pass reads the header and stores a fixed number of bytes for each tensor, so
//! memory is at most a few times the length of the header: axes beyond the highest rank of an array are
//! counted and not stored, and names are borrowed from the text.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use safetensors::tensor::Dtype;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::array::MAX_RANK;

/// The name in the header that is the file's metadata and not a tensor.
pub(super) const METADATA: &str = "__metadata__";
/// The key of the metadata under which a checkpoint describes its parts. Other keys are ignored.
pub(super) const DESCRIPTION: &str = "nnx";

/// A header: its tensors, sorted by name, the total bytes of their data, and the description of a checkpoint.
pub(super) struct Parsed<'a> {
    pub(super) tensors: Vec<TensorInfo<'a>>,
    pub(super) bytes: u64,
    pub(super) description: Option<Cow<'a, str>>,
}

/// One tensor of a header.
pub(super) struct TensorInfo<'a> {
    pub(super) name: Cow<'a, str>,
    /// The element type, as the format names it.
    pub(super) dtype: Cow<'a, str>,
    pub(super) shape: FileShape,
    /// The bytes of its data are `begin..end`, counted from the end of the header.
    pub(super) begin: u64,
    pub(super) end: u64,
    /// The checksum of its data, if it is a tensor of a checkpoint that has them.
    pub(super) crc32: Option<u32>,
}

impl TensorInfo<'_> {
    /// The part of a checkpoint that the tensor belongs to: the first segment of its name.
    pub(super) fn part(&self) -> &str {
        self.name.split_once('/').map_or(&self.name, |(part, _)| part)
    }
}

/// The shape of a tensor in a file, which may have more axes than an array can have.
pub(super) struct FileShape {
    axes: usize,
    first: [usize; MAX_RANK],
    /// The product of all sizes, unless it overflows.
    elements: Option<u64>,
}

impl FileShape {
    /// The sizes. The error is the number of axes, if an array can't have that many.
    pub(super) fn get(&self) -> Result<&[usize], usize> {
        self.first.get(..self.axes).ok_or(self.axes)
    }
}

impl fmt::Display for FileShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Ok([size]) => write!(f, "({size},)"),
            Ok(sizes) => {
                let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
                write!(f, "({})", sizes.join(", "))
            }
            Err(axes) => write!(f, "({}, ..) with {axes} axes", self.first[0]),
        }
    }
}

/// Reads a header.
///
/// Checks that the data of the tensors is contiguous, in order, and that each tensor has as many bytes as its shape and
/// type take. The bytes of a type that this version doesn't know aren't checked.
pub(super) fn parse(header: &[u8]) -> Result<Parsed<'_>, String> {
    let text = str::from_utf8(header).map_err(|error| error.to_string())?;
    let Header(mut tensors, description) =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    sort(&mut tensors, |a, b| (a.begin, a.end).cmp(&(b.begin, b.end)));
    let mut end = 0;
    for tensor in &tensors {
        let problem = if tensor.begin != end || tensor.end < tensor.begin {
            format!("is at bytes {} to {}, expected from {end} on", tensor.begin, tensor.end)
        } else if !has_size_of_shape(tensor) {
            let (found, dtype, sizes) = (tensor.end - tensor.begin, &tensor.dtype, &tensor.shape);
            format!("has {found} bytes, which isn't the size of {dtype} {sizes}")
        } else {
            end = tensor.end;
            continue;
        };
        return Err(format!("tensor `{}` {problem}", shortened(&tensor.name)));
    }
    sort(&mut tensors, |a, b| a.name.cmp(&b.name));
    match tensors.array_windows().find(|[a, b]| a.name == b.name) {
        Some([first, _]) => Err(format!("two tensors are named `{}`", shortened(&first.name))),
        None => Ok(Parsed { tensors, bytes: end, description }),
    }
}

/// Takes a pointer to a function, so that a sort is compiled once.
fn sort<'a>(
    tensors: &mut [TensorInfo<'a>],
    compare: fn(&TensorInfo<'a>, &TensorInfo<'a>) -> Ordering,
) {
    tensors.sort_unstable_by(compare);
}

fn has_size_of_shape(tensor: &TensorInfo<'_>) -> bool {
    let known: Result<Dtype, serde::de::value::Error> =
        Dtype::deserialize(BorrowedStrDeserializer::new(&tensor.dtype));
    let Ok(dtype) = known else { return true };
    let bits = tensor.shape.elements.and_then(|count| count.checked_mul(dtype.bitsize() as u64));
    bits.is_some_and(|bits| bits % 8 == 0 && bits / 8 == tensor.end - tensor.begin)
}

/// The start of a text, if it is long: a name may be as long as the file.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 200;
    if text.len() <= SHOWN {
        return Cow::Borrowed(text);
    }
    let start = &text[..text.floor_char_boundary(SHOWN / 2)];
    Cow::Owned(format!("{start}.. ({} bytes)", text.len()))
}

struct Header<'a>(Vec<TensorInfo<'a>>, Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Header<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from names to tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut tensors, mut description, mut has_metadata) = (Vec::new(), None, false);
        while let Some(Text(name)) = map.next_key()? {
            if name != METADATA {
                let TensorEntry { dtype, shape, data_offsets: (begin, end) } = map.next_value()?;
                tensors.push(TensorInfo { name, dtype, shape, begin, end, crc32: None });
            } else if has_metadata {
                return Err(A::Error::duplicate_field(METADATA));
            } else {
                has_metadata = true;
                description = map.next_value::<Option<Metadata<'de>>>()?.and_then(|found| found.0);
            }
        }
        Ok(Header(tensors, description))
    }
}

#[derive(serde::Deserialize)]
struct TensorEntry<'a> {
    #[serde(borrow)]
    dtype: Cow<'a, str>,
    shape: FileShape,
    data_offsets: (u64, u64),
}

/// A string, borrowed if it has no escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The metadata, a map from strings to strings. It is checked, and the description is kept.
struct Metadata<'a>(Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Metadata<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MetadataVisitor)
    }
}

struct MetadataVisitor;

impl<'de> Visitor<'de> for MetadataVisitor {
    type Value = Metadata<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map from strings to strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut description = None;
        while let Some((Text(key), Text(value))) = map.next_entry()? {
            if key == DESCRIPTION {
                description = Some(value);
            }
        }
        Ok(Metadata(description))
    }
}

impl<'de> Deserialize<'de> for FileShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FileShapeVisitor)
    }
}

struct FileShapeVisitor;

impl<'de> Visitor<'de> for FileShapeVisitor {
    type Value = FileShape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sizes of a tensor")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sizes: A) -> Result<Self::Value, A::Error> {
        let (mut axes, mut first) = (0, [0; MAX_RANK]);
        // A size of 0 makes a tensor empty, however large the others are.
        let (mut product, mut empty) = (Some(1u64), false);
        while let Some(size) = sizes.next_element::<usize>()? {
            if let Some(stored) = first.get_mut(axes) {
                *stored = size;
            }
            axes += 1;
            empty |= size == 0;
            product = product.and_then(|product| product.checked_mul(size as u64));
        }
        Ok(FileShape { axes, first, elements: if empty { Some(0) } else { product } })
    }
}
