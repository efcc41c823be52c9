//! The four stages of residual networks.

use nnx_core::Module;
use nnx_core::size::{Product, Size, U1, U2, U4, U8, U16, U32};

use super::{BasicBlock, Bottleneck, Projected};

/// The first block of a stage: it changes the channels, and divides height and width by the strides.
type FirstBasic<In, Out> = BasicBlock<In, Out, U2, Projected<In, Out, U2>>;
type FirstBottleneck<In, Width, Out, Strides> =
    Bottleneck<In, Width, Out, Strides, Projected<In, Out, Strides>>;

type Times2<C> = Product<C, U2>;
type Times4<C> = Product<C, U4>;
type Times8<C> = Product<C, U8>;
type Times16<C> = Product<C, U16>;
type Times32<C> = Product<C, U32>;

/// Stages of [`BasicBlock`]s. The first has `Width` channels; each later stage doubles the channels and halves
/// height and width.
///
/// `ONE` to `FOUR` are the numbers of blocks that keep the shape: all blocks of the first stage, and all but
/// the first block of the others. They are `const` parameters and not sizes because they are lengths of arrays.
#[derive(Debug, Clone, Module)]
#[module(sequential)]
pub struct BasicStages<
    Width: Size,
    const ONE: usize,
    const TWO: usize,
    const THREE: usize,
    const FOUR: usize,
> {
    /// The first stage.
    pub layer1: [BasicBlock<Width>; ONE],
    /// The second stage.
    pub layer2: (FirstBasic<Width, Times2<Width>>, [BasicBlock<Times2<Width>>; TWO]),
    /// The third stage.
    pub layer3: (FirstBasic<Times2<Width>, Times4<Width>>, [BasicBlock<Times4<Width>>; THREE]),
    /// The fourth stage.
    pub layer4: (FirstBasic<Times4<Width>, Times8<Width>>, [BasicBlock<Times8<Width>>; FOUR]),
}

/// Stages of [`Bottleneck`]s: like [`BasicStages`], with four times the channels between the blocks.
/// The first block of the first stage expands them.
#[derive(Debug, Clone, Module)]
#[module(sequential)]
pub struct BottleneckStages<
    Width: Size,
    const ONE: usize,
    const TWO: usize,
    const THREE: usize,
    const FOUR: usize,
> {
    /// The first stage.
    pub layer1:
        (FirstBottleneck<Width, Width, Times4<Width>, U1>, [Bottleneck<Times4<Width>, Width>; ONE]),
    /// The second stage.
    pub layer2: (
        FirstBottleneck<Times4<Width>, Times2<Width>, Times8<Width>, U2>,
        [Bottleneck<Times8<Width>, Times2<Width>>; TWO],
    ),
    /// The third stage.
    pub layer3: (
        FirstBottleneck<Times8<Width>, Times4<Width>, Times16<Width>, U2>,
        [Bottleneck<Times16<Width>, Times4<Width>>; THREE],
    ),
    /// The fourth stage.
    pub layer4: (
        FirstBottleneck<Times16<Width>, Times8<Width>, Times32<Width>, U2>,
        [Bottleneck<Times32<Width>, Times8<Width>>; FOUR],
    ),
}
