//! The element types of files, which are more than those of tensors, and their exact conversion.

use std::fmt;

use super::half::{bf16_from, bf16_to_f32, f16_from, f16_to_f32};
use crate::array::{Array, DType, ShapeError};

/// An element type of a file. Seven of them are element types of tensors, see [`DType`]; elements of the others are
/// converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names say it")]
pub enum FileType {
    F64,
    F32,
    /// 16-bit floats of IEEE 754 (`torch.float16`, `jnp.float16`).
    F16,
    /// The upper half of an f32 (`torch.bfloat16`, `jnp.bfloat16`).
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
    Bool,
}

/// Each type with its name here, in safetensors, and in npy files (without the byte order), and its bytes.
const TYPES: [(FileType, &str, &str, &str, usize); 13] = [
    (FileType::F64, "f64", "F64", "f8", 8),
    (FileType::F32, "f32", "F32", "f4", 4),
    (FileType::F16, "f16", "F16", "f2", 2),
    (FileType::Bf16, "bf16", "BF16", "", 2),
    (FileType::I64, "i64", "I64", "i8", 8),
    (FileType::I32, "i32", "I32", "i4", 4),
    (FileType::I16, "i16", "I16", "i2", 2),
    (FileType::I8, "i8", "I8", "i1", 1),
    (FileType::U64, "u64", "U64", "u8", 8),
    (FileType::U32, "u32", "U32", "u4", 4),
    (FileType::U16, "u16", "U16", "u2", 2),
    (FileType::U8, "u8", "U8", "u1", 1),
    (FileType::Bool, "bool", "BOOL", "b1", 1),
];

impl FileType {
    fn row(self) -> (FileType, &'static str, &'static str, &'static str, usize) {
        TYPES[self as usize]
    }

    /// Bytes per element.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.row().4
    }

    /// The type with this name in a safetensors header.
    pub(super) fn from_safetensors(name: &str) -> Option<Self> {
        TYPES.iter().find(|row| row.2 == name).map(|row| row.0)
    }

    /// The type with this name in an npy header, without the byte order.
    pub(super) fn from_numpy(name: &str) -> Option<Self> {
        TYPES.iter().find(|row| row.3 == name && !name.is_empty()).map(|row| row.0)
    }

    /// Its name in an npy header. NumPy has no bf16.
    pub(super) fn numpy(self) -> Option<&'static str> {
        Some(self.row().3).filter(|name| !name.is_empty())
    }

    fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::Bf16)
    }

    fn is_integer(self) -> bool {
        !self.is_float() && self != Self::Bool
    }
}

impl From<DType> for FileType {
    fn from(dtype: DType) -> Self {
        match dtype {
            DType::F32 => Self::F32,
            DType::F64 => Self::F64,
            DType::Bf16 => Self::Bf16,
            DType::I32 => Self::I32,
            DType::I64 => Self::I64,
            DType::U32 => Self::U32,
            DType::U8 => Self::U8,
            DType::Bool => Self::Bool,
        }
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().1)
    }
}

/// Why elements aren't converted.
#[derive(Debug, PartialEq)]
pub(super) enum Refused {
    /// Floats, integers and booleans don't become one another.
    Kind,
    /// The other type can't represent this value.
    Value(String),
    /// The bytes aren't valid elements, or their number isn't that of the shape.
    Bytes(String),
}

/// Elements in row-major order, little-endian, as an array of the type that is asked for.
///
/// Floats become floats, and integers integers, where every value stays the same; with `rounding`, floats become the
/// nearest of the type, but for a finite value that would become infinite. NaN stays NaN.
pub(super) fn to_array(
    found: FileType,
    bytes: &[u8],
    sizes: &[usize],
    wanted: DType,
    rounding: bool,
) -> Result<Array, Refused> {
    let made = |array: Result<Array, ShapeError>| {
        array.map_err(|error| {
            Refused::Bytes(match error {
                ShapeError::Operands { problem, .. } => problem,
                other => other.to_string(),
            })
        })
    };
    if found == FileType::from(wanted) {
        return made(Array::from_le_bytes(wanted, bytes, sizes));
    }
    if found.is_float() && wanted == DType::F32 {
        let exact = |x: f64| {
            let y = x as f32;
            // A finite value that would become infinite is refused, as below.
            let kept = f64::from(y) == x || x.is_nan() || (rounding && y.is_finite());
            if kept { Ok(y) } else { Err(refused(x)) }
        };
        return made(Array::new(floats(found, bytes, exact)?, sizes));
    }
    if found.is_float() && wanted == DType::F64 {
        return made(Array::new(floats(found, bytes, Ok)?, sizes));
    }
    if found.is_float() && wanted == DType::Bf16 {
        let exact = |x: f64| {
            let half = bf16_from(x);
            let rounded = f64::from(bf16_to_f32(half));
            // A finite weight that would become infinite is refused, as in `to_bf16`.
            let kept = rounded == x || x.is_nan() || (rounding && rounded.is_finite());
            if kept { Ok(half) } else { Err(refused(x)) }
        };
        let halves = floats(found, bytes, exact)?.into_iter().flat_map(u16::to_le_bytes);
        return made(Array::from_le_bytes(wanted, &halves.collect::<Vec<u8>>(), sizes));
    }
    if found.is_integer() {
        return match wanted {
            DType::I32 => made(Array::new(integers::<i32>(found, bytes)?, sizes)),
            DType::I64 => made(Array::new(integers::<i64>(found, bytes)?, sizes)),
            DType::U32 => made(Array::new(integers::<u32>(found, bytes)?, sizes)),
            DType::U8 => made(Array::new(integers::<u8>(found, bytes)?, sizes)),
            DType::F32 | DType::F64 | DType::Bf16 | DType::Bool => Err(Refused::Kind),
        };
    }
    Err(Refused::Kind)
}

