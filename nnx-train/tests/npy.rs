//! NumPy's files, valid and broken; `data/README.md` says how those of the folder were made.
#![cfg(feature = "npy")]

use std::fs;

use nnx_core::Tensor;
use nnx_core::size::Batch;
use nnx_train::{DataError, read_npy, read_npz, write_npy};

const NPZ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rows.npz");
const NPY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rows.npy");

/// The message, the path cut away.
fn message<T>(result: Result<T, DataError>) -> String {
    let error = result.err().expect("an error").to_string();
    error.replace(NPZ, "rows.npz").replace(NPY, "rows.npy")
}

#[test]
fn arrays_become_tensors_of_the_type() {
    let x: Tensor![Batch, 2] = read_npz(NPZ, "x").unwrap();
    assert_eq!(*x.dims(), [3, 2]);
    assert_eq!(x.to_vec(), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
    let x: Tensor![3, 2; f64] = read_npz(NPZ, "x").unwrap();
    assert_eq!(x.to_vec()[5], 2.5);
    // Integers of 64 bits, as NumPy makes them.
    let y: Tensor![Batch; i32] = read_npz(NPZ, "y").unwrap();
    assert_eq!(y.to_vec(), [2, 0, 1]);
    let y: Tensor![3; u8] = read_npz(NPZ, "y").unwrap();
    assert_eq!(y.to_vec(), [2, 0, 1]);
    let m: Tensor![2; bool] = read_npz(NPZ, "m").unwrap();
    assert_eq!(m.to_vec(), [true, false]);
    // Big-endian floats.
    let rows: Tensor![2, 2] = read_npy(NPY).unwrap();
    assert_eq!(rows.to_vec(), [0.0, 1.0, 2.0, 3.0]);
    let rows: Tensor![2, 2; f64] = read_npy(NPY).unwrap();
    assert_eq!(rows.to_vec(), [0.0, 1.0, 2.0, 3.0]);
}

#[test]
fn what_does_not_fit_the_type_is_refused() {
    assert_eq!(
        message(read_npz::<nnx_core::shape![Batch, 3], f32>(NPZ, "x")),
        "rows.npz, array `x`: expected the shape (Batch, 3), found [3, 2]; change the type of the tensor, or the \
         array (axis 1: expected 3, found 2)"
    );
    assert_eq!(
        message(read_npz::<nnx_core::shape![Batch], f32>(NPZ, "x")),
        "rows.npz, array `x`: expected the shape (Batch,), found [3, 2]; change the type of the tensor, or the \
         array (expected 1 axis, found 2)"
    );
    assert_eq!(
        message(read_npz::<nnx_core::shape![Batch], f32>(NPZ, "z")),
        "rows.npz: expected an array `z`, found big, f, m, s, x, y"
    );
    let fix = "convert it by x.astype(..)";
    assert_eq!(
        message(read_npz::<nnx_core::shape![Batch], f32>(NPZ, "y")),
        format!(
            "rows.npz, array `y`: expected elements for f32, found i64, which isn't converted to f32; {fix}"
        )
    );
    assert_eq!(
        message(read_npz::<nnx_core::shape![Batch], i32>(NPZ, "big")),
        format!(
            "rows.npz, array `big`: expected elements for i32, found 1099511627776, which isn't a value of i32; {fix}"
        )
    );
    assert_eq!(
        message(read_npz::<nnx_core::shape![Batch], i32>(NPZ, "m")),
        format!(
            "rows.npz, array `m`: expected elements for i32, found bool, which isn't converted to i32; {fix}"
        )
    );
    assert!(message(read_npz::<nnx_core::shape![Batch], i32>(NPZ, "s")).contains(
        "expected a whole npz file, found one that has elements of type `<U1`, which aren't read; convert"
    ));
}

#[test]
fn arrays_in_fortran_order_are_read_in_rows() {
    let f: Tensor![Batch, 2] = read_npz(NPZ, "f").unwrap();
    assert_eq!(f.to_vec(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
}

#[test]
fn tensors_that_are_written_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let x = nnx_core::tensor::Tensor::from([[1i64, -2], [3, i64::MAX]]);
    write_npy(&path, &x).unwrap();
    let read: Tensor![2, 2; i64] = read_npy(&path).unwrap();
    assert_eq!(read.to_vec(), x.to_vec());
    assert!(
        message(read_npy::<nnx_core::shape![2, 2], i32>(&path))
            .contains("which isn't a value of i32")
    );
}

#[test]
fn damaged_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let npy = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        read_npy::<nnx_core::shape![2, 2], f32>(&path)
    };
    let whole = fs::read(NPY).unwrap();
    for length in (0..whole.len()).step_by(9) {
        let error = npy(&whole[..length]).expect_err("cut short").to_string();
        assert!(error.contains(": expected a whole npy file, found "), "{length}: {error}");
    }
    for place in (0..128).step_by(7) {
        for value in [0, b'9', 0xff] {
            let mut bytes = whole.clone();
            bytes[place] = value;
            let _ = npy(&bytes);
        }
    }
    // A header that declares a huge array.
    let text =
        String::from_utf8_lossy(&whole[10..128]).replace("(2, 2)", "(9999999999, 9999999999)");
    let text = text.replacen("                      ", "", 1);
    let bytes =
        [&whole[..8], &(text.len() as u16).to_le_bytes(), text.as_bytes(), &whole[128..]].concat();
    let error = npy(&bytes).expect_err("too large").to_string();
    assert!(error.contains("but its header describes f32 [9999999999, 9999999999]"), "{error}");

    let npz = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        read_npz::<nnx_core::shape![3, 2], f32>(&path, "x")
    };
    let whole = fs::read(NPZ).unwrap();
    for length in (0..whole.len()).step_by(90) {
        assert!(npz(&whole[..length]).is_err());
    }
    for place in (0..whole.len()).step_by(31) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x55;
        let _ = npz(&bytes);
    }
    let error = npz(b"no archive").expect_err("no archive").to_string();
    assert!(error.contains(": expected a whole npz file, found "), "{error}");
    assert!(
        read_npy::<nnx_core::shape![1], f32>("/nowhere")
            .err()
            .unwrap()
            .to_string()
            .starts_with("/nowhere: can't")
    );
}
