//! Attributes that are parameters of kernels. Kernels take them as checked, so what is read from a file is checked here.

use super::{Attribute, AttributeError, AttributeValue, Attributes};
use crate::array::{DType, Dims, check_allocation};
use crate::kernel::convolution::{ConvShape, Geometry};
use crate::kernel::integer::IntegerOp;
use crate::kernel::normalization::NormKind;
use crate::kernel::pooling::Coverage;
use crate::kernel::recurrent::Cell;
use crate::ops::Operations;

/// The trait for a struct of a lower floor, where the derive can't be: its fields, and a check.
macro_rules! structs {
    ($($type:ident { $($field:ident),* } $check:expr;)*) => { $(
        impl AttributeValue for $type {
            const TYPE: &'static str = stringify!($type);
            fn to_attribute(&self) -> Option<Attribute> {
                let fields = [$((stringify!($field), self.$field.to_attribute()?)),*];
                Some(Attributes::new(Self::TYPE, fields).into())
            }
            fn from_attribute(attribute: &Attribute, of: &Operations) -> Result<Self, AttributeError> {
                let record = attribute.record()?;
                record.expect(Self::TYPE, &[$(stringify!($field)),*])?;
                let value = Self { $($field: record.read(stringify!($field), of)?),* };
                let check: fn(&Self) -> Result<(), String> = $check;
                check(&value).map_err(AttributeError::new)?;
                Ok(value)
            }
        }
    )* };
}

/// The same for an enum without fields.
macro_rules! enums {
    ($($type:ident { $($variant:ident),* })*) => { $(
        impl AttributeValue for $type {
            const TYPE: &'static str = stringify!($type);
            fn to_attribute(&self) -> Option<Attribute> {
                Some(Attribute::Text(match self { $(Self::$variant => stringify!($variant)),* }.to_owned()))
            }
            fn from_attribute(attribute: &Attribute, _: &Operations) -> Result<Self, AttributeError> {
                let Attribute::Text(text) = attribute else {
                    return Err(AttributeError::found(Self::TYPE, attribute));
                };
                match &**text {
                    $(stringify!($variant) => Ok(Self::$variant),)*
                    _ => {
                        let names: &[&str] = &[$(stringify!($variant)),*];
                        Err(AttributeError::found(&format!("one of {}", names.join(", ")), attribute))
                    }
                }
            }
        }
    )* };
}

structs! {
    Geometry { rank, input, output, kernel_size, stride, dilation, pad_before } check_geometry;
    ConvShape { geometry, in_channels, out_channels, groups } check_convolution;
    NormKind { centered, epsilon } |_| Ok(());
}

enums! {
    Cell { Lstm, Gru }
    IntegerOp {
        Add, Subtract, Multiply, Divide, Remainder, FloorDivide, FloorRemainder, Maximum, Minimum, Power, And, Or, Xor,
        ShiftLeft, ShiftRight
    }
}

/// The elements along an axis that windows cover, with the padding before it: at most what memory can hold.
fn padded(g: &Geometry, axis: usize) -> Option<usize> {
    let (input, output) = (g.input[axis], g.output[axis]);
    let reach =
        (g.kernel_size[axis].checked_sub(1)?).checked_mul(g.dilation[axis])?.checked_add(1)?;
    let last = output.saturating_sub(1).checked_mul(g.stride[axis])?;
    Some(last.checked_add(reach)?.max(input.checked_add(g.pad_before[axis])?))
}

/// The most elements of a window along an axis of fewer elements: the others are padding, which kernels pass one by one.
const MOST_PADDED: usize = 1 << 16;

