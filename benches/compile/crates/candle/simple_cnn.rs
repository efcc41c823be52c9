//! The tutorial's network for images of digits, and a program that trains it.

use candle_core::{D, DType, Device, Module, Result, Tensor};
use candle_nn::{
    AdamW, Conv2d, Conv2dConfig, Linear, Optimizer, VarBuilder, VarMap, conv2d, linear, loss,
};

struct SimpleCnn {
    conv1: Conv2d,
    conv2: Conv2d,
    dense1: Linear,
    dense2: Linear,
}

impl SimpleCnn {
    fn new(classes: usize, vb: &VarBuilder) -> Result<Self> {
        let same = Conv2dConfig { padding: 1, ..Default::default() };
        Ok(Self {
            conv1: conv2d(1, 32, 3, same, vb.pp("conv1"))?,
            conv2: conv2d(32, 64, 3, same, vb.pp("conv2"))?,
            dense1: linear(64 * 7 * 7, 128, vb.pp("dense1"))?,
            dense2: linear(128, classes, vb.pp("dense2"))?,
        })
    }
}

impl Module for SimpleCnn {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = (x * 0.5)?; // the line that is edited
        let x = self.conv1.forward(&x)?.relu()?.max_pool2d(2)?;
        let x = self.conv2.forward(&x)?.relu()?.max_pool2d(2)?;
        let x = self.dense1.forward(&x.flatten_from(1)?)?.relu()?;
        self.dense2.forward(&x)
    }
}

const BATCH: usize = 32;

fn main() -> Result<()> {
    let device = Device::Cpu;
    let variables = VarMap::new();
    let vb = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let model = SimpleCnn::new(10, &vb)?;
    let mut optimizer = AdamW::new_lr(variables.all_vars(), 1e-3)?;
    let images = Tensor::full(0.5f32, (BATCH, 1, 28, 28), &device)?;
    let digits: Vec<u32> = (0..10).cycle().take(BATCH).collect();
    let labels = Tensor::from_vec(digits, BATCH, &device)?;
    for _ in 0..10 {
        let loss = loss::cross_entropy(&model.forward(&images)?, &labels)?;
        optimizer.backward_step(&loss)?;
        println!("loss {}", loss.to_scalar::<f32>()?);
    }
    let predicted = model.forward(&images)?.argmax(D::Minus1)?;
    let right = predicted.eq(&labels)?.to_dtype(DType::F32)?.mean_all()?;
    println!("accuracy {}", right.to_scalar::<f32>()?);
    Ok(())
}
