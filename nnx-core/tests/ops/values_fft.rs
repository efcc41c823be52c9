//! Fourier transforms and spectra against JAX, PyTorch, torchaudio and librosa (`tests/goldens/fft.safetensors`, made
//! by `make_fft.py` there), and at their limits.

use nnx_core::array::DType;
use nnx_core::ops::{DynTensor, MelOptions, MelScale, SpectralWindow};
use safetensors::SafeTensors;

use crate::gradcheck::gradients;
use crate::numbers::Values::Between;
use crate::numbers::{elements, tensor};
use crate::table::{ANY, POSITIVE, Row, rows};

/// The rows of the table.
pub(crate) fn transforms() -> Vec<Row> {
    rows! {
        "fft", x [2, 3, 2] ANY => x.fft(1);
        "fft along the leading axis", x [4, 2, 2] ANY => x.fft(0);
        "ifft", x [3, 2] ANY => x.ifft(0);
        "rfft of an even length", x [2, 4] ANY => x.rfft(1);
        "rfft of an odd length", x [3, 2] ANY => x.rfft(0);
        "irfft of an even length", x [2, 3, 2] ANY => x.irfft(1, 4);
        "irfft of an odd length", x [2, 2] ANY => x.irfft(0, 3);
        "complex_mul", x [2, 2] ANY, y [2, 2] ANY => x.complex_mul(y);
        "conjugate", x [2, 2] ANY => x.conjugate();
        "stft", x [2, 7] ANY => x.stft(4, 2, SpectralWindow::Hamming);
        "spectrogram", x [7] ANY => x.spectrogram(3, 2, SpectralWindow::Hann);
        "mel spectrum in decibels", x [2, 5] POSITIVE =>
            x.mel_spectrum(3, &MelOptions::new(16.0)).add_scalar(1.0).decibels();
    }
}

fn golden(file: &SafeTensors<'_>, name: &str) -> DynTensor {
    let view = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (numbers, _) = view.data().as_chunks::<8>();
    tensor(numbers.iter().map(|x| f64::from_le_bytes(*x)).collect(), view.shape())
}

fn assert_near(found: &DynTensor, expected: &DynTensor, tolerance: f64, name: &str) {
    assert_eq!(found.signature(), expected.signature(), "{name}");
    for (i, (found, expected)) in elements(found).iter().zip(elements(expected)).enumerate() {
        let near = (found - expected).abs() <= tolerance;
        assert!(near, "{name}, element {i}: {found} instead of {expected}");
    }
}

