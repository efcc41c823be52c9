//! Rules of complex numbers, which are pairs along the last axis, and of Fourier transforms.

use super::{Axis, HasAxis, LastAxis};
use crate::size::HoldsWindow;
use crate::size::arithmetic::{Positive, Quotient, Sum, Windows};
use crate::size::dim::{Dim, Size};
use crate::size::names::{U1, U2};
use crate::size::shape::Shape;

/// The number of frequencies of the transform of `N` real numbers: `N/2 + 1`.
pub type Frequencies<N> = Sum<Quotient<N, U2>, U1>;

/// A shape of at most 7 axes, to which one for real and imaginary parts can be added.
#[diagnostic::on_unimplemented(
    message = "complex numbers of shape `{Self}` would have more than 8 axes",
    label = "expected at most 7 axes: another one of 2 holds the real and the imaginary part"
)]
pub trait RealParts: Shape {
    /// The shape with a last axis of size 2 added.
    type Complex: ComplexNumbers<Real = Self>;
}

/// Complex numbers `(.., 2)`: the last axis holds the real and the imaginary part.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't the shape of complex numbers",
    label = "expected a last axis of 2: the real and the imaginary part",
    note = "`Tensor::complex(real, imaginary)` makes complex numbers of two tensors"
)]
pub trait ComplexNumbers: Shape {
    /// The shape without the last axis.
    type Real: Shape;
}

macro_rules! complex {
    ($($($axis:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($axis: Dim),*> RealParts for ($($axis,)*) {
            type Complex = ($($axis,)* U2,);
        }
        #[diagnostic::do_not_recommend]
        impl<$($axis: Dim),*> ComplexNumbers for ($($axis,)* U2,) {
            type Real = ($($axis,)*);
        }
    )* };
}
complex! { ; A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; }

/// Complex numbers with an axis of index `I` before the last one, which holds the real and the imaginary part.
#[diagnostic::on_unimplemented(
    message = "complex numbers of shape `{Self}` have no axis of index {I} to transform",
    label = "the last axis must be of 2 and holds the parts; axes before it are counted from 0",
    note = "of real numbers it is `x.rfft::<{I}>()`, or that of `Tensor::complex(x.clone(), x.zeros_like())`"
)]
pub trait ComplexAxis<const I: usize>: Shape {}
#[diagnostic::do_not_recommend]
impl<const I: usize, S: ComplexNumbers<Real: HasAxis<I>>> ComplexAxis<I> for S {}

/// Fails the build if a Fourier transform is of 0 numbers.
#[track_caller]
const fn assert_transform<N: Size>() {
    assert!(N::USIZE != 0, "a Fourier transform of 0 numbers: it is of at least 1");
}

/// A shape of at most 7 axes with an axis of index `I`, a size above 0, along which real numbers are transformed.
#[diagnostic::on_unimplemented(
    message = "real numbers of shape `{Self}` can't be transformed along axis {I}",
    label = "expected at most 7 axes, and a size above 0 as that axis; axes are counted from 0",
    note = "of a runtime axis the number of frequencies has no type: cut it into windows of a size, `x.stft::<W, Hop>(..)`, or transform complex numbers"
)]
pub trait RealSpectrum<const I: usize>: SpectrumShape<I> {
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<const I: usize, S> RealSpectrum<I> for S
where
    S: SpectrumShape<I> + HasAxis<I>,
    S::Axis: Positive,
{
    const CHECKED: () = assert_transform::<S::Axis>();
}

/// The result of [`RealSpectrum`], without its condition on the axis, for the reason given at [`HasAxis`].
#[diagnostic::on_unimplemented(
    message = "real numbers of shape `{Self}` can't be transformed along axis {I}",
    label = "expected at most 7 axes; axes are counted from 0"
)]
pub trait SpectrumShape<const I: usize>: Shape {
    /// The shape with the number of frequencies as that axis, and a last axis of size 2 added.
    type Output: Shape;
}
#[diagnostic::do_not_recommend]
impl<const I: usize, S> SpectrumShape<I> for S
where
    S: HasAxis<I>,
    S::Replaced<Frequencies<S::Axis>>: RealParts,
{
    type Output = <S::Replaced<Frequencies<S::Axis>> as RealParts>::Complex;
}

