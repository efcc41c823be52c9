// burn peer (CPU). Variants: flex, ndarray (deprecated backend), both with simd + rayon. NCHW, burn's own layout.
#[path = "../../common.rs"]
mod common;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::MaxPool2dConfig;
use burn::nn::*;
use burn::optim::{AdamConfig, GradientsParams};
use burn::prelude::*;
use burn::tensor::{Distribution, activation as act};
use common::*;

#[derive(Module, Debug)]
struct Mlp {
    a: Linear,
    b: Linear,
    c: Linear,
}
impl Mlp {
    fn new(d: &Device) -> Self {
        Self {
            a: LinearConfig::new(784, 256).init(d),
            b: LinearConfig::new(256, 256).init(d),
            c: LinearConfig::new(256, 10).init(d),
        }
    }
    fn fwd(&self, x: Tensor<2>) -> Tensor<2> {
        self.c.forward(act::relu(self.b.forward(act::relu(self.a.forward(x)))))
    }
}
fn same(ci: usize, co: usize, k: usize, s: usize, d: &Device) -> Conv2d {
    Conv2dConfig::new([ci, co], [k, k])
        .with_stride([s, s])
        .with_padding(PaddingConfig2d::Explicit(k / 2, k / 2, k / 2, k / 2))
        .init(d)
}
fn pool(x: Tensor<4>, k: usize, s: usize) -> Tensor<4> {
    MaxPool2dConfig::new([k, k]).with_strides([s, s]).init().forward(x)
}
#[derive(Module, Debug)]
struct Cnn {
    c1: Conv2d,
    c2: Conv2d,
    d1: Linear,
    d2: Linear,
}
impl Cnn {
    fn new(d: &Device) -> Self {
        Self {
            c1: same(1, 32, 3, 1, d),
            c2: same(32, 64, 3, 1, d),
            d1: LinearConfig::new(3136, 128).init(d),
            d2: LinearConfig::new(128, 10).init(d),
        }
    }
    fn fwd(&self, x: Tensor<4>) -> Tensor<2> {
        let x = pool(act::relu(self.c1.forward(x)), 2, 2);
        let x = pool(act::relu(self.c2.forward(x)), 2, 2);
        self.d2.forward(act::relu(self.d1.forward(x.flatten(1, 3))))
    }
}
#[derive(Module, Debug)]
struct Block {
    c1: Conv2d,
    b1: BatchNorm,
    c2: Conv2d,
    b2: BatchNorm,
}
#[derive(Module, Debug)]
struct ResNet {
    c1: Conv2d,
    b1: BatchNorm,
    blocks: Vec<Block>,
    fc: Linear,
}
impl ResNet {
    fn new(d: &Device) -> Self {
        let bn = || BatchNormConfig::new(64).init(d);
        Self {
            c1: same(3, 64, 7, 2, d),
            b1: bn(),
            fc: LinearConfig::new(64, 10).init(d),
            blocks: (0..3)
                .map(|_| Block {
                    c1: same(64, 64, 3, 1, d),
                    b1: bn(),
                    c2: same(64, 64, 3, 1, d),
                    b2: bn(),
                })
                .collect(),
        }
    }
    fn fwd(&self, x: Tensor<4>) -> Tensor<2> {
        let mut x = pool(act::relu(self.b1.forward(self.c1.forward(x))), 3, 2);
        for b in &self.blocks {
            let o = act::relu(b.b1.forward(b.c1.forward(x.clone())));
            x = act::relu(b.b2.forward(b.c2.forward(o)) + x);
        }
        let [n, c, h, w] = x.dims();
        self.fc.forward(x.reshape([n, c, h * w]).mean_dim(2).reshape([n, c]))
    }
}
#[derive(Module, Debug)]
struct Tb {
    qkv: Linear,
    proj: Linear,
    f1: Linear,
    f2: Linear,
    n1: LayerNorm,
    n2: LayerNorm,
}
impl Tb {
    fn new(d: &Device) -> Self {
        let l = |a, b| LinearConfig::new(a, b).init(d);
        let n = || LayerNormConfig::new(256).with_epsilon(1e-6).init(d);
        Self {
            qkv: l(256, 768),
            proj: l(256, 256),
            f1: l(256, 1024),
            f2: l(1024, 256),
            n1: n(),
            n2: n(),
        }
    }
    fn fwd(&self, x: Tensor<3>) -> Tensor<3> {
        let b = x.dims()[0];
        let qkv: Tensor<5> = self
            .qkv
            .forward(self.n1.forward(x.clone()))
            .reshape([b, 128, 3, 8, 32])
            .permute([2, 0, 3, 1, 4]);
        let g = |i: usize| -> Tensor<4> { qkv.clone().slice([i..i + 1]).reshape([b, 8, 128, 32]) };
        let (q, k, v) = (g(0), g(1), g(2));
        let a = act::softmax(q.matmul(k.swap_dims(2, 3)).mul_scalar(32f32.powf(-0.5)), 3);
        let o = a.matmul(v).swap_dims(1, 2).reshape([b, 128, 256]);
        let x = x + self.proj.forward(o);
        let h = Gelu::new_approximate().forward(self.f1.forward(self.n2.forward(x.clone())));
        x + self.f2.forward(h)
    }
}