fn with_goldens(test: impl FnOnce(&SafeTensors<'_>)) {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/goldens/fft.safetensors");
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    test(&SafeTensors::deserialize(&bytes).expect("the file of goldens"));
}

fn window(name: &str) -> SpectralWindow {
    match name {
        "hann" => SpectralWindow::Hann,
        "hamming" => SpectralWindow::Hamming,
        _ => SpectralWindow::Rectangular,
    }
}

#[test]
fn transforms_and_their_gradients_are_those_of_jax_and_torch() {
    with_goldens(|file| {
        let names = file.names();
        let cases: Vec<&str> =
            names.iter().filter_map(|name| name.strip_suffix("/output")).collect();
        assert_eq!(cases.len(), 26);
        for case in cases {
            let (kind, detail) = case.split_once(' ').expect("a kind and a detail");
            let transform = |x: DynTensor| match kind {
                "fft" => x.fft(1),
                "ifft" => x.ifft(1),
                "rfft" => x.rfft(1),
                "irfft" => x.irfft(1, detail.parse().expect("a length")),
                "stft" => x.stft(12, 5, window(detail)),
                "spectrogram" => x.spectrogram(12, 5, window(detail)),
                other => panic!("{other}"),
            };
            let part = |what: &str| golden(file, &format!("{case}/{what}"));
            let (x, output, cotangent) = (part("input"), part("output"), part("cotangent"));
            assert_near(&transform(x.clone()), &output, 1e-12, case);
            let weighted = |mut x: Vec<DynTensor>| transform(x.remove(0)) * cotangent.clone();
            let (_, found) = gradients(weighted, vec![x.clone()]);
            assert_near(&found[0], &part("gradient"), 1e-12, &format!("the gradient of {case}"));
            let narrow = transform(x.cast(DType::F32)).cast(DType::F64);
            assert_near(&narrow, &output, 2e-5, case);
        }
    });
}

#[test]
fn mel_filters_are_those_of_torchaudio_and_librosa() {
    with_goldens(|file| {
        let options = MelOptions::new(16_000.0).range(50.0, 7600.0);
        for (name, scale) in [("mel htk", MelScale::Htk), ("mel slaney", MelScale::Slaney)] {
            let found = DynTensor::mel_filters(65, 10, &options.scale(scale), DType::F64);
            assert_near(&found, &golden(file, name), 1e-12, name);
        }
    });
}

#[test]
fn a_tone_has_its_power_in_one_frequency() {
    let tone = |i: usize| (std::f64::consts::TAU * 3.0 * i as f64 / 16.0).cos();
    let x = tensor((0..40).map(tone).collect(), &[40]);
    let power = x.spectrogram(16, 8, SpectralWindow::Rectangular);
    assert_eq!(*power.dims(), [4, 9]);
    for row in elements(&power).chunks_exact(9) {
        for (k, power) in row.iter().enumerate() {
            let expected = if k == 3 { 64.0 } else { 0.0 };
            assert!((power - expected).abs() < 1e-12, "frequency {k}: {power}");
        }
    }
}

#[test]
fn transforms_have_the_same_bits_on_any_number_of_threads() {
    let x = tensor(Between(-1.0, 1.0).take(60_000, 2), &[300, 200]).cast(DType::F32);
    let run = |threads: usize| {
        let all = || {
            let y = x.clone().stft(50, 7, SpectralWindow::Hann);
            vec![y.clone().fft(1), y.irfft(2, 50), x.clone().rfft(0)]
        };
        nnx_core::threads::with_threads(threads, all).iter().map(elements).collect::<Vec<_>>()
    };
    let expected = run(1);
    assert!([2, 4].iter().all(|&threads| run(threads) == expected));
}

#[test]
fn a_bad_element_spoils_its_row_alone() {
    for bad in [f64::NAN, f64::INFINITY] {
        let x = tensor(vec![1.0, bad, 0.0, 2.0, 1.0, 2.0, 3.0, 4.0], &[2, 4]);
        let y = elements(&x.rfft(1));
        assert!(
            y[..6].iter().all(|x| !x.is_finite()) && y[6..].iter().all(|x| x.is_finite()),
            "{y:?}"
        );
    }
    let decibels = tensor(vec![0.0, -1.0, f64::NAN, f64::INFINITY], &[4]).decibels();
    let found = elements(&decibels);
    assert_eq!(found[..2], [-100.0, -100.0]);
    assert!(found[2].is_nan() && found[3] == f64::INFINITY);
}

#[test]
fn what_does_not_fit_is_refused_with_numbers() {
    let text = |call: &dyn Fn() -> DynTensor| {
        let payload =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).expect_err("wrong");
        payload.downcast_ref::<String>().expect("a text").clone()
    };
    let x = |dims: &[usize]| tensor(vec![0.5; dims.iter().product()], dims);
    for (call, expected) in [
        (
            &(|| x(&[4, 3]).fft(0)) as &dyn Fn() -> DynTensor,
            "`fft` takes complex numbers (.., N, 2), with N at least 1 and the real and the imaginary part along the last axis, found (4, 3) of f64",
        ),
        (
            &|| x(&[4, 2]).ifft(1),
            "`ifft` takes an axis before the last one, which holds real and imaginary parts: found axis 1 of (4, 2)",
        ),
        (&|| x(&[0]).rfft(0), "`rfft` takes an axis of at least 1 element, found (0,) of f64"),
        (&|| x(&[4]).rfft(1), "`rfft` takes axes of shape (4,) in ascending order, found [1]"),
        (&|| x(&[3, 2]).irfft(0, 8), "`irfft` gives 8 elements of 5 numbers, found 3"),
        (
            &|| x(&[2, 3]).stft(4, 2, SpectralWindow::Hann),
            "`stft` takes windows and hops of at least 1 element, and an axis of at least one window, found a window of 4, a hop of 2, and shape (2, 3)",
        ),
        (
            &|| DynTensor::mel_filters(9, 4, &MelOptions::new(100.0).range(60.0, 50.0), DType::F32),
            "mel_filters: expected a finite sample rate and a range of frequencies from 0 on, found 100 and 60 to 50",
        ),
    ] {
        assert_eq!(text(call), expected);
    }
}
