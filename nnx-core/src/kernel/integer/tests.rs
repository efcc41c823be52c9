//! Loops over integers against one element at a time, in i128.

use super::*;
use crate::kernel::fold::Block;

/// Wraps a wide result to the type.
trait Wrap: Integer + std::fmt::Debug {
    fn wide(self) -> i128;
    fn wrap(wide: i128) -> Self;
}
macro_rules! wrap {
    ($($type:ident)*) => { $(
        impl Wrap for $type {
            fn wide(self) -> i128 {
                i128::from(self)
            }
            fn wrap(wide: i128) -> Self {
                wide as $type
            }
        }
    )* };
}
wrap!(i32 i64 u32 u8);

/// The ends of the range, small numbers, and some between.
fn numbers<T: Wrap>() -> Vec<T> {
    let some = (0..40).map(|i: i128| T::wrap(i * 0x1234_5678_9abc_def1 + i * i * i));
    let small = (-9..=70).map(T::wrap);
    [T::MIN, T::MAX].into_iter().chain(small).chain(some).collect()
}

fn all_pairs<T: Wrap>() {
    use IntegerOp as Op;
    let x = numbers::<T>();
    let bits = 8 * size_of::<T>() as i128;
    for op in [
        Op::Add,
        Op::Subtract,
        Op::Multiply,
        Op::Divide,
        Op::Remainder,
        Op::FloorDivide,
        Op::FloorRemainder,
        Op::Maximum,
        Op::Minimum,
        Op::And,
        Op::Or,
        Op::Xor,
        Op::ShiftLeft,
        Op::ShiftRight,
    ] {
        for &b in &x {
            let mut found = x.clone();
            update(op, &mut found, &vec![b; x.len()]);
            for (&a, found) in x.iter().zip(found) {
                let (wide_a, wide_b) = (a.wide(), b.wide());
                let in_range = (0..bits).contains(&wide_b);
                let expected = match op {
                    Op::Add => wide_a + wide_b,
                    Op::Subtract => wide_a - wide_b,
                    Op::Multiply => wide_a.wrapping_mul(wide_b),
                    Op::Divide if wide_b == 0 => -1,
                    Op::Divide => wide_a / wide_b,
                    Op::Remainder if wide_b == 0 => wide_a,
                    Op::Remainder => wide_a % wide_b,
                    // JAX's formula for a divisor of 0: one less if the signs differ, for signed types.
                    Op::FloorDivide if wide_b == 0 => {
                        if T::MIN.wide() < 0 && wide_a != 0 {
                            -2
                        } else {
                            -1
                        }
                    }
                    Op::FloorDivide => {
                        wide_a.div_euclid(wide_b)
                            - i128::from(wide_b < 0 && wide_a.rem_euclid(wide_b) != 0)
                    }
                    Op::FloorRemainder if wide_b == 0 => 0,
                    Op::FloorRemainder => ((wide_a % wide_b) + wide_b) % wide_b,
                    Op::Maximum => wide_a.max(wide_b),
                    Op::Minimum => wide_a.min(wide_b),
                    Op::And => wide_a & wide_b,
                    Op::Or => wide_a | wide_b,
                    Op::Xor => wide_a ^ wide_b,
                    Op::ShiftLeft if in_range => wide_a << wide_b,
                    Op::ShiftLeft => 0,
                    Op::ShiftRight if in_range => wide_a >> wide_b,
                    Op::ShiftRight => {
                        if wide_a < 0 {
                            -1
                        } else {
                            0
                        }
                    }
                    Op::Power => unreachable!("has a test of its own"),
                };
                assert_eq!(found, T::wrap(expected), "{op:?} of {a:?} and {b:?}");
            }
        }
    }
}

#[test]
fn operations_of_two_integers_wrap_and_are_defined_for_all_pairs() {
    all_pairs::<i32>();
    all_pairs::<i64>();
    all_pairs::<u32>();
    all_pairs::<u8>();
}

