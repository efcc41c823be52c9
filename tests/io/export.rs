//! Weights that are written for other programs. NumPy and PyTorch read the goldens in `make_foreign.py`.

use nnx::array::Array;
use nnx::io::{Export, FileType, Foreign, NpyArray, NpzFile};
use nnx::module::{Entry, KindId};
use nnx::prelude::*;

use crate::golden::Golden;
use crate::{library_file, place, same};

#[derive(Module)]
struct Model {
    count: nnx::module::Variable<Tensor![1; u32], kind::RngState>,
    flags: Param<shape![3], bool>,
    half: Param<shape![28]>,
    indices: Param<shape![2], i64>,
    matrix: Param<shape![2, 3]>,
    scalar: Param<()>,
    wide: Param<shape![3], f64>,
}

fn model() -> Model {
    Model {
        count: nnx::module::Variable::new(Tensor::from([7])),
        flags: Param::new(Tensor::from([true, false, true])),
        half: Param::new(Golden::open("foreign").tensor("elements/f32")),
        indices: Param::new(Tensor::from([-(1i64 << 40), 3])),
        matrix: Param::new(Tensor::from([[0.0, 0.5, 1.0], [1.5, 2.0, 2.5]])),
        scalar: Param::new(Tensor::full(2.5)),
        wide: Param::new(Tensor::from([0.1, f64::NEG_INFINITY, f64::NAN])),
    }
}

/// Compares a file with its golden, which Python has read, or writes the golden.
fn golden(name: &str, write: impl Fn(&std::path::Path) -> Result<(), nnx::Error>) {
    let (_directory, file) = place();
    write(&file).expect("written");
    let found = std::fs::read(&file).expect("the file");
    if std::env::var_os("UPDATE_EXPORTS").is_some() {
        std::fs::write(library_file(name), &found).expect("a golden");
    }
    let expected = std::fs::read(library_file(name)).expect("the golden");
    assert!(
        found == expected,
        "{name} differs: `cargo xtask bless exports` writes it, then run make_foreign.py"
    );
}

#[test]
fn files_are_those_that_numpy_and_pytorch_have_read() {
    let model = model();
    golden("export.npz", |file| Export::new().npz(&model, file));
    golden("export_f16.npz", |file| Export::new().floats(FileType::F16).npz(&model, file));
    for (name, half) in [("export_f16", FileType::F16), ("export_bf16", FileType::Bf16)] {
        golden(&format!("{name}.safetensors"), |file| {
            Export::new().floats(half).safetensors(&model, file)
        });
    }
}

#[test]
fn what_is_written_comes_back_bit_for_bit() {
    for npz in [false, true] {
        let (_directory, file) = place();
        let (written, mut read) = (model(), model());
        read.matrix.replace(Tensor::zeros());
        match npz {
            true => Export::new().npz(&written, &file).expect("written"),
            false => Export::new().safetensors(&written, &file).expect("written"),
        }
        let report = Foreign::by_path().load(&mut read, &file).expect("it fits");
        assert_eq!(report.used.len(), 7);
        let bytes = |model: &Model| -> Vec<Vec<u8>> {
            state(model).iter().map(|(_, entry)| entry.array.to_le_bytes()).collect()
        };
        assert_eq!(bytes(&written), bytes(&read));
    }
}

#[test]
fn a_filter_chooses_what_is_written() {
    let (_directory, file) = place();
    Export::new().of(Filter::path_contains("matrix")).npz(&model(), &file).expect("written");
    let names: Vec<String> =
        NpzFile::open(&file).expect("an archive").names().map(str::to_owned).collect();
    assert_eq!(names, ["matrix"]);
}

#[test]
fn what_cannot_be_written_leaves_the_old_file() {
    let (_directory, file) = place();
    std::fs::write(&file, "old").expect("written");
    let refused = |export: Export, npz: bool, model: &Model| {
        let error = match npz {
            true => export.npz(model, &file),
            false => export.safetensors(model, &file),
        };
        assert_eq!(std::fs::read(&file).expect("the file"), b"old");
        error.expect_err("refused").to_string().replace(&format!("{}: ", file.display()), "")
    };
    let half = |half| Export::new().floats(half);
    assert_eq!(
        refused(half(FileType::Bf16), true, &model()),
        "variable `half` can't be written as bf16: NumPy has no such type; write f16, or a safetensors file"
    );
    let mut large = model();
    large.scalar.replace(Tensor::full(65520.0));
    assert_eq!(
        refused(half(FileType::F16), false, &large),
        "variable `scalar` can't be written as f16: it has 65520.0, which is beyond the largest f16; write bf16, or \
         the variable as it is"
    );
    large.scalar.replace(Tensor::full(f32::MAX));
    assert!(refused(half(FileType::Bf16), false, &large).contains("write the variable as it is"));
    assert_eq!(
        refused(Export::new().of(Filter::within("nowhere")), true, &model()).split(':').next(),
        Some("nothing to load")
    );
    let entry = Entry { kind: KindId::of::<kind::Param>(), array: Array::scalar(1.0f32) };
    let twice = NpzFile::save([("a", &entry.array), ("a", &entry.array)], &file);
    assert_eq!(
        twice.expect_err("twice").to_string(),
        format!("{}: can't be written: the name `a` is given twice", file.display())
    );
    assert!(same(&state(&model().matrix), &state(&model().matrix)));
}

#[test]
#[should_panic(expected = "floats are written as f16 or bf16, or as they are; found i8")]
fn integers_are_no_floats() {
    let _ = Export::new().floats(FileType::I8);
}

#[test]
fn an_array_alone_comes_back() {
    let (_directory, file) = place();
    for sizes in [vec![], vec![0], vec![3], vec![2, 0, 3], vec![2; 8]] {
        let count = sizes.iter().product();
        let numbers: Vec<i32> = (0..count).map(|i: usize| i32::try_from(i).expect("few")).collect();
        let array = Array::new(numbers, &sizes).expect("as many");
        NpyArray::save(&array, &file).expect("written");
        let found = NpyArray::read(&file).expect("read");
        assert_eq!(found.to_array(array.dtype()).expect("i32"), array, "{sizes:?}");
        assert_eq!(std::fs::read(&file).expect("bytes").len() % 64, 4 * count % 64);
    }
}
