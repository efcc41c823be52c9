//! Options of multi-head attention, as types: one option, or a tuple of options in any order.

use std::marker::PhantomData;

use super::bounds::{InHeads, KeyHeads};
use crate::size::{GoesWith, Grouped, Setting, SingleOption, Size, Ungrouped};

/// Option of [`MultiHeadAttention`](super::MultiHeadAttention): the features of queries, keys and values in
/// all heads together, a multiple of the number of heads (Flax's `qkv_features`; always `embed_dim` in PyTorch).
///
/// ```
/// use nnx_core::{module::Init, nn::{MultiHeadAttention, QkvFeatures}, random::Rngs, size::{U4, U24, U64}};
///
/// let narrow = MultiHeadAttention::<U4, U64, QkvFeatures<U24>>::init(&mut Rngs::new(0));
/// assert_eq!(*narrow.query.kernel.value().dims(), [64, 4, 6]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct QkvFeatures<F>(PhantomData<F>);
/// Option of [`MultiHeadAttention`](super::MultiHeadAttention): the features of the output (Flax's
/// `out_features`; always `embed_dim` in PyTorch).
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Layer}, nn::{MultiHeadAttention, OutFeatures}, random::Rngs};
/// use nnx_core::{size::{U4, U32, U64}, tensor::Tensor};
///
/// let attention = MultiHeadAttention::<U4, U64, OutFeatures<U32>>::init(&mut Rngs::new(0));
/// let x: Tensor![1, 9, 64] = Tensor::ones();
/// let y: Tensor![1, 9, 32] = attention.infer(x);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OutFeatures<F>(PhantomData<F>);
/// Option of [`MultiHeadAttention`](super::MultiHeadAttention): the features of the context, the sequence from
/// which keys and values are computed (Flax's `in_kv_features`; PyTorch's `kdim` and `vdim`).
///
/// ```
/// use nnx_core::{Tensor, module::{Init, Pass}, nn::{ContextFeatures, MultiHeadAttention}, random::Rngs};
/// use nnx_core::{size::{Grouped, U2, U4, U32, U64}, tensor::Tensor};
///
/// type Options = (ContextFeatures<U32>, Grouped<U2>);
/// let attention = MultiHeadAttention::<U4, U64, Options>::init(&mut Rngs::new(0));
/// let (x, context): (Tensor![1, 9, 64], Tensor![1, 5, 32]) = (Tensor::ones(), Tensor::ones());
/// let y: Tensor![1, 9, 64] = attention.cross_attention(x, context, (), &mut Pass::eval());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ContextFeatures<F>(PhantomData<F>);

/// An option of [`MultiHeadAttention`](super::MultiHeadAttention), or a tuple of options. Each associated type
/// is the setting, or `Default` if the option doesn't set it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't an option of `MultiHeadAttention`",
    label = "expected `QkvFeatures<..>`, `OutFeatures<..>`, `ContextFeatures<..>` or `Grouped<..>`",
    note = "several options are one tuple, in any order: `MultiHeadAttention<U4, U64, (ContextFeatures<U32>, Grouped<U2>)>`"
)]
pub trait AttentionOption: 'static {
    /// The features of queries, keys and values.
    type Qkv<Default>;
    /// The features of the output.
    type Out<Default>;
    /// The features of the context.
    type Context<Default>;
    /// The groups of heads.
    type Groups<Default>;
}

macro_rules! keep {
    ($($setting:ident)*) => { $(type $setting<Default> = Default;)* };
}
macro_rules! option {
    ([$($parameter:ident)?] $option:ty: $setting:ident = $value:ty; $($kept:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl$(<$parameter: 'static>)? AttentionOption for $option {
            type $setting<Default> = $value;
            keep! { $($kept)* }
        }
    };
}
option! { [F] QkvFeatures<F>: Qkv = F; Out Context Groups }
option! { [F] OutFeatures<F>: Out = F; Qkv Context Groups }
option! { [F] ContextFeatures<F>: Context = F; Qkv Out Groups }
option! { [G] Grouped<G>: Groups = Self; Qkv Out Context }
option! { [] Ungrouped: Groups = Self; Qkv Out Context }

// `Grouped` is an option of convolutions, too, where it sets the setting with index 4. So index 4 is the groups here as
// well.
impl<F: 'static> SingleOption for QkvFeatures<F> {
    type Sets = Setting<0>;
}
impl<F: 'static> SingleOption for OutFeatures<F> {
    type Sets = Setting<1>;
}
impl<F: 'static> SingleOption for ContextFeatures<F> {
    type Sets = Setting<2>;
}

macro_rules! folded {
    ($setting:ident $default:ident) => { $default };
    ($setting:ident $default:ident $option:ident $($rest:ident)*) => {
        $option::$setting<folded!($setting $default $($rest)*)>
    };
}
macro_rules! tuples {
    ($($($option:ident: $($later:ident)*),*;)*) => { $(
        impl<$($option: AttentionOption + SingleOption $(+ GoesWith<$later>)*),*> AttentionOption
            for ($($option,)*)
        {
            type Qkv<Default> = folded!(Qkv Default $($option)*);
            type Out<Default> = folded!(Out Default $($option)*);
            type Context<Default> = folded!(Context Default $($option)*);
            type Groups<Default> = folded!(Groups Default $($option)*);
        }
    )* };
}
tuples! {
    ;
    A: ;
    A: B, B: ;
    A: B C, B: C, C: ;
    A: B C D, B: C D, C: D, D: ;
}

/// The sizes of an attention layer with `Heads` heads over `In` features, from its options: one
/// [`AttentionOption`], a tuple of them, or `()` for the defaults.
pub trait AttentionSizes<Heads: Size, In: Size>: 'static {
    /// The features of queries, keys and values in all heads together, `In` by default.
    type Qkv: InHeads<Heads>;
    /// The features of the output, `In` by default.
    type Out: Size;
    /// The features of the context, `In` by default.
    type Context: Size;
    /// The groups of heads, [`Ungrouped`] by default.
    type Groups: KeyHeads<Heads>;
    /// The check that `cargo build` evaluates.
    #[doc(hidden)]
    const CHECKED: ();
}
impl<Heads: Size, In: Size, O: AttentionOption> AttentionSizes<Heads, In> for O
where
    O::Qkv<In>: InHeads<Heads>,
    O::Out<In>: Size,
    O::Context<In>: Size,
    O::Groups<Ungrouped>: KeyHeads<Heads>,
{
    type Qkv = O::Qkv<In>;
    type Out = O::Out<In>;
    type Context = O::Context<In>;
    type Groups = O::Groups<Ungrouped>;
    const CHECKED: () = {
        let () = <O::Qkv<In> as InHeads<Heads>>::CHECKED;
        let () = <O::Groups<Ungrouped> as KeyHeads<Heads>>::CHECKED;
    };
}