macro_rules! model_job {
    ($M:ty, $D:literal, $shape:expr, $dev:expr, $train:expr, $fl:expr, $b:expr, $loss:expr) => {{
        if !$train {
            let d = $dev.clone();
            let m = <$M>::new(&d);
            let x: Tensor<$D> = Tensor::random($shape, Distribution::Normal(0., 1.), &d);
            job($fl, move || {
                let y = m.fwd(x.clone());
                d.sync().unwrap();
                std::hint::black_box(y);
            })
        } else {
            let d = $dev.clone().autodiff();
            let mut m = Some(<$M>::new(&d));
            let x: Tensor<$D> = Tensor::random($shape, Distribution::Normal(0., 1.), &d);
            let mut opt = AdamConfig::new().init();
            let loss = $loss;
            job($fl, move || {
                let mm = m.take().unwrap();
                let l: Tensor<1> = loss(mm.fwd(x.clone()), &d);
                let g = l.backward();
                let g = GradientsParams::from_grads(g, &mm);
                m = Some(opt.step(1e-3, mm, g));
                d.sync().unwrap();
            })
        }
    }};
}

fn make(w: &str, v: &str, _t: usize) -> Option<Job> {
    #[allow(deprecated)]
    let dev = match v {
        "flex" => Device::flex(),
        "ndarray" => Device::ndarray(),
        _ => return None,
    };
    let nrm = Distribution::Normal(0., 1.);
    if let Some((m, k, n)) = gemm_dims(w) {
        let (a, b): (Tensor<2>, Tensor<2>) =
            (Tensor::random([m, k], nrm, &dev), Tensor::random([k, n], nrm, &dev));
        return job(2.0 * (m * k * n) as f64, move || {
            std::hint::black_box(a.clone().matmul(b.clone()));
            dev.sync().unwrap();
        });
    }
    if let Some((n, h, ww, ci, co, k, s)) = conv_dims(w) {
        let x: Tensor<4> = Tensor::random([n, ci, h, ww], nrm, &dev);
        let c = same(ci, co, k, s, &dev);
        return job(2.0 * (n * (h / s) * (ww / s) * ci * co * k * k) as f64, move || {
            std::hint::black_box(c.forward(x.clone()));
            dev.sync().unwrap();
        });
    }
    let (kind, model, b) = model_dims(w)?;
    let (train, fl) = (kind == "train", model_flops(kind, model, b));
    let ce = move |o: Tensor<2>, d: &Device| {
        let y: Tensor<1, Int> =
            Tensor::from_ints(&(0..b as i32).map(|i| i % 10).collect::<Vec<_>>()[..], d);
        CrossEntropyLossConfig::new().init(d).forward(o, y)
    };
    match model {
        "mlp" => model_job!(Mlp, 2, [b, 784], dev, train, fl, b, ce),
        "cnn" => model_job!(Cnn, 4, [b, 1, 28, 28], dev, train, fl, b, ce),
        "resnet32" => model_job!(ResNet, 4, [b, 3, 32, 32], dev, train, fl, b, ce),
        "resnet224" => model_job!(ResNet, 4, [b, 3, 224, 224], dev, train, fl, b, ce),
        "tb" => model_job!(Tb, 3, [b, 128, 256], dev, train, fl, b, |o: Tensor<3>, _d: &Device| o
            .powi_scalar(2)
            .mean()),
        _ => None,
    }
}
fn main() {
    common::main(&["flex", "ndarray"], &make);
}