fn refused(value: impl fmt::Debug) -> Refused {
    Refused::Value(format!("{value:?}"))
}

fn each<const N: usize, T>(
    bytes: &[u8],
    convert: impl Fn([u8; N]) -> Result<T, Refused>,
) -> Result<Vec<T>, Refused> {
    let (chunks, _) = bytes.as_chunks::<N>();
    // Not collected into a `Result<Vec>`: that grows by doubling, and would keep the surplus.
    let mut elements = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        elements.push(convert(*chunk)?);
    }
    Ok(elements)
}

fn floats<T>(
    found: FileType,
    bytes: &[u8],
    convert: impl Fn(f64) -> Result<T, Refused>,
) -> Result<Vec<T>, Refused> {
    let widen = |half: fn(u16) -> f32| move |bytes| f64::from(half(u16::from_le_bytes(bytes)));
    match found {
        FileType::F64 => each(bytes, |x| convert(f64::from_le_bytes(x))),
        FileType::F32 => each(bytes, |x| convert(f64::from(f32::from_le_bytes(x)))),
        FileType::F16 => each(bytes, |x| convert(widen(f16_to_f32)(x))),
        FileType::Bf16 => each(bytes, |x| convert(widen(bf16_to_f32)(x))),
        other => unreachable!("{other} isn't a float"),
    }
}

fn integers<T: TryFrom<i128>>(found: FileType, bytes: &[u8]) -> Result<Vec<T>, Refused> {
    fn fit<T: TryFrom<i128>>(x: i128) -> Result<T, Refused> {
        T::try_from(x).map_err(|_| refused(x))
    }
    match found {
        FileType::I64 => each(bytes, |x| fit(i64::from_le_bytes(x).into())),
        FileType::I32 => each(bytes, |x| fit(i32::from_le_bytes(x).into())),
        FileType::I16 => each(bytes, |x| fit(i16::from_le_bytes(x).into())),
        FileType::I8 => each(bytes, |x| fit(i8::from_le_bytes(x).into())),
        FileType::U64 => each(bytes, |x| fit(u64::from_le_bytes(x).into())),
        FileType::U32 => each(bytes, |x| fit(u32::from_le_bytes(x).into())),
        FileType::U16 => each(bytes, |x| fit(u16::from_le_bytes(x).into())),
        FileType::U8 => each(bytes, |x| fit(u8::from_le_bytes(x).into())),
        other => unreachable!("{other} isn't an integer"),
    }
}

/// The elements of a floating-point array as halves, little-endian. The error is a finite element that would become
/// infinite.
pub(super) fn to_halves(array: &Array, half: FileType) -> Result<Vec<u8>, f64> {
    let bytes = array.to_le_bytes();
    let (narrow, infinite): (fn(f64) -> u16, u16) =
        if half == FileType::F16 { (f16_from, 0x7c00) } else { (bf16_from, 0x7f80) };
    let mut halves = Vec::with_capacity(2 * array.elements());
    let kept = floats(FileType::from(array.dtype()), &bytes, Ok);
    for x in kept.expect("floats are taken as they are") {
        let code = narrow(x);
        if code & 0x7fff == infinite && x.is_finite() {
            return Err(x);
        }
        halves.extend(code.to_le_bytes());
    }
    Ok(halves)
}

#[cfg(test)]
mod tests {
    use super::{FileType, Refused, TYPES, to_array};
    use crate::array::DType;

    const DTYPES: [DType; 7] =
        [DType::F32, DType::F64, DType::I32, DType::I64, DType::U32, DType::U8, DType::Bool];

    #[test]
    fn rows_are_in_the_order_of_the_types() {
        for (i, row) in TYPES.iter().enumerate() {
            assert_eq!(row.0 as usize, i);
        }
    }

