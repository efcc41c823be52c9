//! Shapes: tuples of axes, rank 0 to 8.

use std::any::TypeId;

use super::bit::Bit;
use super::dim::{Dim, Size, StretchesTo};
use super::names::U1;
use super::nat::{Nat, One};
use super::number::N;

/// A tuple of axes, such as `(Batch, U28, U28, U1)`. [`shape!`](crate::shape) writes it with plain numbers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a shape",
    label = "expected a tuple of 0 to 8 axes",
    note = "a shape is written `shape![Batch, 28, 28, 1]`; a shape of one axis needs its comma: `(Batch,)`"
)]
pub trait Shape: Sized + 'static + BroadcastsTo<Self> {
    /// The size of each axis, `None` for a runtime axis.
    const AXES: &'static [Option<usize>];
    /// The name of each axis, empty where it has none.
    const NAMES: &'static [&'static str];
    /// The type of each axis, which tells apart axes that have the same name.
    const TYPES: &'static [TypeId];
    /// A known divisor of the size of each axis, from its type: 1 for most.
    const MULTIPLES: &'static [usize];
    /// The product of the known sizes.
    type Count: Nat;
    /// The same as a size, for messages.
    type Elements: Size;
    /// The type-level list of the runtime axes, in order.
    type Runtime: 'static;

    /// Whether an array of these sizes has this shape. Equal runtime axes must have equal sizes, and the size
    /// of an upsampled axis must be a multiple of the factor.
    fn admits(sizes: &[usize]) -> bool {
        Self::mismatch(sizes).is_none()
    }

    /// The reasons why an array of these sizes doesn't have this shape, axis by axis; `None` if it does.
    fn mismatch(sizes: &[usize]) -> Option<String> {
        mismatch(Self::AXES, Self::NAMES, Self::TYPES, Self::MULTIPLES, sizes)
    }

    /// The shape in words: `(Batch, 28, 28, 1)`, with `Heads = 8` for a static axis with a name.
    fn describe() -> String {
        let describe = |(size, name): (&Option<usize>, &&str)| match size {
            None => (*name).to_owned(),
            Some(size) if name.is_empty() => size.to_string(),
            Some(size) => format!("{name} = {size}"),
        };
        let axes: Vec<String> = Self::AXES.iter().zip(Self::NAMES).map(describe).collect();
        format!("({}{})", axes.join(", "), if axes.len() == 1 { "," } else { "" })
    }
}

/// The reasons why `sizes` don't fit these axes, axis by axis. If all sizes are known, the slices after `axes`
/// may be empty.
pub(crate) fn mismatch(
    axes: &[Option<usize>],
    names: &[&str],
    types: &[TypeId],
    multiples: &[usize],
    sizes: &[usize],
) -> Option<String> {
    let (expected, found) = (axes.len(), sizes.len());
    if expected != found {
        let plural = if expected == 1 { "axis" } else { "axes" };
        return Some(format!("expected {expected} {plural}, found {found}"));
    }
    let twin = |i: usize| (0..i).find(|&j| types[i] == types[j] && sizes[i] != sizes[j]);
    let problem = |i: usize| {
        let size = sizes[i];
        if let Some(expected) = axes[i] {
            return (size != expected)
                .then(|| format!("axis {i}: expected {expected}, found {size}"));
        }
        let (name, multiple) = (names[i], multiples[i]);
        if let Some(j) = twin(i) {
            return Some(format!(
                "axis {i}, `{name}`: expected {}, as axis {j} of this name is, found {size}",
                sizes[j]
            ));
        }
        let fits = size.is_multiple_of(multiple);
        (!fits)
            .then(|| format!("axis {i}, `{name}`: expected a multiple of {multiple}, found {size}"))
    };
    let problems: Vec<String> = (0..expected).filter_map(problem).collect();
    (!problems.is_empty()).then(|| problems.join("; "))
}

/// A shape without runtime axes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has an axis whose size isn't known at compile time",
    label = "every axis must be a size here",
    note = "where the shape has a runtime axis, give its size: `Tensor::zeros_of(&[n])`, `ones_of`, `full_of`, and `x.normal_like(key)` of these",
    note = "or start from data: `Tensor::from_vec`, or `Tensor::try_from` an array"
)]
pub trait StaticShape: Shape {
    /// The number of elements of a tensor of this shape.
    const ELEMENTS: usize = <Self::Count as Nat>::USIZE;
}

