// candle peer (CPU). NCHW, candle's own layout. Training: AdamW with weight_decay 0 (= Adam).
// The backward of max_pool2d needs kernel == stride, so the *training* ResNet pools 2x2/2 (8x8 instead of 7x7).
#[path = "../../common.rs"]
mod common;
use candle_core::{D, DType, Device, Module, ModuleT, Result, Tensor};
use candle_nn::*;
use common::*;

struct Cnn {
    c1: Conv2d,
    c2: Conv2d,
    d1: Linear,
    d2: Linear,
}
impl Cnn {
    fn new(vb: VarBuilder) -> Result<Self> {
        let c = Conv2dConfig { padding: 1, ..Default::default() };
        Ok(Self {
            c1: conv2d(1, 32, 3, c, vb.pp("c1"))?,
            c2: conv2d(32, 64, 3, c, vb.pp("c2"))?,
            d1: linear(3136, 128, vb.pp("d1"))?,
            d2: linear(128, 10, vb.pp("d2"))?,
        })
    }
    fn fwd(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.c1.forward(x)?.relu()?.max_pool2d(2)?;
        let x = self.c2.forward(&x)?.relu()?.max_pool2d(2)?;
        self.d2.forward(&self.d1.forward(&x.flatten_from(1)?)?.relu()?)
    }
}
struct Mlp {
    l: [Linear; 3],
}
impl Mlp {
    fn new(vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            l: [
                linear(784, 256, vb.pp("0"))?,
                linear(256, 256, vb.pp("1"))?,
                linear(256, 10, vb.pp("2"))?,
            ],
        })
    }
    fn fwd(&self, x: &Tensor) -> Result<Tensor> {
        self.l[2].forward(&self.l[1].forward(&self.l[0].forward(x)?.relu()?)?.relu()?)
    }
}
struct Block {
    c1: Conv2d,
    b1: BatchNorm,
    c2: Conv2d,
    b2: BatchNorm,
}
struct ResNet {
    c1: Conv2d,
    b1: BatchNorm,
    blocks: Vec<Block>,
    fc: Linear,
}
impl ResNet {
    fn new(vb: VarBuilder) -> Result<Self> {
        let c = Conv2dConfig { padding: 1, ..Default::default() };
        let blk = |i: usize| -> Result<Block> {
            let v = vb.pp(format!("k{i}"));
            Ok(Block {
                c1: conv2d(64, 64, 3, c, v.pp("c1"))?,
                b1: batch_norm(64, 1e-5, v.pp("b1"))?,
                c2: conv2d(64, 64, 3, c, v.pp("c2"))?,
                b2: batch_norm(64, 1e-5, v.pp("b2"))?,
            })
        };
        Ok(Self {
            c1: conv2d(
                3,
                64,
                7,
                Conv2dConfig { padding: 3, stride: 2, ..Default::default() },
                vb.pp("c1"),
            )?,
            b1: batch_norm(64, 1e-5, vb.pp("b1"))?,
            blocks: (0..3).map(blk).collect::<Result<_>>()?,
            fc: linear(64, 10, vb.pp("fc"))?,
        })
    }
    fn fwd(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let x = self.b1.forward_t(&self.c1.forward(x)?, train)?.relu()?;
        let mut x = if train { x.max_pool2d(2)? } else { x.max_pool2d_with_stride(3, 2)? };
        for b in &self.blocks {
            let o = b.b1.forward_t(&b.c1.forward(&x)?, train)?.relu()?;
            let o = b.b2.forward_t(&b.c2.forward(&o)?, train)?;
            x = (o + x)?.relu()?;
        }
        self.fc.forward(&x.mean((2, 3))?)
    }
}
struct Tb {
    qkv: Linear,
    proj: Linear,
    f1: Linear,
    f2: Linear,
    n1: LayerNorm,
    n2: LayerNorm,
}
impl Tb {
    fn new(vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            qkv: linear(256, 768, vb.pp("qkv"))?,
            proj: linear(256, 256, vb.pp("proj"))?,
            f1: linear(256, 1024, vb.pp("f1"))?,
            f2: linear(1024, 256, vb.pp("f2"))?,
            n1: layer_norm(256, 1e-6, vb.pp("n1"))?,
            n2: layer_norm(256, 1e-6, vb.pp("n2"))?,
        })
    }
    fn fwd(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let b = x.dim(0)?;
        let qkv = self
            .qkv
            .forward(&self.n1.forward(x)?)?
            .reshape((b, 128, 3, 8, 32))?
            .permute((2, 0, 3, 1, 4))?;
        let (q, k, v) =
            (qkv.get(0)?.contiguous()?, qkv.get(1)?.contiguous()?, qkv.get(2)?.contiguous()?);
        let a = (q.matmul(&k.t()?)? * (32f64).powf(-0.5))?;
        // softmax_last_dim is the fast fused op but has no backward
        let a = if train { ops::softmax(&a, D::Minus1)? } else { ops::softmax_last_dim(&a)? };
        let o = a.matmul(&v)?.transpose(1, 2)?.reshape((b, 128, 256))?;
        let x = (x + self.proj.forward(&o)?)?;
        &x + self.f2.forward(&self.f1.forward(&self.n2.forward(&x)?)?.gelu()?)?
    }
}