/// An error unless windows have a size, a stride and a dilation, missing axes have size 1, and the padded image is one that
/// memory can hold: all offsets that a kernel computes are within it.
fn check_geometry(g: &Geometry) -> Result<(), String> {
    if !(1..=3).contains(&g.rank) {
        return Err(format!("takes a rank of 1 to 3, found {}", g.rank));
    }
    let missing = 0..3 - g.rank;
    let is_one = |axis: usize| {
        [g.input, g.output, g.kernel_size, g.stride, g.dilation].iter().all(|x| x[axis] == 1)
            && g.pad_before[axis] == 0
    };
    if !missing.clone().all(is_one) {
        return Err("takes sizes of 1 and no padding for axes before the spatial ones".to_owned());
    }
    if [g.kernel_size, g.stride, g.dilation].iter().flatten().any(|&size| size == 0) {
        return Err("takes a kernel size, a stride and a dilation of at least 1".to_owned());
    }
    let most = |axis: usize| g.input[axis].max(MOST_PADDED);
    if let Some(axis) = (0..3).find(|&axis| g.kernel_size[axis] > most(axis)) {
        let (most, found) = (most(axis), g.kernel_size[axis]);
        return Err(format!("takes a kernel size of at most {most}, found {found}"));
    }
    let extents: Option<Vec<usize>> = (0..3).map(|axis| padded(g, axis)).collect();
    let fits = |extents: Vec<usize>| {
        let dims = Dims::new(&[32, extents[0], extents[1], extents[2]]);
        check_allocation("conv", dims, DType::F64).is_ok()
    };
    match extents.is_some_and(fits) {
        true => Ok(()),
        false => Err("describes a padded image that is larger than memory can be".to_owned()),
    }
}

fn check_convolution(shape: &ConvShape) -> Result<(), String> {
    let ConvShape { geometry: g, in_channels, out_channels, groups } = *shape;
    if groups == 0 || in_channels % groups != 0 || out_channels % groups != 0 {
        return Err(format!(
            "takes groups that divide the channels, found {groups} groups of {in_channels} and {out_channels} channels"
        ));
    }
    let extent = |axis| padded(&g, axis).unwrap_or(usize::MAX);
    let sizes =
        |channels: usize| Dims::new(&[32, extent(0), extent(1), extent(2), channels.max(1)]);
    let [kd, kh, kw] = g.kernel_size;
    let kernel = Dims::new(&[kd, kh, kw, in_channels.max(1), out_channels.max(1)]);
    let fits = [sizes(in_channels), sizes(out_channels), kernel]
        .into_iter()
        .all(|dims| check_allocation("conv", dims, DType::F64).is_ok());
    match fits {
        true => Ok(()),
        false => Err("describes images that are larger than memory can be".to_owned()),
    }
}

/// By hand: an enum with fields.
impl AttributeValue for Coverage {
    const TYPE: &'static str = "Coverage";
    fn to_attribute(&self) -> Option<Attribute> {
        match self {
            Self::Window(geometry) => {
                let field = ("geometry", geometry.to_attribute()?);
                Some(Attributes::new("Window", [field]).into())
            }
            Self::Adaptive { input, output } => {
                let fields = [("input", input.to_attribute()?), ("output", output.to_attribute()?)];
                Some(Attributes::new("Adaptive", fields).into())
            }
        }
    }
    fn from_attribute(attribute: &Attribute, of: &Operations) -> Result<Self, AttributeError> {
        let record = attribute.record()?;
        if record.name() == "Window" {
            record.expect("Window", &["geometry"])?;
            return Ok(Self::Window(record.read("geometry", of)?));
        }
        record.expect("Adaptive", &["input", "output"])?;
        let [input, output]: [[usize; 3]; 2] =
            [record.read("input", of)?, record.read("output", of)?];
        if input.iter().chain(&output).any(|&size| size == 0) {
            return Err(AttributeError::new(
                "takes images and outputs of at least one element on each axis",
            ));
        }
        let sizes = input.iter().chain(&output).copied().chain([32]).collect::<Dims>();
        if check_allocation("pool", sizes, DType::F64).is_err() {
            return Err(AttributeError::new("describes images that are larger than memory can be"));
        }
        Ok(Self::Adaptive { input, output })
    }
}
