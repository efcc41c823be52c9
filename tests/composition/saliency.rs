//! Gradients with respect to the input: which pixels support a class (Simonyan et al., 2014).

use nnx::models::SimpleCnn;
use nnx::prelude::*;
use nnx::tensor::gradient;

type Image = Tensor![1, 28, 28, 1];

/// The absolute gradient of the logit of `class` with respect to each pixel.
fn saliency(model: &impl Layer<Image, Output = Tensor![1, 10]>, image: Image, class: i32) -> Image {
    let logit = |image| {
        let picked: Tensor![1] =
            model.infer(image).pick(Tensor::from([class])).expect("a class below ten");
        picked.sum()
    };
    gradient(logit, image).abs()
}

#[test]
fn the_map_of_a_line_is_the_size_of_its_weights() {
    let model = <(Flatten, Linear<dim!(28 * 28), U10>)>::init(&mut Rngs::new(0));
    let map = saliency(&model, Tensor::ones(), 3);
    let kernel = model.1.kernel.value().to_vec();
    let expected: Vec<f32> = kernel.iter().skip(3).step_by(10).map(|weight| weight.abs()).collect();
    assert_eq!(map.to_vec(), expected);
}

#[test]
fn the_map_of_a_network_is_that_of_finite_differences() {
    let model = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    let pixel = |i: usize| ((i * 7919) % 256) as f32 / 256.0;
    let pixels: Vec<f32> = (0..784).map(pixel).collect();
    let image = |pixels: &[f32]| -> Image { Tensor::from_vec(pixels.to_vec()).expect("an image") };
    let map = saliency(&model, image(&pixels), 7).to_vec();
    let largest = map.iter().copied().fold(0.0, f32::max);
    for at in [0, 14 * 28 + 14, 500, 783] {
        let logit = |step: f32| {
            let mut moved = pixels.clone();
            moved[at] += step;
            model.infer(image(&moved)).to_vec()[7]
        };
        let slope = ((logit(2e-3) - logit(-2e-3)) / 4e-3).abs();
        assert!((slope - map[at]).abs() < 0.05 * largest, "pixel {at}: {slope} and {}", map[at]);
    }
}

#[test]
fn the_model_stays_as_it_was() {
    let model = SimpleCnn::<U10>::init(&mut Rngs::new(0));
    let before = state(&model);
    let _ = saliency(&model, Tensor::ones(), 0);
    for ((path, a), (_, b)) in before.iter().zip(state(&model).iter()) {
        assert_eq!(a.array, b.array, "{path}");
    }
}