/// A shape that broadcasts to `T`: the shapes are aligned at the last axis, and each axis is that of `T` or has
/// size 1.
#[diagnostic::on_unimplemented(
    message = "shape `{Self}` doesn't broadcast to `{T}`",
    label = "`{Self}` against `{T}`",
    note = "axes are aligned at the last one; each must be the same on both sides, or `U<1>` on the side that is broadcast",
    note = "the right side broadcasts to the shape of the left side: the larger shape is on the left"
)]
pub trait BroadcastsTo<T> {}

macro_rules! shape_of_rank {
    ($($axis:ident)*) => {
        impl<$($axis: Dim),*> Shape for ($($axis,)*) {
            const AXES: &'static [Option<usize>] = &[$($axis::SIZE),*];
            const NAMES: &'static [&'static str] = &[$($axis::NAME),*];
            const TYPES: &'static [TypeId] = &[$(TypeId::of::<$axis>()),*];
            const MULTIPLES: &'static [usize] = &[$($axis::MULTIPLE_OF),*];
            type Count = shape_of_rank!(@count $($axis)*);
            type Elements = shape_of_rank!(@elements $($axis)*);
            type Runtime = shape_of_rank!(@runtime $($axis)*);
        }
        #[diagnostic::do_not_recommend]
        impl<$($axis: Size),*> StaticShape for ($($axis,)*) {}
    };
    (@count) => { One };
    (@count $axis:ident $($rest:ident)*) => {
        <$axis as Dim>::CountInto<shape_of_rank!(@count $($rest)*)>
    };
    (@elements) => { U1 };
    (@elements $axis:ident $($rest:ident)*) => {
        <$axis as Dim>::Times<shape_of_rank!(@elements $($rest)*)>
    };
    (@runtime) => { () };
    (@runtime $axis:ident $($rest:ident)*) => {
        <<$axis as N>::IsKnown as Bit>::Listed<$axis, shape_of_rank!(@runtime $($rest)*)>
    };
}
shape_of_rank!();
shape_of_rank!(A);
shape_of_rank!(A B);
shape_of_rank!(A B C);
shape_of_rank!(A B C D);
shape_of_rank!(A B C D E);
shape_of_rank!(A B C D E F);
shape_of_rank!(A B C D E F G);
shape_of_rank!(A B C D E F G H);

macro_rules! broadcasts {
    // The axes `leading` occur in the target only. Each axis in `from` is compared with the axis `to` that follows it.
    ($([$($leading:ident)*] $($from:ident $to:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* $($from: Dim + StretchesTo<$to>, $to: Dim),*>
            BroadcastsTo<($($leading,)* $($to,)*)> for ($($from,)*) {}
    )* };
}
broadcasts! {
    [];
    [A]; [] I A;
    [A B]; [A] I B; [] I A J B;
    [A B C]; [A B] I C; [A] I B J C; [] I A J B K C;
    [A B C D]; [A B C] I D; [A B] I C J D; [A] I B J C K D; [] I A J B K C L D;
    [A B C D E]; [A B C D] I E; [A B C] I D J E; [A B] I C J D K E; [A] I B J C K D L E;
    [] I A J B K C L D M E;
    [A B C D E F]; [A B C D E] I F; [A B C D] I E J F; [A B C] I D J E K F;
    [A B] I C J D K E L F; [A] I B J C K D L E M F; [] I A J B K C L D M E N F;
    [A B C D E F G]; [A B C D E F] I G; [A B C D E] I F J G; [A B C D] I E J F K G;
    [A B C] I D J E K F L G; [A B] I C J D K E L F M G; [A] I B J C K D L E M F N G;
    [] I A J B K C L D M E N F O G;
    [A B C D E F G H]; [A B C D E F G] I H; [A B C D E F] I G J H; [A B C D E] I F J G K H;
    [A B C D] I E J F K G L H; [A B C] I D J E K F L G M H; [A B] I C J D K E L F M G N H;
    [A] I B J C K D L E M F N G O H; [] I A J B K C L D M E N F O G P H;
}
