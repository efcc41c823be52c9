//! Axes with names: two axes of the same size that the compiler tells apart.
//!
//!     cargo run --example 07_named_axes

use nnx::prelude::*;

// A name with a size behind `=` is a size that doesn't mix with others, of whatever number. A name
// alone is an axis whose size is known when the program runs.
axis! {
    /// Heads of attention.
    Heads = 4,
    /// Features of a token, and of a head: 16 for each of 4 heads.
    Embed = 64,
    /// Pixels along a side of a patch.
    Patch = 4,
    /// Rows and columns of patches in an image of 64 x 64, and their number.
    Rows = 16,
    Columns = 16,
    /// Positions that ask, and those that are asked: as many of each.
    Queries = 256,
    Keys = 256,
}

einsum! {
    /// From patches of pixels to tokens.
    PatchesToTokens: for<B, N> (B, N, X, Y, C), (X, Y, C, E) -> (B, N, E), bias (E);
}

/// Attention by hand. Without names queries and keys would both be axes of 256, and weights that were
/// transposed by mistake would multiply the values, too.
#[derive(Module)]
struct Attention {
    queries: Linear<Embed, Embed>,
    keys: Linear<Embed, Embed>,
    values: Linear<Embed, Embed>,
}

impl<B: Dim> Layer<Tensor![B, Queries, Embed]> for Attention {
    type Output = Tensor![B, Queries, Embed];

    fn forward(&self, x: Tensor![B, Queries, Embed], pass: &mut Pass) -> Self::Output {
        // (B, Queries, Embed) to (B, Heads, Queries, 16)
        let heads = |x: Tensor![B, Queries, Embed]| {
            x.unflatten::<2, Heads>().permute::<(Axis<0>, Axis<2>, Axis<1>, Axis<3>)>()
        };
        let q = heads(self.queries.forward(x.clone(), pass));
        // The same positions in another role have another name from here on.
        let k = heads(self.keys.forward(x.clone(), pass)).rename_axis::<2, Keys>();
        let v = heads(self.values.forward(x, pass)).rename_axis::<2, Keys>();

        let scores: Tensor![B, Heads, Queries, Keys] = q.matmul(k.transpose()) / 4.0;
        let weights = scores.softmax();
        //     weights.transpose().matmul(v)
        //     error: `(B, Heads, Keys, Queries)` can't be multiplied by `(B, Heads, Keys, U<16>)`
        let read: Tensor![B, Heads, Queries, 16] = weights.matmul(v);
        read.permute::<(Axis<0>, Axis<2>, Axis<1>, Axis<3>)>().flatten_axes_to::<2, Embed>()
    }
}

fn main() -> Result<(), nnx::Error> {
    let rngs = &mut Rngs::new(0);

    // Images as patches. `Rows` and `Columns` are both 16, but one can't stand for the other.
    let images: Tensor![Batch, 64, 64, 3] = Tensor::from_vec(vec![0.5; 2 * 64 * 64 * 3])?;
    let patches: Tensor![Batch, Rows, Columns, Patch, Patch, 3] = images
        .reshape::<shape![Batch, Rows, Patch, Columns, Patch, 3]>()
        .permute::<(Axis<0>, Axis<1>, Axis<3>, Axis<2>, Axis<4>, Axis<5>)>();
    println!("patches   {}", patches.dims());

    // Arithmetic on sizes gives numbers: rows times columns has no name until it is given one.
    let patches: Tensor![Batch, 256, Patch, Patch, 3] = patches.flatten_axes::<1>();
    let patches: Tensor![Batch, Queries, Patch, Patch, 3] = patches.rename_axis::<1, Queries>();

    // An equation of named axes, over tensors of named axes.
    let tokens = Einsum::<PatchesToTokens, (Patch, Patch, U3, Embed)>::init(rngs).infer(patches);
    let y: Tensor![Batch, Queries, Embed] = Attention::init(rngs).infer(tokens);
    println!("attention {}", y.dims());

    // The mean over all positions, of each feature. A bias for queries doesn't fit it:
    let features: Tensor![Batch, Embed] = y.mean_axes::<Axis<1>>();
    //     features + <Tensor![Queries]>::zeros();
    //     error: shape `(Queries,)` doesn't broadcast to `(Batch, Embed)`

    // `unname_axis` forgets a name, for a function that asks for the number.
    let norm = norms(features.unname_axis::<1>());
    println!("norms     {norm:?}");
    Ok(())
}

fn norms<B: Dim>(x: Tensor![B, 64]) -> Tensor![B] {
    (x.clone() * x).sum_axes::<Axis<1>>().sqrt()
}
