//! Options of layers with windows, as types: one option, or a tuple of options in any order.
//!
//! [`WindowOptions`] reads a list of options. A layer looks up each setting and passes its own default. So
//! layers share the options but not the defaults: the default strides are 1 for a convolution and the window
//! for a pool.

mod layers;

use std::marker::PhantomData;

pub use layers::{
    ConvOption, ConvOptions, ConvTransposeOption, ConvTransposeOptions, PoolOption, PoolOptions,
};

use super::grouping::{Depthwise, Grouped, InOut, OutIn, Ungrouped};
use super::padding::{Causal, Circular, Explicit, GenericValid, Reflect, Same, Symmetric, Valid};

/// Option: the strides of a window, one size for all axes or one for each: `Strided<U2>`,
/// `Strided<(U2, U1)>` (Flax's `strides`, PyTorch's `stride`).
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::Conv, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{Strided, U2, U3, U8, Valid};
///
/// let halve = Conv::<U3, U8, (U3, U3), (Strided<U2>, Valid)>::init(&mut Rngs::new(0));
/// let x: Tensor![1, 9, 9, 3] = Tensor::ones();
/// let y: Tensor![1, 4, 4, 8] = halve.infer(x);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Strided<T>(PhantomData<T>);

/// Option: the distance between neighbouring elements of a window, one size for all axes or one for each
/// (Flax's `kernel_dilation`, PyTorch's `dilation`).
///
/// ```
/// use nnx_core::{module::{Init, Layer}, nn::Conv, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{KernelDilation, U1, U2, U3, U4, U8, Valid};
///
/// // The window covers 5 elements, of which it sees 3.
/// let wide = Conv::<U1, U1, (U3,), (KernelDilation<U2>, Valid)>::init(&mut Rngs::new(0));
/// let y: Tensor<(U1, U4, U1)> = wide.infer(Tensor::<(U1, U8, U1)>::ones());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct KernelDilation<D>(PhantomData<D>);

/// Option: the distance between neighbouring elements of the input, with zeros in between; one size for all
/// axes or one for each (Flax's `input_dilation`; PyTorch has none). It needs the padding [`Valid`] or
/// [`Explicit`].
///
/// ```
/// use nnx_core::{module::{Init, Layer}, nn::Conv, random::Rngs, tensor::Tensor};
/// use nnx_core::size::{InputDilation, U1, U2, U3, U4, U5, Valid};
///
/// // 4 elements become 7, of which 3 are zeros.
/// let spread = Conv::<U1, U1, (U3,), (InputDilation<U2>, Valid)>::init(&mut Rngs::new(0));
/// let y: Tensor<(U1, U5, U1)> = spread.infer(Tensor::<(U1, U4, U1)>::ones());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct InputDilation<L>(PhantomData<L>);

/// The settings of a list of options. A setting that isn't in the list has the default of the layer.
pub trait WindowOptions: 'static {
    /// The strides.
    type Strides<Default>;
    /// The padding.
    type Pad<Default>;
    /// The dilation of the window.
    type KernelDilation<Default>;
    /// The dilation of the input.
    type InputDilation<Default>;
    /// The groups of channels.
    type Groups<Default>;
    /// The order of the channels in the kernel of a transposed convolution.
    type Order<Default>;
}

/// One option, which may be an element of a tuple of options.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a single option",
    label = "expected options that aren't tuples themselves",
    note = "write all options of a layer in one tuple, such as `(Strided<U2>, Valid)`"
)]
pub trait SingleOption: 'static {
    /// The setting that the option changes.
    type Sets;
}

/// A setting, by its index.
#[derive(Debug)]
pub struct Setting<const I: usize>;
/// A setting that differs from `S`.
pub trait OtherSetting<S> {}
macro_rules! other_settings {
    ($($setting:literal: $($other:literal)*;)*) => {
        $($(impl OtherSetting<Setting<$other>> for Setting<$setting> {})*)*
    };
}
other_settings! {
    0: 1 2 3 4 5;
    1: 0 2 3 4 5;
    2: 0 1 3 4 5;
    3: 0 1 2 4 5;
    4: 0 1 2 3 5;
    5: 0 1 2 3 4;
}

/// An option that changes a different setting than the option `B`.
#[diagnostic::on_unimplemented(
    message = "the options `{Self}` and `{B}` set the same thing",
    label = "expected each option at most once"
)]
pub trait GoesWith<B> {}
#[diagnostic::do_not_recommend]
impl<A: SingleOption<Sets: OtherSetting<B::Sets>>, B: SingleOption> GoesWith<B> for A {}

