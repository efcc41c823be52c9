//! ResNet-50 (He et al., 2015), each of its 16 blocks a field with its sizes, and one step of training.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::optim::{AdamConfig, GradientsParams};
use burn::prelude::*;
use burn::tensor::activation::relu;

fn conv(channels: [usize; 2], kernel: usize, stride: usize, device: &Device) -> Conv2d {
    let pad = kernel / 2;
    Conv2dConfig::new(channels, [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_bias(false)
        .init(device)
}

fn norm(channels: usize, device: &Device) -> BatchNorm {
    BatchNormConfig::new(channels).init(device)
}

/// Three convolutions, added to the input.
#[derive(Module, Debug)]
struct Bottleneck {
    conv1: Conv2d,
    norm1: BatchNorm,
    conv2: Conv2d,
    norm2: BatchNorm,
    conv3: Conv2d,
    norm3: BatchNorm,
}

impl Bottleneck {
    fn new(width: usize, out: usize, device: &Device) -> Self {
        Self {
            conv1: conv([out, width], 1, 1, device),
            norm1: norm(width, device),
            conv2: conv([width, width], 3, 1, device),
            norm2: norm(width, device),
            conv3: conv([width, out], 1, 1, device),
            norm3: norm(out, device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.conv1.forward(x.clone());
        let y = relu(self.norm1.forward(y));
        let y = self.conv2.forward(y);
        let y = relu(self.norm2.forward(y));
        let y = self.conv3.forward(y);
        relu(x + self.norm3.forward(y))
    }
}

/// The first block of a stage: other channels, so that the input passes a convolution too.
#[derive(Module, Debug)]
struct Widening {
    conv1: Conv2d,
    norm1: BatchNorm,
    conv2: Conv2d,
    norm2: BatchNorm,
    conv3: Conv2d,
    norm3: BatchNorm,
    shortcut: Conv2d,
    shortcut_norm: BatchNorm,
}

impl Widening {
    fn new([input, width, out]: [usize; 3], stride: usize, device: &Device) -> Self {
        Self {
            conv1: conv([input, width], 1, 1, device),
            norm1: norm(width, device),
            conv2: conv([width, width], 3, stride, device),
            norm2: norm(width, device),
            conv3: conv([width, out], 1, 1, device),
            norm3: norm(out, device),
            shortcut: conv([input, out], 1, stride, device),
            shortcut_norm: norm(out, device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = self.conv1.forward(x.clone());
        let y = relu(self.norm1.forward(y));
        let y = self.conv2.forward(y);
        let y = relu(self.norm2.forward(y));
        let y = self.conv3.forward(y);
        let y = self.norm3.forward(y);
        let x = self.shortcut.forward(x);
        relu(self.shortcut_norm.forward(x) + y)
    }
}

#[derive(Module, Debug)]
struct ResNet50 {
    conv1: Conv2d,
    norm1: BatchNorm,
    pool: MaxPool2d,
    block1_1: Widening,
    block1_2: Bottleneck,
    block1_3: Bottleneck,
    block2_1: Widening,
    block2_2: Bottleneck,
    block2_3: Bottleneck,
    block2_4: Bottleneck,
    block3_1: Widening,
    block3_2: Bottleneck,
    block3_3: Bottleneck,
    block3_4: Bottleneck,
    block3_5: Bottleneck,
    block3_6: Bottleneck,
    block4_1: Widening,
    block4_2: Bottleneck,
    block4_3: Bottleneck,
    head: Linear,
}

impl ResNet50 {
    fn new(classes: usize, device: &Device) -> Self {
        Self {
            conv1: conv([3, 64], 7, 2, device),
            norm1: norm(64, device),
            pool: MaxPool2dConfig::new([3, 3])
                .with_strides([2, 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(),
            block1_1: Widening::new([64, 64, 256], 1, device),
            block1_2: Bottleneck::new(64, 256, device),
            block1_3: Bottleneck::new(64, 256, device),
            block2_1: Widening::new([256, 128, 512], 2, device),
            block2_2: Bottleneck::new(128, 512, device),
            block2_3: Bottleneck::new(128, 512, device),
            block2_4: Bottleneck::new(128, 512, device),
            block3_1: Widening::new([512, 256, 1024], 2, device),
            block3_2: Bottleneck::new(256, 1024, device),
            block3_3: Bottleneck::new(256, 1024, device),
            block3_4: Bottleneck::new(256, 1024, device),
            block3_5: Bottleneck::new(256, 1024, device),
            block3_6: Bottleneck::new(256, 1024, device),
            block4_1: Widening::new([1024, 512, 2048], 2, device),
            block4_2: Bottleneck::new(512, 2048, device),
            block4_3: Bottleneck::new(512, 2048, device),
            head: LinearConfig::new(2048, classes).init(device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let x = x * 0.5; // the line that is edited
        let x = self.conv1.forward(x);
        let x = relu(self.norm1.forward(x));
        let x = self.pool.forward(x);
        let x = self.block1_1.forward(x);
        let x = self.block1_2.forward(x);
        let x = self.block1_3.forward(x);
        let x = self.block2_1.forward(x);
        let x = self.block2_2.forward(x);
        let x = self.block2_3.forward(x);
        let x = self.block2_4.forward(x);
        let x = self.block3_1.forward(x);
        let x = self.block3_2.forward(x);
        let x = self.block3_3.forward(x);
        let x = self.block3_4.forward(x);
        let x = self.block3_5.forward(x);
        let x = self.block3_6.forward(x);
        let x = self.block4_1.forward(x);
        let x = self.block4_2.forward(x);
        let x = self.block4_3.forward(x);
        let pixels: Tensor<3> = x.flatten(2, 3);
        self.head.forward(pixels.mean_dim(2).flatten(1, 2))
    }
}

fn main() {
    let device = Device::flex().autodiff();
    let model = ResNet50::new(1000, &device);
    let mut optimizer = AdamConfig::new().init();
    let images: Tensor<4> = Tensor::ones([2, 3, 224, 224], &device);
    let labels: Tensor<1, Int> = Tensor::from_ints([3, 7], &device);
    let loss = CrossEntropyLossConfig::new().init(&device).forward(model.forward(images), labels);
    let grads = GradientsParams::from_grads(loss.backward(), &model);
    let model = optimizer.step(1e-3, model, grads);
    println!("{} parameters, loss {}", model.num_params(), loss.into_scalar::<f32>());
}