/// Complex numbers whose axis of index `I` has the frequencies of `N` real numbers: `N/2 + 1`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't the spectrum of `{N}` real numbers along axis {I}",
    label = "expected `N/2 + 1` frequencies along that axis, and a last axis of 2",
    note = "F frequencies are those of 2 F - 2 real numbers, or of 2 F - 1"
)]
pub trait SpectrumOf<const I: usize, N>: Shape {
    /// The shape of the real numbers.
    type Output: Shape;
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
#[diagnostic::do_not_recommend]
impl<const I: usize, N: Positive, S> SpectrumOf<I, N> for S
where
    S: ComplexNumbers,
    S::Real: HasAxis<I, Axis = Frequencies<N>>,
{
    type Output = <S::Real as HasAxis<I>>::Replaced<N>;
    const CHECKED: () = assert_transform::<N>();
}

/// Implementations for an axis that no shape has. Without them, rustc would say that real numbers have no method
/// `irfft`: see [`HasAxis`].
macro_rules! no_spectrum {
    ($($($axis:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($axis: Dim,)* N: Size> SpectrumOf<{ usize::MAX - 2 }, N> for ($($axis,)*) {
            type Output = ();
            const CHECKED: () = ();
        }
    )* };
}
no_spectrum! { ; A; A B; A B C; A B C D; A B C D E; A B C D E F; A B C D E F G; A B C D E F G H; }

/// Samples `(.., T)` of at most 6 axes that are cut into windows of `W`, `Hop` apart.
#[diagnostic::on_unimplemented(
    message = "samples of shape `{Self}` can't be cut into windows of `{W}` with a hop of `{Hop}`",
    label = "expected at most 6 axes, of which the last holds a window; both sizes are above 0"
)]
pub trait Framed<W, Hop>: Shape {
    /// `(.., F, W/2 + 1)`, where F is the number of windows.
    type Power: Shape;
    /// The shape `(.., F, W/2 + 1, 2)`, with the real and the imaginary part as the last axis.
    type Spectrum: ComplexNumbers<Real = Self::Power>;
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}

macro_rules! framed {
    ($($($leading:ident)*;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($leading: Dim,)* T: HoldsWindow<W>, W: Positive, Hop: Positive> Framed<W, Hop>
            for ($($leading,)* T,)
        {
            type Power = ($($leading,)* Windows<T, W, Hop>, Frequencies<W>);
            type Spectrum = ($($leading,)* Windows<T, W, Hop>, Frequencies<W>, U2);
            const CHECKED: () = {
                assert!(W::USIZE != 0 && Hop::USIZE != 0, "frames of 0 samples, or 0 samples apart: both are at least 1");
                let () = <T as HoldsWindow<W>>::CHECKED;
            };
        }
    )* };
}
framed! { ; A; A B; A B C; A B C D; A B C D E; }

/// Without these implementations, two for each shape, of sizes that no window has, rustc would say of a scalar and of more
/// than 6 axes that they have no method `stft`: see [`HasAxis`].
macro_rules! no_frames {
    ($($($axis:ident)*;)*) => { $(
        no_frames!(@of Axis<0>, $($axis)*);
        no_frames!(@of Axis<1>, $($axis)*);
    )* };
    (@of $size:ty, $($axis:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($axis: Dim),*> Framed<$size, $size> for ($($axis,)*) {
            type Power = ();
            type Spectrum = (U2,);
            const CHECKED: () = ();
        }
    };
}
no_frames! { ; A B C D E F G; A B C D E F G H; }

/// The shape of a spectrogram: its last axis, the frequencies, is a size.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't the shape of a spectrogram",
    label = "expected `(.., K)`, where the number of frequencies K is a size"
)]
pub trait Spectrogram: LastAxis {}
#[diagnostic::do_not_recommend]
impl<S: LastAxis<Last: Size>> Spectrogram for S {}
