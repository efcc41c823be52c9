//! The operators of `DynTensor`: of two tensors, with broadcasting, and of a tensor and a number.

use std::mem::replace;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use super::DynTensor;
use super::binary::{Difference, Product, Quotient, Sum};
use super::unary::{Negate, Unary};
use crate::array::{Array, DType};

impl Neg for DynTensor {
    type Output = Self;
    #[track_caller]
    fn neg(self) -> Self {
        Self::apply(Unary(Negate {}), [self])
    }
}

impl Neg for &DynTensor {
    type Output = DynTensor;
    #[track_caller]
    fn neg(self) -> DynTensor {
        -self.clone()
    }
}

impl DynTensor {
    /// Moves the tensor out, so that its buffer keeps a single owner if it has one. `self` becomes a scalar; the caller
    /// then assigns the result.
    pub(crate) fn move_out(&mut self) -> Self {
        replace(self, Array::full_float(0.0, DType::F32, &[]).into())
    }
}

macro_rules! operators {
    ($($operator:ident $method:ident $assign:ident $assign_method:ident $rule:ident,
        |$x:ident, $number:ident| $right:expr, $left:expr;)*) => { $(
        impl $operator for DynTensor {
            type Output = Self;
            #[track_caller]
            fn $method(self, other: Self) -> Self {
                Self::apply_broadcast($rule, self, other)
            }
        }
        impl $operator for &DynTensor {
            type Output = DynTensor;
            #[track_caller]
            fn $method(self, other: Self) -> DynTensor {
                DynTensor::apply_broadcast($rule, self.clone(), other.clone())
            }
        }
        impl $operator<f64> for DynTensor {
            type Output = Self;
            #[track_caller]
            fn $method(self, $number: f64) -> Self {
                let $x = self;
                $right
            }
        }
        impl $operator<DynTensor> for f64 {
            type Output = DynTensor;
            #[track_caller]
            fn $method(self, $x: DynTensor) -> DynTensor {
                let $number = self;
                $left
            }
        }
        /// In place, if no other tensor shares the buffer.
        impl<R> $assign<R> for DynTensor
        where
            Self: $operator<R, Output = Self>,
        {
            #[track_caller]
            fn $assign_method(&mut self, right: R) {
                *self = self.move_out().$method(right);
            }
        }
    )* };
}
operators! {
    Add add AddAssign add_assign Sum, |x, number| x.add_scalar(number), x.add_scalar(number);
    Sub sub SubAssign sub_assign Difference, |x, number| x.add_scalar(-number), (-x).add_scalar(number);
    Mul mul MulAssign mul_assign Product, |x, number| x.mul_scalar(number), x.mul_scalar(number);
    // Not a product with 1 / number, which would be rounded twice.
    Div div DivAssign div_assign Quotient, |x, number| {
        let number = x.full_like(number);
        x / number
    }, x.full_like(number) / x;
}
