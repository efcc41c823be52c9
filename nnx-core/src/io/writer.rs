//! Writes files of tensors, one tensor after the other, without a copy of the whole file in memory.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path as FilePath;

use safetensors::tensor::{Dtype, Metadata, TensorInfo};

use super::header::DESCRIPTION;
use super::{CheckpointError, names};
use crate::array::{Array, DType};
use crate::files::{self, WriteError};
use crate::module::{Entry, Path, State};

/// Bytes of a cache line.
const LINE: usize = 64;

/// Bytes of small tensors that are written at once.
const BUFFER: usize = 64 * 1024;

/// Writes a state to a file, which is replaced atomically.
pub(super) fn write(state: &State, file: &FilePath) -> Result<(), CheckpointError> {
    let named = state.iter().map(|(path, Entry { array, .. })| {
        let name = names::to_tensor_name(path).map_err(|problem| CheckpointError::Name {
            file: file.to_owned(),
            path: path.clone(),
            problem,
        })?;
        Ok((name, array.clone()))
    });
    write_tensors(named.collect::<Result<_, CheckpointError>>()?, None, file, Hold::All)
}

/// How long a writer keeps the arrays alive.
#[derive(PartialEq)]
pub(super) enum Hold {
    /// All of them, until the file is complete. If another process removes the temporary file, it is written once more.
    All,
    /// Each one until it is written. From then on its other owner may change it in place, without a copy.
    Unwritten,
}

/// Writes tensors with these names to a file, which is replaced atomically.
pub(super) fn write_tensors(
    mut tensors: Vec<(String, Array)>,
    description: Option<String>,
    file: &FilePath,
    hold: Hold,
) -> Result<(), CheckpointError> {
    let unwritable = |cause| CheckpointError::Write { file: file.to_owned(), cause };
    // The format asks for wide elements first, so that all are aligned. In a checkpoint, tensors that fill whole cache
    // lines come before the others and are aligned to cache lines, so that a mapped file can be used without a copy.
    let is_checkpoint = description.is_some();
    let lines = |array: &Array| (array.elements() * array.dtype().bytes()).is_multiple_of(LINE);
    tensors.sort_by(|(a, left), (b, right)| {
        let lines = (lines(right) && is_checkpoint).cmp(&(lines(left) && is_checkpoint));
        let widths = to_format(right.dtype()).cmp(&to_format(left.dtype()));
        lines.then(widths).then_with(|| a.cmp(b))
    });
    let (header, length) = header(&tensors, description)
        .map_err(|error| unwritable(WriteError::Io(io::Error::other(error))))?;
    names::check(tensors.iter().map(|(name, _)| name.as_str()), length).map_err(
        |(name, problem)| CheckpointError::Name {
            file: file.to_owned(),
            path: Path::parse(name),
            problem,
        },
    )?;
    let mut held = Some(tensors);
    let mut content = |out: &mut dyn Write| {
        let tensors = if hold == Hold::All { held.clone() } else { held.take() };
        let tensors = tensors.ok_or_else(|| {
            let removed = "another process has removed its temporary file";
            io::Error::new(io::ErrorKind::NotFound, removed)
        })?;
        write_content(tensors, &header, out)
    };
    files::write_with(file, &mut content).map_err(unwritable)
}

/// Writes a header and the tensors that it describes, and drops each array when it is written.
fn write_content(
    tensors: Vec<(String, Array)>,
    header: &[u8],
    out: &mut dyn Write,
) -> io::Result<()> {
    // Arrays larger than the buffer are written directly.
    let mut out = io::BufWriter::with_capacity(BUFFER, out);
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(header)?;
    tensors.into_iter().try_for_each(|(_, array)| array.write_le_bytes(&mut out))?;
    out.flush()
}

/// The header of a file with these tensors in this order, and the length of the file.
fn header(
    tensors: &[(String, Array)],
    description: Option<String>,
) -> Result<(Vec<u8>, u64), Box<dyn std::error::Error + Send + Sync>> {
    let mut end = 0;
    let infos = tensors.iter().map(|(name, array)| {
        let begin = end;
        end += array.elements() * array.dtype().bytes();
        let (dtype, shape) = (to_format(array.dtype()), array.dims().to_vec());
        (name.clone(), TensorInfo { dtype, shape, data_offsets: (begin, end) })
    });
    let infos = infos.collect();
    let multiple = if description.is_some() { LINE } else { 8 };
    let description = description.map(|text| HashMap::from([(DESCRIPTION.to_owned(), text)]));
    let mut text = serde_json::to_vec(&Metadata::new(description, infos)?)?;
    text.resize((8 + text.len()).next_multiple_of(multiple) - 8, b' ');
    let length = (8 + text.len() + end) as u64;
    Ok((text, length))
}

fn to_format(dtype: DType) -> Dtype {
    match dtype {
        DType::F32 => Dtype::F32,
        DType::F64 => Dtype::F64,
        DType::Bf16 => Dtype::BF16,
        DType::I32 => Dtype::I32,
        DType::I64 => Dtype::I64,
        DType::U32 => Dtype::U32,
        DType::U8 => Dtype::U8,
        DType::Bool => Dtype::BOOL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer that notes, at each large write, which arrays nobody else holds.
    struct Observer {
        arrays: Vec<Array>,
        unshared: Vec<Vec<bool>>,
    }

    impl Write for Observer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if bytes.len() > BUFFER {
                let unshared =
                    self.arrays.iter_mut().map(|array| array.unique_mut::<f32>().is_some());
                self.unshared.push(unshared.collect());
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn each_array_is_released_when_it_is_written() {
        let array = |x: f32| Array::new(vec![x; BUFFER], &[BUFFER]).expect("as many elements");
        let arrays: Vec<Array> = (0..3).map(|i| array(i as f32)).collect();
        let tensors = arrays.iter().map(|array| (String::new(), array.clone())).collect();
        let mut observer = Observer { arrays, unshared: Vec::new() };
        write_content(tensors, &[], &mut observer).expect("it takes all");
        let [no, yes] = [false, true];
        assert_eq!(observer.unshared, [[no, no, no], [yes, no, no], [yes, yes, no]]);
    }
}
