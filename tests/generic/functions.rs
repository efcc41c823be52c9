//! Functions and modules generic in their sizes: bounds on the sizes, and no `where` clause.

use nnx::prelude::*;

type Halved<N> = QuotientUp<N, U2>;
type Stage = Conv<U4, U4, (U3, U3), Strided<U2>>;

/// Two stages that halve height and width, for any height and width, and a flattened output.
fn body<B: Dim, H: Size, W: Size>(
    stages: &[Stage; 2],
    x: Tensor![B, H, W, 4],
    pass: &mut Pass,
) -> Tensor<(B, Product<Product<Halved<Halved<H>>, Halved<Halved<W>>>, U4>)> {
    let x = stages[0].forward(x, pass).relu();
    let x = stages[1].forward(x, pass).relu();
    x.flatten()
}

/// A residual block of any width, over any leading axes that a batch and a sequence may be.
#[derive(Module)]
struct Block<Width: Size, Hidden: Size> {
    expand: Linear<Width, Hidden>,
    contract: Linear<Hidden, Width>,
}

impl<B: Dim, T: Dim, Width: Size, Hidden: Size> Layer<Tensor![B, T, Width]>
    for Block<Width, Hidden>
{
    type Output = Tensor![B, T, Width];
    fn forward(&self, x: Tensor![B, T, Width], pass: &mut Pass) -> Self::Output {
        let y = self.expand.forward(x.clone(), pass).gelu();
        x + self.contract.forward(y, pass)
    }
}

#[test]
fn sizes_are_computed_where_the_function_is_used() {
    let rngs = &mut Rngs::new(0);
    let stages: [Stage; 2] = Init::init(rngs);
    let pass = &mut Pass::eval();
    let even: Tensor![Batch, 8, 16, 4] =
        Tensor::from_vec(vec![1.0; 2 * 8 * 16 * 4]).expect("whole");
    let flat: Tensor![Batch, { 2 * 4 * 4 }] = body(&stages, even, pass);
    assert_eq!(*flat.dims(), [2, 32]);
    let odd: Tensor![Batch, 13, 5, 4] = Tensor::from_vec(vec![1.0; 13 * 5 * 4]).expect("whole");
    let flat: Tensor![Batch, { 4 * 2 * 4 }] = body(&stages, odd, pass);
    assert_eq!(*flat.dims(), [1, 32]);
}

#[test]
fn a_runtime_depth_of_generic_blocks_keeps_the_shape() {
    let rngs = &mut Rngs::new(0);
    let blocks: Vec<Block<U6, U24>> = (0..3).map(|_| Init::init(rngs)).collect();
    let x = nnx::array::Array::new(vec![0.5f32; 2 * 3 * 6], &[2, 3, 6]).expect("whole");
    let x: Tensor![Batch, Time, 6] = x.try_into().expect("the shape");
    let y: Tensor![Batch, Time, 6] = blocks.infer(x);
    assert_eq!(*y.dims(), [2, 3, 6]);
}
