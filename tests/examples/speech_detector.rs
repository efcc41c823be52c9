//! The example `speech_detector` as a process.

use std::fs;

use crate::support::Bench;

fn bench() -> Bench {
    Bench::new("speech_detector")
}

/// The probabilities that onnxruntime gives for the recording of the repository.
fn reference() -> Vec<f32> {
    let file =
        concat!(env!("CARGO_MANIFEST_DIR"), "/data/silero-vad/speech_probabilities.safetensors");
    let state = nnx::io::load_state(file).unwrap();
    state.get(&nnx::module::Path::parse("probabilities")).unwrap().array.to_vec().unwrap()
}

/// Whether kernels use FMA, as at all levels but the scalar one.
fn has_fma() -> bool {
    #[cfg(target_arch = "x86_64")]
    let has = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    #[cfg(not(target_arch = "x86_64"))]
    let has = cfg!(target_arch = "aarch64");
    has && std::env::var("NNX_CPU_LEVEL").as_deref() != Ok("scalar")
}

#[test]
fn the_probabilities_are_those_of_onnxruntime() {
    let [lines, _] = bench().trains("--all");
    let reference = reference();
    let found: Vec<f32> = lines[..96].iter().map(|line| line.parse().unwrap()).collect();
    assert_eq!(reference.len(), 96);
    let error = |(a, b): (&f32, &f32)| (a - b).abs();
    let largest = found.iter().zip(&reference).map(error).fold(0.0, f32::max);
    eprintln!("largest difference {largest:.1e}");
    // The sums of `conv2`, of 384 products that cancel, round differently without FMA: they differ by 1.2e-5 from
    // onnxruntime's. The errors compared with exact arithmetic are 1.6e-5 for onnxruntime, 6.5e-6 without FMA, and
    // 9.4e-6 with FMA.
    let bound = if has_fma() { 1e-5 } else { 1.6e-5 };
    assert!(largest < bound, "off by {largest:.1e}");
}

#[test]
fn times_of_speech_are_told() {
    let [lines, _] = bench().trains("");
    let total = lines.last().unwrap();
    assert!(total.ends_with(" s of 3.07 s"), "{lines:#?}");
    assert!(lines[0].starts_with("speech from ") && lines.len() > 1, "{lines:#?}");
    let spoken: f64 = total.split_once(' ').unwrap().0.parse().unwrap();
    let expected = reference().iter().filter(|&&p| p >= 0.5).count() as f64 * 0.032;
    assert!((spoken - expected).abs() < 0.006, "{spoken} instead of {expected}");
}

#[test]
fn help_names_the_options_and_their_defaults() {
    bench().explains(&[
        ("--wav", "three seconds of speech"),
        ("--weights", "those of the repository"),
        ("--threshold", "0.5"),
    ]);
}

#[test]
fn what_is_wrong_is_refused() {
    let bench = bench();
    bench.refuses_values(&[("--threshold", "0")]);
    bench.put("no.wav", b"RIFF no wave");
    let error = bench.refuses("--wav ../data/no.wav");
    assert!(error.starts_with("../data/no.wav: expected a WAV file, found "), "{error}");
    let mut wav =
        fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/data/silero-vad/speech.wav")).unwrap();
    wav[24..28].copy_from_slice(&8000u32.to_le_bytes());
    wav[28..32].copy_from_slice(&16_000u32.to_le_bytes());
    bench.put("slow.wav", &wav);
    assert_eq!(
        bench.refuses("--wav ../data/slow.wav"),
        "../data/slow.wav: expected 16000 samples a second, found 8000 samples a second; resample the file"
    );
    let error = bench.fails("--weights ../data/slow.wav");
    assert!(error[0].contains("slow.wav: not a whole safetensors file"), "{error:#?}");
}