    #[test]
    fn kinds_of_numbers_are_never_mixed() {
        for (found, ..) in TYPES {
            for wanted in DTYPES {
                let zeros = to_array(found, &vec![0; 2 * found.bytes()], &[2], wanted, true);
                let alike = found.is_float() == wanted.is_float()
                    && found.is_integer() == wanted.is_integer();
                assert_eq!(zeros.is_ok(), alike, "{found} as {wanted}: {zeros:?}");
                if let Ok(array) = zeros {
                    assert_eq!((array.dtype(), array.elements()), (wanted, 2));
                }
            }
        }
    }

    #[test]
    fn a_value_that_the_type_lacks_is_named() {
        let i64s = |x: i64, wanted| to_array(FileType::I64, &x.to_le_bytes(), &[1], wanted, true);
        for (value, wanted) in [
            (i64::from(i32::MAX) + 1, DType::I32),
            (i64::from(i32::MIN) - 1, DType::I32),
            (-1, DType::U32),
            (1 << 32, DType::U32),
            (256, DType::U8),
            (-1, DType::U8),
        ] {
            assert_eq!(i64s(value, wanted).unwrap_err(), Refused::Value(value.to_string()));
        }
        let array = i64s(i64::from(i32::MIN), DType::I32).expect("it fits");
        assert_eq!(array.to_vec::<i32>().expect("i32"), [i32::MIN]);
        let large = to_array(FileType::U64, &u64::MAX.to_le_bytes(), &[1], DType::I64, true);
        assert_eq!(large.unwrap_err(), Refused::Value(u64::MAX.to_string()));
    }

    #[test]
    fn floats_become_bf16_where_they_are_the_same_and_are_rounded_on_demand() {
        let narrow = |found: FileType, bytes: &[u8], rounding| {
            to_array(found, bytes, &[], DType::Bf16, rounding)
                .map(|array| array.to_vec::<f32>().expect("read as f32")[0])
        };
        let (same, other) = (1.5f32.to_le_bytes(), 0.1f32.to_le_bytes());
        assert_eq!(narrow(FileType::F32, &same, false), Ok(1.5));
        assert_eq!(
            narrow(FileType::F32, &other, false),
            Err(Refused::Value(f64::from(0.1f32).to_string()))
        );
        assert_eq!(narrow(FileType::F32, &other, true), Ok(0.100_097_656));
        assert_eq!(narrow(FileType::Bf16, &[0xc0, 0x3f], false), Ok(1.5));
        assert_eq!(narrow(FileType::F16, &[0, 0x3e], false), Ok(1.5));
        assert!(narrow(FileType::F64, &f64::NAN.to_le_bytes(), false).expect("NaN").is_nan());
        // Rounding makes no finite weight infinite; infinities stay.
        let largest = f64::from(f32::MAX);
        for large in [largest, -3.4e38, 1e300] {
            let refused = Err(Refused::Value(format!("{large:?}")));
            assert_eq!(narrow(FileType::F64, &large.to_le_bytes(), true), refused);
        }
        let infinite = f32::INFINITY;
        assert_eq!(narrow(FileType::F32, &infinite.to_le_bytes(), true), Ok(infinite));
        assert_eq!(narrow(FileType::I32, &[0; 4], true), Err(Refused::Kind));
    }

    #[test]
    fn floats_of_64_bits_are_rounded_on_demand_alone() {
        let f64s = |x: f64, rounding| {
            to_array(FileType::F64, &x.to_le_bytes(), &[], DType::F32, rounding)
                .map(|array| array.to_vec::<f32>().expect("f32")[0])
        };
        assert_eq!(f64s(0.1, false), Err(Refused::Value("0.1".to_owned())));
        assert_eq!(f64s(1e300, false), Err(Refused::Value("1e300".to_owned())));
        assert_eq!(f64s(0.1, true), Ok(0.1));
        // Rounding makes no finite value infinite. The largest f32 is rounded to from 2^103 above it, but not from further away.
        for large in [1e300, -3.5e38, f64::from(f32::MAX) + 2f64.powi(103)] {
            assert_eq!(f64s(large, true), Err(Refused::Value(format!("{large:?}"))));
        }
        assert_eq!(f64s(f64::from(f32::MAX) + 2f64.powi(102), true), Ok(f32::MAX));
        assert_eq!(f64s(f64::INFINITY, true), Ok(f32::INFINITY));
        assert_eq!(f64s(0.5, false), Ok(0.5));
        assert_eq!(f64s(f64::NEG_INFINITY, false), Ok(f32::NEG_INFINITY));
        assert!(f64s(f64::NAN, false).expect("NaN").is_nan());
        assert!(f64s(-0.0, false).expect("zero").is_sign_negative());
    }
}
