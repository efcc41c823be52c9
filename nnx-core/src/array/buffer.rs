//! Reference-counted memory of one element type.

use std::ops::Deref;
use std::sync::Arc;

use super::dtype::{DType, Sealed};
use super::pool;
use super::storage::Storage;
use crate::kernel::bf16::Bf16;

/// Elements that several arrays may share. The last owner gives their memory, with the reference counter, to the pool.
#[allow(unreachable_pub, reason = "named by a sealed trait, which is public")]
#[derive(Debug, Clone)]
pub struct Shared<E: Sealed>(Option<Arc<Storage<E>>>);

impl<E: Sealed> Shared<E> {
    pub(super) fn new(storage: Arc<Storage<E>>) -> Self {
        Self(Some(storage))
    }

    /// The elements, if there is no other owner.
    pub(super) fn get_mut(&mut self) -> Option<&mut Storage<E>> {
        self.0.as_mut().and_then(Arc::get_mut)
    }

    /// Whether both are the same memory.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        matches!((&self.0, &other.0), (Some(a), Some(b)) if Arc::ptr_eq(a, b))
    }
}

impl<E: Sealed> Deref for Shared<E> {
    type Target = Storage<E>;
    fn deref(&self) -> &Storage<E> {
        self.0.as_ref().expect("taken by `drop` alone")
    }
}

impl<E: Sealed> Drop for Shared<E> {
    /// Must not panic: a panic while another one unwinds aborts the process.
    fn drop(&mut self) {
        let Some(storage) = self.0.take() else { return };
        // The count alone first, which is cheaper: most arrays that are dropped share their buffer.
        if Arc::strong_count(&storage) == 1 {
            drop_last(storage);
        }
    }
}

/// Gives the memory of the last owner to the pool. It isn't inlined: the drop of an array, whose buffer has one of seven types,
/// is compiled in many places.
#[inline(never)]
fn drop_last<E: Sealed>(mut storage: Arc<Storage<E>>) {
    if Arc::get_mut(&mut storage).is_some_and(Storage::release) {
        pool::release(storage);
    }
}

/// The memory of an array.
#[allow(unreachable_pub, reason = "named by a sealed trait, which is public")]
#[derive(Debug, Clone)]
pub enum Buffer {
    F32(Shared<f32>),
    F64(Shared<f64>),
    Bf16(Shared<Bf16>),
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
            (Self::F32(a), Self::F32(b)) => a.is_same(b),
            (Self::F64(a), Self::F64(b)) => a.is_same(b),
            (Self::Bf16(a), Self::Bf16(b)) => a.is_same(b),
            (Self::I32(a), Self::I32(b)) => a.is_same(b),
            (Self::I64(a), Self::I64(b)) => a.is_same(b),
            (Self::U32(a), Self::U32(b)) => a.is_same(b),
            (Self::U8(a), Self::U8(b)) => a.is_same(b),
            (Self::Bool(a), Self::Bool(b)) => a.is_same(b),
            _ => false,
        }
    }

    pub(crate) fn dtype(&self) -> DType {
        match self {
            Self::F32(_) => DType::F32,
            Self::F64(_) => DType::F64,
            Self::Bf16(_) => DType::Bf16,
            Self::I32(_) => DType::I32,
            Self::I64(_) => DType::I64,
            Self::U32(_) => DType::U32,
            Self::U8(_) => DType::U8,
            Self::Bool(_) => DType::Bool,
        }
    }
}