macro_rules! keep {
    ($($setting:ident)*) => { $(type $setting<Default> = Default;)* };
}
macro_rules! set {
    (Strides $value:ty) => {
        type Strides<Default> = $value;
        keep! { Pad KernelDilation InputDilation Groups Order }
    };
    (Pad $value:ty) => {
        type Pad<Default> = $value;
        keep! { Strides KernelDilation InputDilation Groups Order }
    };
    (KernelDilation $value:ty) => {
        type KernelDilation<Default> = $value;
        keep! { Strides Pad InputDilation Groups Order }
    };
    (InputDilation $value:ty) => {
        type InputDilation<Default> = $value;
        keep! { Strides Pad KernelDilation Groups Order }
    };
    (Groups $value:ty) => {
        type Groups<Default> = $value;
        keep! { Strides Pad KernelDilation InputDilation Order }
    };
    (Order $value:ty) => {
        type Order<Default> = $value;
        keep! { Strides Pad KernelDilation InputDilation Groups }
    };
}

/// The table of options: the setting that each changes, the new value, and the layers that accept the option.
macro_rules! options {
    ($($index:literal $setting:ident {
        $($option:ident $(<$($parameter:ident),+>)? = $value:ty: $($layer:ident)*;)*
    })*) => { $($(
        #[diagnostic::do_not_recommend]
        impl$(<$($parameter: 'static),+>)? WindowOptions for $option$(<$($parameter),+>)? {
            set! { $setting $value }
        }
        #[diagnostic::do_not_recommend]
        impl$(<$($parameter: 'static),+>)? SingleOption for $option$(<$($parameter),+>)? {
            type Sets = Setting<$index>;
        }
        options! { @layers [$($layer)*] $option [$($($parameter),+)?] }
    )*)* };
    (@layers [$($layer:ident)*] $option:ident $parameters:tt) => {
        $(options! { @layer $layer $option $parameters })*
    };
    (@layer $layer:ident $option:ident []) => {
        #[diagnostic::do_not_recommend]
        impl $layer for $option {}
    };
    (@layer $layer:ident $option:ident [$($parameter:ident),+]) => {
        #[diagnostic::do_not_recommend]
        impl<$($parameter: 'static),+> $layer for $option<$($parameter),+> {}
    };
}
options! {
    0 Strides {
        Strided<T> = T: ConvOption ConvTransposeOption PoolOption;
    }
    1 Pad {
        Same = Self: ConvOption ConvTransposeOption PoolOption;
        Valid = Self: ConvOption ConvTransposeOption PoolOption;
        GenericValid = Self: ConvOption PoolOption;
        Explicit<A, B, C> = Self: ConvOption ConvTransposeOption PoolOption;
        Symmetric = Self: ConvOption ConvTransposeOption PoolOption;
        Circular = Self: ConvOption ConvTransposeOption;
        Reflect = Self: ConvOption ConvTransposeOption;
        Causal = Self: ConvOption ConvTransposeOption;
    }
    2 KernelDilation {
        KernelDilation<D> = D: ConvOption ConvTransposeOption;
    }
    3 InputDilation {
        InputDilation<L> = L: ConvOption;
    }
    4 Groups {
        Ungrouped = Self: ConvOption;
        Grouped<G> = Self: ConvOption;
        Depthwise = Self: ConvOption;
    }
    5 Order {
        InOut = Self: ConvTransposeOption;
        OutIn = Self: ConvTransposeOption;
    }
}

macro_rules! folded {
    ($setting:ident $default:ident) => { $default };
    ($setting:ident $default:ident $option:ident $($rest:ident)*) => {
        $option::$setting<folded!($setting $default $($rest)*)>
    };
}
macro_rules! tuples {
    ($($($option:ident: $($later:ident)*),*;)*) => { $(
        impl<$($option: WindowOptions + SingleOption $(+ GoesWith<$later>)*),*> WindowOptions for ($($option,)*) {
            type Strides<Default> = folded!(Strides Default $($option)*);
            type Pad<Default> = folded!(Pad Default $($option)*);
            type KernelDilation<Default> = folded!(KernelDilation Default $($option)*);
            type InputDilation<Default> = folded!(InputDilation Default $($option)*);
            type Groups<Default> = folded!(Groups Default $($option)*);
            type Order<Default> = folded!(Order Default $($option)*);
        }
        impl<$($option: ConvOption),*> ConvOption for ($($option,)*)
        where
            Self: WindowOptions,
        {}
        impl<$($option: ConvTransposeOption),*> ConvTransposeOption for ($($option,)*)
        where
            Self: WindowOptions,
        {}
        impl<$($option: PoolOption),*> PoolOption for ($($option,)*)
        where
            Self: WindowOptions,
        {}
    )* };
}
tuples! {
    ;
    A: ;
    A: B, B: ;
    A: B C, B: C, C: ;
    A: B C D, B: C D, C: D, D: ;
    A: B C D E, B: C D E, C: D E, D: E, E: ;
}
