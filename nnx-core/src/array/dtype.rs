//! Element types.

use std::fmt::{self, Debug};

use super::buffer::{Buffer, Shared};
use super::pool::{FreeBuffer, FreeList, LocalPool, SharedPool};
use crate::kernel::Zeroable;
use crate::kernel::bf16::Bf16;

/// The type of an array's elements, at run time. PyTorch's `dtype`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// 32-bit floats, the default.
    F32,
    /// 64-bit floats.
    F64,
    /// Upper halves of 32-bit floats, in which weights can be stored: see [`to_bf16`](crate::module::to_bf16). No tensor has
    /// them as its element type: operations read them as f32.
    Bf16,
    /// 32-bit signed integers: labels and indices.
    I32,
    /// 64-bit signed integers: labels and indices of other programs, such as PyTorch's.
    I64,
    /// 32-bit unsigned integers: keys of random streams.
    U32,
    /// Bytes: pixels.
    U8,
    /// Booleans: masks.
    Bool,
}

impl DType {
    /// All element types.
    pub(crate) const ALL: [Self; 8] =
        [Self::F32, Self::F64, Self::Bf16, Self::I32, Self::I64, Self::U32, Self::U8, Self::Bool];

    /// Bytes per element.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::Bf16 => 2,
            Self::U8 | Self::Bool => 1,
        }
    }

    /// Whether it is a floating-point type, which can have gradients: f32 or f64.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Whether elements are read as floating-point numbers: f32, f64, and bf16, which is read as f32.
    pub(crate) fn is_read_as_float(self) -> bool {
        self.is_float() || self == Self::Bf16
    }

    /// Whether it is an integer type, signed or not.
    #[must_use]
    pub fn is_integer(self) -> bool {
        matches!(self, Self::I32 | Self::I64 | Self::U32 | Self::U8)
    }

    /// Whether it is a type of labels and indices.
    pub(crate) fn is_label(self) -> bool {
        matches!(self, Self::I32 | Self::I64)
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Bf16 => "bf16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::U32 => "u32",
            Self::U8 => "u8",
            Self::Bool => "bool",
        })
    }
}

/// An element type: `f32`, `f64`, `i32`, `i64`, `u32`, `u8` or `bool`. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't an element type of tensors",
    label = "expected `f32`, `f64`, `i32`, `i64`, `u32`, `u8` or `bool`"
)]
pub trait Element: Sealed + Copy + Debug + Default + PartialEq + Send + Sync + 'static {
    /// The type at run time.
    const DTYPE: DType;
}

/// What a buffer holds: elements, and bf16. Conversions between a buffer and its elements.
pub trait Sealed: Zeroable + Copy + Debug + Default + PartialEq + Send + Sync + 'static {
    /// The type at run time: that of [`Element`].
    #[doc(hidden)]
    const STORED: DType;
    /// A value that correct results rarely contain: NaN, or the largest or smallest value. Debug builds fill
    /// uninitialized memory with it.
    #[doc(hidden)]
    const POISON: Self;
    #[doc(hidden)]
    fn pool() -> &'static SharedPool;
    /// Calls `use_pool` with the pool of this thread, unless the thread is ending.
    #[doc(hidden)]
    fn with_local_pool(
        use_pool: &mut dyn FnMut(&LocalPool) -> Option<FreeBuffer>,
    ) -> Option<Option<FreeBuffer>>;
    #[doc(hidden)]
    fn wrap(elements: Shared<Self>) -> Buffer;
    #[doc(hidden)]
    fn unwrap(buffer: &Buffer) -> Option<&Shared<Self>>;
    #[doc(hidden)]
    fn unwrap_mut(buffer: &mut Buffer) -> Option<&mut Shared<Self>>;
}

macro_rules! stored {
    ($($element:ident $dtype:ident $poison:expr;)*) => { $(
        impl Sealed for $element {
            const STORED: DType = DType::$dtype;
            const POISON: Self = $poison;
            fn pool() -> &'static SharedPool {
                static POOL: SharedPool = SharedPool::new(FreeList::new());
                &POOL
            }
            fn with_local_pool(
                use_pool: &mut dyn FnMut(&LocalPool) -> Option<FreeBuffer>,
            ) -> Option<Option<FreeBuffer>> {
                thread_local! {
                    static POOL: LocalPool = const { LocalPool::new(FreeList::new()) };
                }
                POOL.try_with(use_pool).ok()
            }
            fn wrap(elements: Shared<Self>) -> Buffer {
                Buffer::$dtype(elements)
            }
            fn unwrap(buffer: &Buffer) -> Option<&Shared<Self>> {
                match buffer {
                    Buffer::$dtype(elements) => Some(elements),
                    _ => None,
                }
            }
            fn unwrap_mut(buffer: &mut Buffer) -> Option<&mut Shared<Self>> {
                match buffer {
                    Buffer::$dtype(elements) => Some(elements),
                    _ => None,
                }
            }
        }
    )* };
}
stored! {
    f32 F32 f32::NAN;
    f64 F64 f64::NAN;
    Bf16 Bf16 Bf16::NAN;
    i32 I32 i32::MIN;
    i64 I64 i64::MIN;
    u32 U32 u32::MAX;
    u8 U8 u8::MAX;
    bool Bool true;
}

macro_rules! elements {
    ($($element:ident)*) => { $(
        impl Element for $element {
            const DTYPE: DType = <$element as Sealed>::STORED;
        }
    )* };
}
elements!(f32 f64 i32 i64 u32 u8 bool);

/// Runs `$body` with `$element` as the type of a `DType`, which must be one of those listed.
macro_rules! for_types {
    ($dtype:expr, $element:ident => $body:expr; $($variant:ident $type:ty),*; $($other:tt)*) => {
        match $dtype {
            $($crate::array::DType::$variant => {
                type $element = $type;
                $body
            })*
            $($other)*
        }
    };
}

/// Runs `$body` with `$element` as the type of a `DType`: an element, or bf16.
macro_rules! for_stored {
    ($dtype:expr, $element:ident => $body:expr) => {
        $crate::array::dtype::for_types!(
            $dtype, $element => $body;
            F32 f32, F64 f64, Bf16 $crate::array::Bf16, I32 i32, I64 i64, U32 u32, U8 u8, Bool bool;
        )
    };
}

/// [`for_stored`] for the element types only. Operations widen bf16 before.
macro_rules! for_element {
    ($dtype:expr, $element:ident => $body:expr) => {
        $crate::array::dtype::for_types!(
            $dtype, $element => $body;
            F32 f32, F64 f64, I32 i32, I64 i64, U32 u32, U8 u8, Bool bool;
            $crate::array::DType::Bf16 => unreachable!("a kernel was given bf16, which it doesn't read"),
        )
    };
}

/// [`for_stored`] for the floating-point types only. The shape rule of an operation refuses all other types before.
macro_rules! for_float {
    ($dtype:expr, $element:ident => $body:expr) => {
        $crate::array::dtype::for_types!(
            $dtype, $element => $body; F32 f32, F64 f64;
            other => unreachable!("a floating-point kernel was given {other}"),
        )
    };
}

/// [`for_stored`] for the integer types only. The shape rule of an operation refuses all other types before.
macro_rules! for_integer {
    ($dtype:expr, $element:ident => $body:expr) => {
        $crate::array::dtype::for_types!(
            $dtype, $element => $body; I32 i32, I64 i64, U32 u32, U8 u8;
            other => unreachable!("a kernel of integers was given {other}"),
        )
    };
}
pub(crate) use {for_element, for_float, for_integer, for_stored, for_types};
