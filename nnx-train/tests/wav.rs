//! WAV files, valid and broken.
#![cfg(feature = "wav")]

use std::fs;
use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};
use nnx_core::size::{U2, U3};
use nnx_train::{Dataset, WavFolder, Wave};

fn spec(channels: u16, bits: u16, format: SampleFormat) -> WavSpec {
    WavSpec { channels, sample_rate: 8000, bits_per_sample: bits, sample_format: format }
}

fn encoded(spec: WavSpec, samples: &[f32]) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    for &sample in samples {
        match spec.sample_format {
            SampleFormat::Float => writer.write_sample(sample).unwrap(),
            SampleFormat::Int => {
                let scale = 2f32.powi(i32::from(spec.bits_per_sample) - 1);
                writer.write_sample((sample * scale) as i32).unwrap();
            }
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn samples_of_all_widths_are_from_minus_1_to_1() {
    let samples = [0.0, 0.5, -1.0, -0.25];
    for (bits, format) in [
        (8, SampleFormat::Int),
        (16, SampleFormat::Int),
        (24, SampleFormat::Int),
        (32, SampleFormat::Int),
        (32, SampleFormat::Float),
    ] {
        let wave = Wave::decode("a.wav", &encoded(spec(1, bits, format), &samples)).unwrap();
        assert_eq!(
            (wave.rate, wave.channels, &wave.samples[..]),
            (8000, 1, &samples[..]),
            "{bits}"
        );
    }
}

#[test]
fn mono_is_the_mean_of_the_channels() {
    let stereo = encoded(spec(2, 32, SampleFormat::Float), &[1.0, 0.0, -1.0, 0.5]);
    assert_eq!(Wave::decode("a.wav", &stereo).unwrap().mono().rows(), [0.5, -0.25]);
}

#[test]
fn samples_that_are_not_finite_are_refused() {
    for (sample, found) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf")] {
        let bytes = encoded(spec(1, 32, SampleFormat::Float), &[0.5, sample]);
        assert_eq!(
            Wave::decode("a.wav", &bytes).unwrap_err().to_string(),
            format!(
                "a.wav: expected finite samples, found {found} as sample 2; fetch or copy the file again, or leave it out"
            )
        );
    }
}

#[test]
fn what_is_no_whole_wav_file_is_refused() {
    let whole = encoded(spec(1, 16, SampleFormat::Int), &[0.5; 100]);
    let fix = "; fetch or copy the file again, or leave it out";
    let refused = |bytes: &[u8]| Wave::decode("a.wav", bytes).unwrap_err().to_string();
    let mut a_law = whole.clone();
    a_law[20] = 6;
    let (cut, text) = ("one that is cut short", "other bytes (no RIFF tag found)");
    let encoding = "an encoding other than PCM of 8 to 32 bits or floats of 32 bits";
    for (bytes, found) in [
        (&b""[..], cut),
        (b"RIFF", cut),
        (b"hello world, this is text", text),
        (&whole[..30], cut),
        (&whole[..whole.len() - 7], cut),
        (&a_law, encoding),
    ] {
        assert_eq!(refused(bytes), format!("a.wav: expected a WAV file, found {found}{fix}"));
    }
    for place in 0..60 {
        for value in [0, 1, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[place] = value;
            if let Ok(wave) = Wave::decode("damaged", &bytes) {
                assert!(wave.samples.len() <= whole.len());
                let _ = wave.mono();
            }
        }
    }
}

#[test]
fn a_folder_has_a_class_for_each_of_its_folders_and_one_rate() {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, spec: WavSpec, samples: &[f32]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, encoded(spec, samples)).unwrap();
    };
    put("dog/a.wav", spec(1, 16, SampleFormat::Int), &[0.5, -0.5]);
    put("siren/b.wav", spec(1, 16, SampleFormat::Int), &[0.25]);
    let set = WavFolder::<U2>::new(folder.path(), 8000).unwrap();
    assert_eq!(set.classes(), ["dog", "siren"]);
    let (sounds, labels) = set.loader(2).unwrap().epoch(0).next().unwrap().unwrap();
    assert_eq!((sounds.values.to_vec(), labels.to_vec()), (vec![0.5, -0.5, 0.25, 0.0], vec![0, 1]));

    let error =
        WavFolder::<U2>::new(folder.path(), 16_000).unwrap().get(1).unwrap_err().to_string();
    let path = folder.path().join("siren/b.wav");
    let path = path.display();
    assert_eq!(
        error,
        format!("{path}: expected 16000 samples a second, found 8000; resample the file")
    );
    let error = WavFolder::<U3>::new(folder.path(), 8000).unwrap_err().to_string();
    assert!(
        error.contains("expected 3 folders, one for each class, found 2: dog, siren"),
        "{error}"
    );
}
