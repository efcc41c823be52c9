//! ResNet-50 (He et al., 2015), each of its 16 blocks a field with its sizes, and one step of training.

use candle_core::{DType, Device, Module, ModuleT, Result, Tensor};
use candle_nn::{
    AdamW, BatchNorm, Conv2d, Conv2dConfig, Linear, Optimizer, VarBuilder, VarMap, batch_norm,
    conv2d_no_bias, linear, loss,
};

fn conv(input: usize, out: usize, kernel: usize, stride: usize, vb: VarBuilder) -> Result<Conv2d> {
    let config = Conv2dConfig { padding: kernel / 2, stride, ..Default::default() };
    conv2d_no_bias(input, out, kernel, config, vb)
}

fn norm(channels: usize, vb: VarBuilder) -> Result<BatchNorm> {
    batch_norm(channels, 1e-5, vb)
}

/// Three convolutions, added to the input.
struct Bottleneck {
    conv1: Conv2d,
    norm1: BatchNorm,
    conv2: Conv2d,
    norm2: BatchNorm,
    conv3: Conv2d,
    norm3: BatchNorm,
}

impl Bottleneck {
    fn new(width: usize, out: usize, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            conv1: conv(out, width, 1, 1, vb.pp("conv1"))?,
            norm1: norm(width, vb.pp("norm1"))?,
            conv2: conv(width, width, 3, 1, vb.pp("conv2"))?,
            norm2: norm(width, vb.pp("norm2"))?,
            conv3: conv(width, out, 1, 1, vb.pp("conv3"))?,
            norm3: norm(out, vb.pp("norm3"))?,
        })
    }
}

impl ModuleT for Bottleneck {
    fn forward_t(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let y = self.conv1.forward(x)?;
        let y = self.norm1.forward_t(&y, train)?.relu()?;
        let y = self.conv2.forward(&y)?;
        let y = self.norm2.forward_t(&y, train)?.relu()?;
        let y = self.conv3.forward(&y)?;
        (x + self.norm3.forward_t(&y, train)?)?.relu()
    }
}

/// The first block of a stage: other channels, so that the input passes a convolution too.
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
    fn new([input, width, out]: [usize; 3], stride: usize, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            conv1: conv(input, width, 1, 1, vb.pp("conv1"))?,
            norm1: norm(width, vb.pp("norm1"))?,
            conv2: conv(width, width, 3, stride, vb.pp("conv2"))?,
            norm2: norm(width, vb.pp("norm2"))?,
            conv3: conv(width, out, 1, 1, vb.pp("conv3"))?,
            norm3: norm(out, vb.pp("norm3"))?,
            shortcut: conv(input, out, 1, stride, vb.pp("shortcut"))?,
            shortcut_norm: norm(out, vb.pp("shortcut_norm"))?,
        })
    }
}

impl ModuleT for Widening {
    fn forward_t(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let y = self.conv1.forward(x)?;
        let y = self.norm1.forward_t(&y, train)?.relu()?;
        let y = self.conv2.forward(&y)?;
        let y = self.norm2.forward_t(&y, train)?.relu()?;
        let y = self.conv3.forward(&y)?;
        let y = self.norm3.forward_t(&y, train)?;
        let x = self.shortcut.forward(x)?;
        (self.shortcut_norm.forward_t(&x, train)? + y)?.relu()
    }
}

struct ResNet50 {
    conv1: Conv2d,
    norm1: BatchNorm,
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
    fn new(classes: usize, vb: &VarBuilder) -> Result<Self> {
        Ok(Self {
            conv1: conv(3, 64, 7, 2, vb.pp("conv1"))?,
            norm1: norm(64, vb.pp("norm1"))?,
            block1_1: Widening::new([64, 64, 256], 1, vb.pp("block1_1"))?,
            block1_2: Bottleneck::new(64, 256, vb.pp("block1_2"))?,
            block1_3: Bottleneck::new(64, 256, vb.pp("block1_3"))?,
            block2_1: Widening::new([256, 128, 512], 2, vb.pp("block2_1"))?,
            block2_2: Bottleneck::new(128, 512, vb.pp("block2_2"))?,
            block2_3: Bottleneck::new(128, 512, vb.pp("block2_3"))?,
            block2_4: Bottleneck::new(128, 512, vb.pp("block2_4"))?,
            block3_1: Widening::new([512, 256, 1024], 2, vb.pp("block3_1"))?,
            block3_2: Bottleneck::new(256, 1024, vb.pp("block3_2"))?,
            block3_3: Bottleneck::new(256, 1024, vb.pp("block3_3"))?,
            block3_4: Bottleneck::new(256, 1024, vb.pp("block3_4"))?,
            block3_5: Bottleneck::new(256, 1024, vb.pp("block3_5"))?,
            block3_6: Bottleneck::new(256, 1024, vb.pp("block3_6"))?,
            block4_1: Widening::new([1024, 512, 2048], 2, vb.pp("block4_1"))?,
            block4_2: Bottleneck::new(512, 2048, vb.pp("block4_2"))?,
            block4_3: Bottleneck::new(512, 2048, vb.pp("block4_3"))?,
            head: linear(2048, classes, vb.pp("head"))?,
        })
    }
}

impl ModuleT for ResNet50 {
    fn forward_t(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let x = (x * 0.5)?; // the line that is edited
        let x = self.conv1.forward(&x)?;
        let x = self.norm1.forward_t(&x, train)?.relu()?;
        let x = x.max_pool2d(2)?; // windows that overlap have no gradient in candle
        let x = self.block1_1.forward_t(&x, train)?;
        let x = self.block1_2.forward_t(&x, train)?;
        let x = self.block1_3.forward_t(&x, train)?;
        let x = self.block2_1.forward_t(&x, train)?;
        let x = self.block2_2.forward_t(&x, train)?;
        let x = self.block2_3.forward_t(&x, train)?;
        let x = self.block2_4.forward_t(&x, train)?;
        let x = self.block3_1.forward_t(&x, train)?;
        let x = self.block3_2.forward_t(&x, train)?;
        let x = self.block3_3.forward_t(&x, train)?;
        let x = self.block3_4.forward_t(&x, train)?;
        let x = self.block3_5.forward_t(&x, train)?;
        let x = self.block3_6.forward_t(&x, train)?;
        let x = self.block4_1.forward_t(&x, train)?;
        let x = self.block4_2.forward_t(&x, train)?;
        let x = self.block4_3.forward_t(&x, train)?;
        self.head.forward(&x.mean((2, 3))?)
    }
}

fn main() -> Result<()> {
    let device = Device::Cpu;
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let model = ResNet50::new(1000, &vb)?;
    let mut optimizer = AdamW::new_lr(variables.all_vars(), 1e-3)?;
    let images = Tensor::full(0.5f32, (2, 3, 224, 224), &device)?;
    let labels = Tensor::new(&[3u32, 7], &device)?;
    let loss = loss::cross_entropy(&model.forward_t(&images, true)?, &labels)?;
    optimizer.backward_step(&loss)?;
    let parameters: usize = variables.all_vars().iter().map(|variable| variable.elem_count()).sum();
    println!("{parameters} parameters and statistics, loss {}", loss.to_scalar::<f32>()?);
    Ok(())
}
