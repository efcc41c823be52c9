//! The tutorial's network for images of digits, and a program that trains it.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d};
use burn::optim::{AdamConfig, GradientsParams};
use burn::prelude::*;
use burn::tensor::activation::relu;

#[derive(Module, Debug)]
struct SimpleCnn {
    conv1: Conv2d,
    conv2: Conv2d,
    pool: MaxPool2d,
    dense1: Linear,
    dense2: Linear,
}

impl SimpleCnn {
    fn new(classes: usize, device: &Device) -> Self {
        let conv = |channels| {
            Conv2dConfig::new(channels, [3, 3]).with_padding(PaddingConfig2d::Same).init(device)
        };
        Self {
            conv1: conv([1, 32]),
            conv2: conv([32, 64]),
            pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(),
            dense1: LinearConfig::new(64 * 7 * 7, 128).init(device),
            dense2: LinearConfig::new(128, classes).init(device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = x * 0.5; // the line that is edited
        let x = self.pool.forward(relu(self.conv1.forward(x)));
        let x = self.pool.forward(relu(self.conv2.forward(x)));
        let x = relu(self.dense1.forward(x.flatten(1, 3)));
        self.dense2.forward(x)
    }
}

const BATCH: usize = 32;

fn main() {
    let device = Device::flex().autodiff();
    let mut model = SimpleCnn::new(10, &device);
    let mut optimizer = AdamConfig::new().init();
    let images: Tensor<4> = Tensor::ones([BATCH, 1, 28, 28], &device);
    let digits: Vec<i32> = (0..10).cycle().take(BATCH).collect();
    let labels: Tensor<1, Int> = Tensor::from_ints(&digits[..], &device);
    for _ in 0..10 {
        let logits = model.forward(images.clone());
        let loss = CrossEntropyLossConfig::new().init(&device).forward(logits, labels.clone());
        let grads = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(1e-3, model, grads);
        println!("loss {}", loss.into_scalar::<f32>());
    }
    let predicted: Tensor<1, Int> = model.forward(images).argmax(1).flatten(0, 1);
    let right = predicted.equal(labels).int().sum().into_scalar::<i32>();
    println!("accuracy {}", right as f32 / BATCH as f32);
}
