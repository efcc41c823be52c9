// sgemm peers (matrixmultiply, gemm, faer), FMA peak, clock and memory bandwidth.
#[path = "../../common.rs"]
mod common;
use common::*;
use std::arch::x86_64::*;
use std::hint::black_box;

#[target_feature(enable = "avx2,fma")]
unsafe fn fma_loop(iters: usize) -> f32 {
    let x = _mm256_set1_ps(black_box(1.0000001));
    let y = _mm256_set1_ps(black_box(1e-9));
    let mut a = [_mm256_setzero_ps(); 12];
    for (i, v) in a.iter_mut().enumerate() {
        *v = _mm256_set1_ps(black_box(i as f32));
    }
    for _ in 0..iters {
        for v in a.iter_mut() {
            *v = _mm256_fmadd_ps(*v, x, y);
        }
    }
    let mut s = a[0];
    for v in &a[1..] {
        s = _mm256_add_ps(s, *v);
    }
    let mut o = [0f32; 8];
    _mm256_storeu_ps(o.as_mut_ptr(), s);
    o.iter().sum()
}
fn clock_ghz() -> f64 {
    // dependent 1-cycle adds
    let n = 2_000_000u64;
    let mut best = f64::MAX;
    for _ in 0..20 {
        let t = std::time::Instant::now();
        unsafe {
            std::arch::asm!(
                "2:", ".rept 64", "add {a}, {b}", ".endr", "dec {n}", "jnz 2b",
                a = inout(reg) 0u64 => _, b = in(reg) 3u64, n = inout(reg) n / 64 => _);
        }
        best = best.min(t.elapsed().as_secs_f64());
    }
    n as f64 / best * 1e-9
}
fn par(t: usize, f: impl Fn(usize) + Sync) {
    if t == 1 {
        return f(0);
    }
    rayon::scope(|s| {
        for i in 0..t {
            let f = &f;
            s.spawn(move |_| f(i));
        }
    });
}
#[target_feature(enable = "avx2,fma")]
unsafe fn sum(p: *const f32, n: usize) -> f32 {
    let mut a = [_mm256_setzero_ps(); 8];
    let mut i = 0;
    while i + 64 <= n {
        for j in 0..8 {
            a[j] = _mm256_add_ps(a[j], _mm256_loadu_ps(p.add(i + 8 * j)));
        }
        i += 64;
    }
    let mut s = a[0];
    for v in &a[1..] {
        s = _mm256_add_ps(s, *v);
    }
    let mut o = [0f32; 8];
    _mm256_storeu_ps(o.as_mut_ptr(), s);
    o.iter().sum()
}
#[target_feature(enable = "avx2,fma")]
unsafe fn triad(a: *mut f32, b: *const f32, c: *const f32, n: usize, nt: bool) {
    let k = _mm256_set1_ps(3.0);
    let mut i = 0;
    while i + 8 <= n {
        let v = _mm256_fmadd_ps(_mm256_loadu_ps(c.add(i)), k, _mm256_loadu_ps(b.add(i)));
        if nt {
            _mm256_stream_ps(a.add(i), v)
        } else {
            _mm256_storeu_ps(a.add(i), v)
        }
        i += 8;
    }
}

fn make(w: &str, v: &str, t: usize) -> Option<Job> {
    if w == "peak_fma" {
        if v != "hw" {
            return None;
        }
        let it = 200_000;
        eprintln!("# clock (1-cycle adds): {:.3} GHz", clock_ghz());
        return job((it * 12 * 16 * t) as f64, move || {
            par(t, |_| {
                black_box(unsafe { fma_loop(it) });
            })
        });
    }
    if let Some(kb) = w.strip_prefix("bw_read_") {
        // working set per thread in KiB; "gflops" column = GB/s
        if v != "hw" {
            return None;
        }
        let n = kb.parse::<usize>().unwrap() * 256;
        let bufs: Vec<Vec<f32>> = (0..t).map(|_| vec![1.0f32; n]).collect();
        let rep = ((64 << 20) / (n * 4)).max(1);
        return job((n * 4 * t * rep) as f64, move || {
            par(t, |i| {
                for _ in 0..rep {
                    black_box(unsafe { sum(black_box(bufs[i].as_ptr()), n) });
                }
            })
        });
    }
    if let Some(nt) = w.strip_prefix("bw_triad_") {
        if v != "hw" {
            return None;
        }
        let n = 32 << 20; // 128 MiB per array
        let nt = nt == "nt";
        let (a, b, c) = (vec![0f32; n + 8], vec![1f32; n], vec![2f32; n]);
        let off = (a.as_ptr() as usize).wrapping_neg() % 32 / 4;
        let ch = n / t;
        return job((n * 12) as f64, move || {
            par(t, |i| unsafe {
                triad(
                    (a.as_ptr() as *mut f32).add(off + i * ch),
                    b.as_ptr().add(i * ch),
                    c.as_ptr().add(i * ch),
                    ch,
                    nt,
                )
            })
        });
    }
    let (m, k, n) = gemm_dims(w)?;
    let mut r = Rng(88172645463325252);
    let (a, b, mut c) = (r.vec(m * k), r.vec(k * n), vec![0f32; m * n]);
    let fl = 2.0 * (m * k * n) as f64;
    match v {
        "matrixmultiply" => job(fl, move || unsafe {
            matrixmultiply::sgemm(
                m,
                k,
                n,
                1.0,
                a.as_ptr(),
                k as isize,
                1,
                b.as_ptr(),
                n as isize,
                1,
                0.0,
                c.as_mut_ptr(),
                n as isize,
                1,
            );
            black_box(&c);
        }),
        "gemm" => job(fl, move || unsafe {
            let p = if t == 1 { gemm::Parallelism::None } else { gemm::Parallelism::Rayon(t) };
            gemm::gemm(
                m,
                n,
                k,
                c.as_mut_ptr(),
                1,
                n as isize,
                false,
                a.as_ptr(),
                1,
                k as isize,
                b.as_ptr(),
                1,
                n as isize,
                0.0f32,
                1.0f32,
                false,
                false,
                false,
                p,
            );
            black_box(&c);
        }),
        "faer" => job(fl, move || {
            let p = if t == 1 { faer::Par::Seq } else { faer::Par::rayon(t) };
            faer::linalg::matmul::matmul(
                faer::MatMut::from_row_major_slice_mut(&mut c, m, n),
                faer::Accum::Replace,
                faer::MatRef::from_row_major_slice(&a, m, k),
                faer::MatRef::from_row_major_slice(&b, k, n),
                1.0f32,
                p,
            );
            black_box(&c);
        }),
        _ => None,
    }
}
fn main() {
    common::main(&["hw", "matrixmultiply", "gemm", "faer"], &make);
}
