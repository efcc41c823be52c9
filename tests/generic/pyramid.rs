//! A pyramid: feature maps of several sizes pooled to fixed ones, flattened and joined for one classifier.

use nnx::prelude::*;

type Cells = Sum<Sum<U16, U4>, U1>;

/// Pools of 4 × 4, 2 × 2 and 1 cells, whatever the size of the map (He et al., 2014).
fn pyramid<B: Dim, H: NotEmpty, W: NotEmpty, C: Size>(
    x: Tensor![B, H, W, C],
) -> Tensor![B, Cells, C] {
    let fine = x.clone().adaptive_max_pool::<(U4, U4)>().flatten_axes::<1>();
    let coarse = x.clone().adaptive_max_pool::<(U2, U2)>().flatten_axes::<1>();
    let whole = x.adaptive_max_pool::<(U1, U1)>().flatten_axes::<1>();
    fine.concat::<1, _>(coarse).concat::<1, _>(whole)
}

/// Images of any size to logits.
#[derive(Module)]
struct Classifier<C: Size, Classes: Size> {
    conv: Conv<U1, C, (U3, U3)>,
    head: Linear<Product<Cells, C>, Classes>,
}

impl<B: Dim, H: NotEmpty, W: NotEmpty, C: Size, Classes: Size> Layer<Tensor![B, H, W, 1]>
    for Classifier<C, Classes>
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, 1], pass: &mut Pass) -> Self::Output {
        let x = self.conv.forward(x, pass).relu();
        self.head.forward(pyramid(x).flatten(), pass)
    }
}

fn images<H: Size, W: Size>() -> Tensor![Batch, H, W, 1] {
    let pixels = (0..H::USIZE * W::USIZE).map(|i| (i % 7) as f32);
    Tensor::from_vec(pixels.collect()).expect("one image")
}

#[test]
fn one_classifier_takes_images_of_any_size() {
    let model = Classifier::<U3, U10>::init(&mut Rngs::new(0));
    let small: Tensor![Batch, 10] = model.infer(images::<U5, U4>());
    let large: Tensor![Batch, 10] = model.infer(images::<U28, U17>());
    assert_eq!((*small.dims()).to_vec(), (*large.dims()).to_vec());
}

#[test]
fn the_cells_are_ordered_from_fine_to_coarse() {
    let x: Tensor![1, 4, 4, 1] = Tensor::from_vec((0..16u8).map(f32::from).collect()).expect("16");
    let cells = pyramid(x).to_vec();
    let fine: Vec<f32> = (0..16u8).map(f32::from).collect();
    assert_eq!(cells[..16], fine);
    assert_eq!(cells[16..], [5.0, 7.0, 13.0, 15.0, 15.0]);
}