fn mk(w: &str, v: &str, _t: usize) -> Result<Option<Job>> {
    if v != "candle" {
        return Ok(None);
    }
    let dev = Device::Cpu;
    if let Some((m, k, n)) = gemm_dims(w) {
        let (a, b) =
            (Tensor::randn(0f32, 1., (m, k), &dev)?, Tensor::randn(0f32, 1., (k, n), &dev)?);
        return Ok(job(2.0 * (m * k * n) as f64, move || {
            a.matmul(&b).unwrap();
        }));
    }
    if let Some((n, h, ww, ci, co, k, s)) = conv_dims(w) {
        let x = Tensor::randn(0f32, 1., (n, ci, h, ww), &dev)?;
        let c = Conv2d::new(
            Tensor::randn(0f32, 1., (co, ci, k, k), &dev)?,
            Some(Tensor::randn(0f32, 1., co, &dev)?),
            Conv2dConfig { padding: k / 2, stride: s, ..Default::default() },
        );
        return Ok(job(2.0 * (n * (h / s) * (ww / s) * ci * co * k * k) as f64, move || {
            c.forward(&x).unwrap();
        }));
    }
    let Some((kind, model, b)) = model_dims(w) else { return Ok(None) };
    let train = kind == "train";
    let vm = VarMap::new();
    let vb = VarBuilder::from_varmap(&vm, DType::F32, &dev);
    let shp: Vec<usize> = match model {
        "mlp" => vec![b, 784],
        "cnn" => vec![b, 1, 28, 28],
        "resnet32" => vec![b, 3, 32, 32],
        "resnet224" => vec![b, 3, 224, 224],
        "tb" => vec![b, 128, 256],
        _ => return Ok(None),
    };
    let x = Tensor::randn(0f32, 1., shp, &dev)?;
    let fwd: Box<dyn Fn(&Tensor) -> Result<Tensor>> = match model {
        "mlp" => {
            let m = Mlp::new(vb)?;
            Box::new(move |x| m.fwd(x))
        }
        "cnn" => {
            let m = Cnn::new(vb)?;
            Box::new(move |x| m.fwd(x))
        }
        "tb" => {
            let m = Tb::new(vb)?;
            Box::new(move |x| m.fwd(x, train))
        }
        _ => {
            let m = ResNet::new(vb)?;
            Box::new(move |x| m.fwd(x, train))
        }
    };
    let fl = model_flops(kind, model, b);
    if !train {
        // inference on plain (non-Var) storage would skip op tracking; candle has no inference mode, VarMap tensors track
        return Ok(job(fl, move || {
            fwd(&x).unwrap();
        }));
    }
    let y = Tensor::from_vec((0..b as u32).map(|i| i % 10).collect::<Vec<_>>(), b, &dev)?;
    let mut opt = AdamW::new(
        vm.all_vars(),
        ParamsAdamW { lr: 1e-3, weight_decay: 0.0, ..Default::default() },
    )?;
    let tb = model == "tb";
    Ok(job(fl, move || {
        let o = fwd(&x).unwrap();
        let l = if tb {
            o.sqr().unwrap().mean_all().unwrap()
        } else {
            loss::cross_entropy(&o, &y).unwrap()
        };
        opt.backward_step(&l).unwrap();
    }))
}
fn make(w: &str, v: &str, t: usize) -> Option<Job> {
    mk(w, v, t).unwrap()
}
fn main() {
    common::main(&["candle"], &make);
}
