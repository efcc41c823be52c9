//! Benchmarks of layers on images and volumes: grouped, depthwise and transposed convolutions, pools, norms.

use std::hint::black_box;

use nnx::module::{Filter, kind, value_and_gradients_of};
use nnx::prelude::*;

use crate::work::{Work, numbers, sizes_in};

axis!(Height, Width, Depth);

/// Average pooling of 2 × 2.
#[derive(Module)]
struct AveragePool;

impl Layer<Images<U64>> for AveragePool {
    type Output = Images<U64, Pool<Height>, Pool<Width>>;

    fn forward(&self, x: Images<U64>, _: &mut Pass) -> Self::Output {
        x.avg_pool::<(U2, U2)>()
    }
}

type Pool<N> = Quotient<N, U2>;
type Images<C, H = Height, W = Width> = Tensor<(Batch, H, W, C)>;
type Volumes<C> = Tensor<(Batch, Depth, Height, Width, C)>;

/// `depthwise7_`, `train_group_norm_`; `8x56x56x96`: images, height, width, channels. `train_` adds the gradients with
/// respect to the parameters and the input.
pub(crate) fn named(kind: &str, sizes: &str) -> Option<Work> {
    let (train, layer) = match kind.strip_prefix("train_") {
        Some(layer) => (true, layer),
        None => (false, kind),
    };
    if layer == "conv3d_" {
        let sizes: [usize; 5] = sizes_in(sizes).filter(|sizes| sizes[4] == 16)?;
        return Some(work::<Conv<U16, U16, (U3, U3, U3)>, Volumes<U16>, _>(&sizes, train));
    }
    let sizes: [usize; 4] = sizes_in(sizes)?;
    macro_rules! layers {
        ($($name:literal, $channels:literal: $layer:ty, $size:ty;)*) => {
            match (layer, sizes[3]) {
                $(($name, $channels) => work::<$layer, Images<$size>, _>(&sizes, train),)*
                _ => return None,
            }
        };
    }
    Some(layers! {
        "grouped3_", 128: Conv<U128, U128, (U3, U3), Grouped<U32>>, U128;
        "depthwise3_", 96: Conv<U96, U96, (U3, U3), Depthwise>, U96;
        "depthwise3s2_", 96: Conv<U96, U96, (U3, U3), (Strided<U2>, Depthwise)>, U96;
        "depthwise7_", 96: Conv<U96, U96, (U7, U7), Depthwise>, U96;
        "conv3_", 16: Conv<U16, U16, (U3, U3)>, U16;
        "conv5_", 64: Conv<U64, U64, (U5, U5)>, U64;
        "conv_transpose2_", 64: ConvTranspose<U64, U64, (U2, U2), Strided<U2>>, U64;
        "avg_pool_", 64: AveragePool, U64;
        "group_norm_", 64: GroupNorm<U64, U32>, U64;
        "instance_norm_", 64: InstanceNorm<U64>, U64;
    })
}

fn work<M, X, O>(sizes: &[usize], train: bool) -> Work
where
    M: Module + Init + Layer<X, Output = O> + 'static,
    X: Elements,
    O: Elements,
{
    let mut model = M::init(&mut Rngs::new(0));
    let x = X::of_sizes(sizes);
    if !train {
        return Work::new(move || drop(black_box(model.infer(x.clone()))));
    }
    Work::new(move || X::gradients(&mut model, x.clone(), O::loss))
}

/// Tensors of f32 of any shape.
trait Elements: Clone + 'static {
    fn of_sizes(sizes: &[usize]) -> Self;
    fn loss(self) -> Tensor![];
    fn gradients<M: Module + Layer<Self>>(model: &mut M, x: Self, loss: fn(M::Output) -> Tensor![]);
}

impl<S: Shape> Elements for Tensor<S> {
    fn of_sizes(sizes: &[usize]) -> Self {
        let x = numbers(sizes.iter().product());
        Self::from_shape_vec(sizes, x).expect("the sizes of the shape")
    }

    fn loss(self) -> Tensor![] {
        self.square().mean()
    }

    fn gradients<M: Module + Layer<Self>>(
        model: &mut M,
        x: Self,
        loss: fn(M::Output) -> Tensor![],
    ) {
        let params = Filter::kind::<kind::Param>();
        let run = |model: &M, x: Self, pass: &mut Pass| loss(model.forward(x, pass));
        drop(black_box(value_and_gradients_of(&params, model, x, run)));
    }
}
