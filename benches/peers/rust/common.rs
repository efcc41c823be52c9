// Shared harness of the Rust peers: `BIN [--threads N] [--secs S] [--variant V] WORKLOAD...`
// or `BIN --serve` to read "workload variant secs" lines on stdin (one answer line each; `-` = unsupported).
// Prints `workload,variant,threads,median_us,extra`.
use std::io::{BufRead, Write};
use std::time::Instant;

pub struct Job {
    pub f: Box<dyn FnMut()>,
    pub flops: f64,
}
pub fn job(flops: f64, f: impl FnMut() + 'static) -> Option<Job> {
    Some(Job { f: Box::new(f), flops })
}

pub fn time_it(secs: f64, f: &mut dyn FnMut()) -> (f64, f64, f64, usize) {
    // warm-up: at least two calls and 20% of the budget
    let t0 = Instant::now();
    let mut calls = 0u32;
    while calls < 2 || (t0.elapsed().as_secs_f64() < 0.2 * secs) {
        f();
        calls += 1;
    }
    let est = t0.elapsed().as_secs_f64() / calls as f64;
    // group very short calls so that a sample is >= 20 us
    let inner = ((20e-6 / est).ceil() as usize).max(1);
    let mut s = Vec::new();
    let t0 = Instant::now();
    while s.len() < 5 || t0.elapsed().as_secs_f64() < secs {
        let t = Instant::now();
        for _ in 0..inner {
            f();
        }
        s.push(t.elapsed().as_secs_f64() * 1e6 / inner as f64);
        if s.len() >= 200_000 {
            break;
        }
    }
    s.sort_by(|a, b| a.partial_cmp(b).unwrap());
    (s[s.len() / 2], s[0], s[s.len() / 10], s.len())
}

fn run(
    w: &str,
    v: &str,
    threads: usize,
    secs: f64,
    make: &dyn Fn(&str, &str, usize) -> Option<Job>,
) {
    let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        make(w, v, threads).map(|mut j| (time_it(secs, &mut *j.f), j.flops))
    }));
    match r {
        Ok(Some(((med, min, p10, n), fl))) => {
            let g =
                if fl > 0.0 { format!(";gflops={:.2}", fl / med * 1e-3) } else { String::new() };
            println!("{w},{v},{threads},{med:.3},min={min:.3};p10={p10:.3};n={n}{g}");
        }
        Ok(None) => println!("{w},{v},{threads},-,unsupported"),
        Err(_) => println!("{w},{v},{threads},-,panicked"),
    }
    std::io::stdout().flush().unwrap();
}

pub fn main(variants: &[&str], make: &dyn Fn(&str, &str, usize) -> Option<Job>) {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let (mut threads, mut secs, mut serve, mut var, mut ws) = (2usize, 1.0f64, false, None, vec![]);
    let mut i = 0;
    while i < a.len() {
        match a[i].as_str() {
            "--threads" => {
                i += 1;
                threads = a[i].parse().unwrap()
            }
            "--secs" => {
                i += 1;
                secs = a[i].parse().unwrap()
            }
            "--variant" => {
                i += 1;
                var = Some(a[i].clone())
            }
            "--serve" => serve = true,
            w => ws.push(w.to_string()),
        }
        i += 1;
    }
    if serve {
        for l in std::io::stdin().lock().lines() {
            let l = l.unwrap();
            let p: Vec<&str> = l.split_whitespace().collect();
            if p.len() < 3 {
                break;
            }
            run(p[0], p[1], threads, p[2].parse().unwrap(), make);
        }
        return;
    }
    for w in &ws {
        for v in variants {
            if var.as_deref().map_or(true, |x| x == *v) {
                run(w, v, threads, secs, make);
            }
        }
    }
}

pub struct Rng(pub u64);
impl Rng {
    pub fn f(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 40) as f32) / (1u64 << 24) as f32 - 0.5
    }
    pub fn vec(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.f()).collect()
    }
}

/// "gemm_MxKxN" -> (m, k, n)
#[allow(dead_code)]
pub fn gemm_dims(w: &str) -> Option<(usize, usize, usize)> {
    let d: Vec<usize> = w.strip_prefix("gemm_")?.split('x').map(|x| x.parse().unwrap()).collect();
    Some((d[0], d[1], d[2]))
}
/// conv workloads: (n, h, w, cin, cout, k, stride)
#[allow(dead_code)]
pub fn conv_dims(w: &str) -> Option<(usize, usize, usize, usize, usize, usize, usize)> {
    Some(match w {
        "conv_32x28x28x1_k3_32" => (32, 28, 28, 1, 32, 3, 1),
        "conv_32x14x14x32_k3_64" => (32, 14, 14, 32, 64, 3, 1),
        "conv_32x32x32x64_k3_64" => (32, 32, 32, 64, 64, 3, 1),
        "conv_8x224x224x3_k7s2_64" => (8, 224, 224, 3, 64, 7, 2),
        _ => return None,
    })
}
/// "infer_cnn_b32" -> ("infer", "cnn", 32)
#[allow(dead_code)]
pub fn model_dims(w: &str) -> Option<(&str, &str, usize)> {
    let p: Vec<&str> = w.split('_').collect();
    if p.len() != 3 || (p[0] != "infer" && p[0] != "train") {
        return None;
    }
    Some((p[0], p[1], p[2].strip_prefix('b')?.parse().ok()?))
}
/// forward flops per example (multiply-add = 2), matmuls and convolutions only; a training step is taken as 3x
#[allow(dead_code)]
pub fn model_flops(kind: &str, model: &str, b: usize) -> f64 {
    let f = match model {
        "mlp" => 2.0 * (784.0 * 256.0 + 256.0 * 256.0 + 256.0 * 10.0),
        "cnn" => 2.0 * (784.0 * 9.0 * 32.0 + 196.0 * 288.0 * 64.0 + 3136.0 * 128.0 + 1280.0),
        "resnet32" => 2.0 * (256.0 * 147.0 * 64.0 + 6.0 * 49.0 * 576.0 * 64.0 + 640.0),
        "resnet224" => 2.0 * (12544.0 * 147.0 * 64.0 + 6.0 * 3025.0 * 576.0 * 64.0 + 640.0),
        "tb" => 2.0 * (128.0 * 256.0 * (768.0 + 256.0 + 2048.0) + 2.0 * 128.0 * 128.0 * 256.0),
        _ => 0.0,
    };
    f * b as f64 * if kind == "train" { 3.0 } else { 1.0 }
}
