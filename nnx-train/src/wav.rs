//! WAV files, alone and in a folder for each class.

use std::io::Cursor;
use std::marker::PhantomData;
use std::path::Path;

use hound::{SampleFormat, WavReader};
use nnx_core::size::Size;

use crate::class_folder::{ClassFolder, bytes};
use crate::reader::LIMIT;
use crate::{DataError, Dataset, Label, Malformed, Sequence};

/// A recording: samples from −1 to 1.
///
/// ```
/// use nnx_train::Wave;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("beep.wav");
/// # let spec = hound::WavSpec { channels: 1, sample_rate: 8000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
/// # let mut writer = hound::WavWriter::create(&path, spec)?;
/// # for sample in [0i16, 16384, -32768] { writer.write_sample(sample)?; }
/// # writer.finalize()?;
/// let beep = Wave::read(path)?;
/// assert_eq!((beep.rate, beep.mono().rows()), (8000, &[0.0, 0.5, -1.0][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    /// Samples per second of a channel.
    pub rate: u32,
    /// The number of channels: 1 for mono, 2 for stereo.
    pub channels: usize,
    /// The samples, interleaved by channel.
    pub samples: Vec<f32>,
}

impl Wave {
    /// Reads a file: PCM of 8 to 32 bits, or floats of 32 bits. At most 1 GiB.
    ///
    /// # Errors
    /// A file that can't be read, is no WAV file, is cut short, or has a sample that is NaN or infinite.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, DataError> {
        let path = path.as_ref();
        Self::decode(&path.display().to_string(), &bytes(path, LIMIT)?)
    }

    /// [`read`](Self::read) from the bytes of a file, which errors name `name`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn decode(name: &str, bytes: &[u8]) -> Result<Self, DataError> {
        let fix = "fetch or copy the file again, or leave it out";
        let wave = decode(bytes)
            .map_err(|error| Malformed::new(name, "a WAV file", found(&error)).fix(fix))?;
        if let Some(index) = wave.samples.iter().position(|sample| !sample.is_finite()) {
            let found = format!("{} as sample {}", wave.samples[index], index + 1);
            return Err(Malformed::new(name, "finite samples", found).fix(fix).into());
        }
        Ok(wave)
    }

    /// The mean of all channels, as a sequence.
    pub fn mono(&self) -> Sequence<f32> {
        let frames = self.samples.chunks_exact(self.channels.max(1));
        Sequence::new(frames.map(|frame| frame.iter().sum::<f32>() / frame.len() as f32).collect())
    }
}

fn decode(bytes: &[u8]) -> Result<Wave, hound::Error> {
    let reader = WavReader::new(Cursor::new(bytes))?;
    let spec = reader.spec();
    let samples = match spec.sample_format {
        SampleFormat::Float => reader.into_samples::<f32>().collect::<Result<Vec<f32>, _>>()?,
        SampleFormat::Int => {
            let scale = 2f64.powi(1 - i32::from(spec.bits_per_sample));
            let scaled = |sample: Result<i32, _>| sample.map(|x| (f64::from(x) * scale) as f32);
            reader.into_samples::<i32>().map(scaled).collect::<Result<Vec<f32>, _>>()?
        }
    };
    Ok(Wave { rate: spec.sample_rate, channels: usize::from(spec.channels), samples })
}

/// What is in place of a WAV file.
fn found(error: &hound::Error) -> String {
    match error {
        hound::Error::IoError(_) | hound::Error::UnfinishedSample => "one that is cut short".into(),
        hound::Error::FormatError(what) => format!("other bytes ({what})"),
        hound::Error::TooWide => "samples of more than 32 bits".into(),
        hound::Error::Unsupported | hound::Error::InvalidSampleFormat => {
            "an encoding other than PCM of 8 to 32 bits or floats of 32 bits".into()
        }
    }
}

/// WAV files in a folder for each class: `dog/1.wav`, `siren/2.wav`. The classes are the names of the folders, sorted.
/// An item is the mean of the channels, and the class.
#[derive(Clone, Debug)]
pub struct WavFolder<Classes> {
    files: ClassFolder,
    rate: u32,
    classes: PhantomData<Classes>,
}

impl<Classes: Size> WavFolder<Classes> {
    /// The files of a folder, all of which are to have this sample rate.
    ///
    /// # Errors
    /// A folder that can't be read, a different number of folders than `Classes`, or one of them without a WAV file.
    pub fn new(folder: impl AsRef<Path>, rate: u32) -> Result<Self, DataError> {
        let files = ClassFolder::scan::<Classes>(folder.as_ref(), &["wav"], "WAV file")?;
        Ok(Self { files, rate, classes: PhantomData })
    }

    /// The names of the classes, in the order of their labels.
    pub fn classes(&self) -> &[String] {
        self.files.classes()
    }
}

impl<Classes: Size> Dataset for WavFolder<Classes> {
    type Item = (Sequence<f32>, Label<Classes>);

    fn len(&self) -> usize {
        self.files.len()
    }

    fn get(&self, index: usize) -> Result<Self::Item, DataError> {
        let (path, label) = self.files.file(index)?;
        let wave = Wave::read(path)?;
        if wave.rate != self.rate {
            let (expected, found) = (self.rate, wave.rate);
            let file = path.display().to_string();
            let expected = format!("{expected} samples a second");
            let fix = "resample the file";
            return Err(Malformed::new(file, expected, found.to_string()).fix(fix).into());
        }
        Ok((wave.mono(), label))
    }
}
