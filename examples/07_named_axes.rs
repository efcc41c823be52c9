//! Axes with names: the compiler distinguishes two axes of the same size.
//!
//!     cargo run --example 07_named_axes

use nnx::prelude::*;

// `Name = 4` is a size that doesn't mix with other axes, even of the same size. A name alone is an axis whose
// size is known when the program runs.
axis! {
    /// Heads of attention.
    Heads = 4,
    /// Features of a token: 16 for each of 4 heads.
    Embed = 64,
    /// Pixels along a side of a patch.
    Patch = 4,
    /// Rows and columns of patches in an image of 64 x 64, and their number.
    Rows = 16,
    Columns = 16,
    /// Positions of the queries, and of the keys: the same number of both.
    Queries = 256,
    Keys = 256,
}

einsum! {
    /// The linear layer from the pixels of a patch to a token.
    PatchesToTokens: for<B, N> (B, N, X, Y, C), (X, Y, C, E) -> (B, N, E), bias (E);
}

/// Attention by hand. Without names, queries and keys would both be axes of 256, and the compiler couldn't
/// notice weights that were transposed by mistake.
#[derive(Module)]
struct Attention {
    queries: Linear<Embed, Embed>,
    keys: Linear<Embed, Embed>,
    values: Linear<Embed, Embed>,
}

impl<B: Dim> Layer<Tensor![B, Queries, Embed]> for Attention {
    type Output = Tensor![B, Queries, Embed];

    fn forward(&self, x: Tensor![B, Queries, Embed], pass: &mut Pass) -> Self::Output {
        let q = heads(self.queries.forward(x.clone(), pass));
        // The same positions, as keys, get another name.
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

/// The features of each head: (B, Queries, Embed) to (B, Heads, Queries, 16).
fn heads<B: Dim>(x: Tensor![B, Queries, Embed]) -> Tensor![B, Heads, Queries, 16] {
    x.unflatten::<2, Heads>().permute::<(Axis<0>, Axis<2>, Axis<1>, Axis<3>)>()
}

fn main() -> Result<(), nnx::Error> {
    let rngs = &mut Rngs::new(0);

    // Images as patches. `Rows` and `Columns` are both 16, but they can't be mixed up.
    let images: Tensor![Batch, 64, 64, 3] = Tensor::from_vec(vec![0.5; 2 * 64 * 64 * 3])?;
    let patches: Tensor![Batch, Rows, Columns, Patch, Patch, 3] = images
        .reshape::<shape![Batch, Rows, Patch, Columns, Patch, 3]>()
        .permute::<(Axis<0>, Axis<1>, Axis<3>, Axis<2>, Axis<4>, Axis<5>)>();
    println!("patches   {}", patches.dims());

    // The result of arithmetic on sizes has no name: rows times columns is 256, until `rename_axis` names it.
    let patches: Tensor![Batch, 256, Patch, Patch, 3] = patches.flatten_axes::<1>();
    let patches: Tensor![Batch, Queries, Patch, Patch, 3] = patches.rename_axis::<1, Queries>();

    // An einsum equation with named axes, for tensors with named axes.
    let tokens = Einsum::<PatchesToTokens, (Patch, Patch, U3, Embed)>::init(rngs).infer(patches);
    let y: Tensor![Batch, Queries, Embed] = Attention::init(rngs).infer(tokens);
    println!("attention {}", y.dims());

    // The mean of each feature over all positions. A bias with the axis `Queries` can't be added to it:
    let features: Tensor![Batch, Embed] = y.mean_axes::<Axis<1>>();
    //     features + <Tensor![Queries]>::zeros();
    //     error: shape `(Queries,)` doesn't broadcast to `(Batch, Embed)`

    // `unname_axis` removes a name, for a function that takes a plain size.
    let norm = norms(features.unname_axis::<1>());
    println!("norms     {norm:?}");
    Ok(())
}

fn norms<B: Dim>(x: Tensor![B, 64]) -> Tensor![B] {
    (x.clone() * x).sum_axes::<Axis<1>>().sqrt()
}
