//! Reference-counted memory of one element type.

use std::sync::Arc;

use super::dtype::DType;
use super::storage::Storage;

/// A reference-counted buffer, which several arrays may share.
#[allow(unreachable_pub, reason = "named by a sealed trait, which is public")]
pub type Shared<E> = Arc<Storage<E>>;

/// The buffer of an array, with its element type.
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
