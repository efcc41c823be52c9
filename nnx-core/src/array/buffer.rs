//! Reference-counted memory of one element type.

use std::sync::Arc;

use super::dtype::DType;
use super::storage::Storage;

/// Elements that several arrays may share.
#[allow(unreachable_pub, reason = "named by a sealed trait, which is public")]
pub type Shared<E> = Arc<Storage<E>>;

/// The memory of an array.
#[derive(Debug, Clone)]
pub enum Buffer {
    F32(Shared<f32>),
    F64(Shared<f64>),
    I32(Shared<i32>),
    I64(Shared<i64>),
    U32(Shared<u32>),
    U8(Shared<u8>),
    Bool(Shared<bool>),
}

impl Buffer {
    /// Whether both are the same memory.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::F32(a), Self::F32(b)) => Arc::ptr_eq(a, b),
            (Self::F64(a), Self::F64(b)) => Arc::ptr_eq(a, b),
            (Self::I32(a), Self::I32(b)) => Arc::ptr_eq(a, b),
            (Self::I64(a), Self::I64(b)) => Arc::ptr_eq(a, b),
            (Self::U32(a), Self::U32(b)) => Arc::ptr_eq(a, b),
            (Self::U8(a), Self::U8(b)) => Arc::ptr_eq(a, b),
            (Self::Bool(a), Self::Bool(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    pub(crate) fn dtype(&self) -> DType {
        match self {
            Self::F32(_) => DType::F32,
            Self::F64(_) => DType::F64,
            Self::I32(_) => DType::I32,
            Self::I64(_) => DType::I64,
            Self::U32(_) => DType::U32,
            Self::U8(_) => DType::U8,
            Self::Bool(_) => DType::Bool,
        }
    }
}