fn powers<T: Wrap>() {
    for base in numbers::<T>() {
        let (mut up, mut expected) = (T::ZERO, T::ONE);
        for _ in 0..100 {
            assert_eq!(base.power(up), expected, "{base:?}^{up:?}");
            (up, expected) = (up.add(T::ONE), T::wrap(expected.wide().wrapping_mul(base.wide())));
        }
        for negative in [-1, -2, -3].map(T::wrap).into_iter().filter(|&n| n < T::ZERO) {
            let odd = negative.wide() % 2 != 0;
            let expected = match base.wide() {
                1 => 1,
                -1 => {
                    if odd {
                        -1
                    } else {
                        1
                    }
                }
                _ => 0,
            };
            assert_eq!(base.power(negative).wide(), expected, "{base:?}^{negative:?}");
        }
    }
}

#[test]
fn powers_are_products_and_negative_exponents_round_to_zero() {
    powers::<i32>();
    powers::<i64>();
    powers::<u32>();
    powers::<u8>();
}

fn maps<T: Wrap>() {
    let x = numbers::<T>();
    for op in [IntegerMap::Negate, IntegerMap::Abs, IntegerMap::Sign, IntegerMap::Not] {
        let mut found = x.clone();
        map(op, &mut found);
        for (&x, found) in x.iter().zip(found) {
            let expected = match op {
                IntegerMap::Negate => -x.wide(),
                IntegerMap::Abs => x.wide().abs(),
                IntegerMap::Sign => x.wide().signum(),
                IntegerMap::Not => !x.wide(),
            };
            assert_eq!(found, T::wrap(expected), "{op:?} of {x:?}");
        }
    }
}

#[test]
fn operations_of_one_integer_wrap() {
    maps::<i32>();
    maps::<i64>();
    maps::<u32>();
    maps::<u8>();
}

fn folds<T: Wrap>(block: Block) {
    let Block { outer, length, inner } = block;
    let x: Vec<T> =
        (0..outer * length * inner).map(|i| T::wrap(i as i128 * 0x1357_9bdf_1357_9bdf)).collect();
    for kind in [IntegerFold::Sum, IntegerFold::Product, IntegerFold::Max, IntegerFold::Min] {
        let join = |a: T, b: T| match kind {
            IntegerFold::Sum => T::wrap(a.wide() + b.wide()),
            IntegerFold::Product => T::wrap(a.wide().wrapping_mul(b.wide())),
            IntegerFold::Max => a.max(b),
            IntegerFold::Min => a.min(b),
        };
        let mut found = vec![T::wrap(77); block.reduced()];
        fold(kind, &x, block, &mut found);
        for (at, &found) in found.iter().enumerate() {
            let element = |l| x[(at / inner * length + l) * inner + at % inner];
            let expected = (0..length).map(element).fold(kind.start(), join);
            assert_eq!(found, expected, "{kind:?} {block:?} at {at}");
        }
        for reverse in [false, true] {
            let mut found = vec![T::wrap(77); x.len()];
            cumulate(kind, &x, block, reverse, &mut found);
            for column in 0..block.reduced() {
                let at = |l: usize| (column / inner * length + l) * inner + column % inner;
                let mut so_far = kind.start();
                for l in 0..length {
                    let at = at(if reverse { length - 1 - l } else { l });
                    so_far = join(so_far, x[at]);
                    assert_eq!(found[at], so_far, "{kind:?} {block:?} reverse {reverse} at {at}");
                }
            }
        }
    }
}

impl IntegerFold {
    fn start<T: Wrap>(self) -> T {
        match self {
            Self::Sum => T::wrap(0),
            Self::Product => T::wrap(1),
            Self::Max => T::MIN,
            Self::Min => T::MAX,
        }
    }
}

#[test]
fn folds_of_all_blocks_equal_one_element_after_the_other() {
    for (outer, length, inner) in [
        (0, 3, 2),
        (2, 0, 3),
        (2, 3, 0),
        (1, 1, 1),
        (3, 7, 1),
        (40, 33, 1),
        (1, 70_000, 1),
        (2, 20_000, 3),
        (5, 9, 17),
        (1, 4, 1300),
        (3, 5, 513),
        (1, 100, 512),
        (20, 2000, 1),
    ] {
        let block = Block { outer, length, inner };
        folds::<i32>(block);
        folds::<u8>(block);
        folds::<u32>(block);
        folds::<i64>(block);
    }
}
