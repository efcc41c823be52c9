//! What a file is that isn't safetensors, by its first bytes, and what to do with it.

use std::path::Path;

use super::CheckpointError;
use super::npy;
use super::npz::NpzFile;

/// A file of `torch.save`.
pub(super) const TORCH: &str = "a pickle of Python objects, as `torch.save` writes it: pickles are programs, and aren't \
                                read; write the tensors in Python by `safetensors.torch.save_file(state_dict, file)`, \
                                and load that file";
const ZIP: &str = "an npz file, or another zip archive: load npz by `Foreign::by_path()`, or its arrays by `NpzFile`";
const NPY: &str =
    "an npy file, whose array has no name; write named arrays by np.savez(file, name=x)";
const HDF5: &str = "an HDF5 file, as Keras and h5py write it: write its arrays in Python by np.savez(file, name=x, ..), and \
                    load that file by `Foreign`";

const HDF5_MAGIC: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// Whether an entry of a zip archive is that of a pickle: the archive is a file of `torch.save`.
pub(super) fn is_pickle(entry: &str) -> bool {
    entry == "data.pkl" || entry.ends_with("/data.pkl")
}

/// The format of a file that starts with these bytes, and what to do. They are no length of a safetensors header: that
/// of a pickle is far too large, too.
pub(super) fn other_format(path: &Path, start: &[u8; 8]) -> Option<&'static str> {
    // The number of the protocol, and then the first operation: never a 0.
    if let [0x80, 2..=5, 1..=0xff, ..] = start {
        return Some(TORCH);
    }
    if start.starts_with(npy::MAGIC) {
        return Some(NPY);
    }
    if start == HDF5_MAGIC {
        return Some(HDF5);
    }
    if start.starts_with(b"PK\x03\x04") {
        return Some(match NpzFile::open_at(path) {
            Err(CheckpointError::OtherFormat { problem, .. }) => problem,
            _ => ZIP,
        });
    }
    None
}
