//! Elements of every type in files of other programs: what they become, and what is refused.

use nnx::array::{Array, DType};
use nnx::io::{Foreign, NpyArray, NpzFile};
use nnx::prelude::*;

use crate::golden::Golden;
use crate::library_file;

/// One variable, read from the tensor of this name.
fn load<E: nnx::array::Element, const N: usize>(
    file: &str,
    name: &'static str,
    rounding: bool,
) -> Result<Vec<E>, String> {
    #[derive(Module)]
    struct One<E: nnx::array::Element> {
        values: nnx::module::Variable<Tensor<shape![Batch], E>, kind::Param>,
    }
    let start = Tensor::try_from(Array::full(E::default(), &[N])).expect("a shape");
    let mut model = One { values: nnx::module::Variable::new(start) };
    let names = Foreign::new(move |_| Some(nnx::io::Source::named(name))).ignoring(|_| true);
    let names = if rounding { names.rounding() } else { names };
    match names.load(&mut model, library_file(file)) {
        Ok(_) => Ok(model.values.value().to_vec()),
        Err(error) => {
            assert_eq!(model.values.value().to_vec(), vec![E::default(); N], "unchanged");
            let error = error.to_string();
            Err(error.lines().nth(1).unwrap_or(&error).trim().to_owned())
        }
    }
}

/// Bitwise, so that NaN and -0.0 are seen.
fn bits<E: Copy + Into<f64>>(values: &[E]) -> Vec<u64> {
    let one_nan = |x: f64| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() };
    values.iter().map(|x| one_nan((*x).into())).collect()
}

#[test]
fn halves_of_pytorch_and_numpy_become_floats_exactly() {
    let golden = Golden::open("foreign");
    for name in ["f16", "bf16", "f32"] {
        let expected = golden.numbers(&format!("elements/{name}"));
        let found = load::<f32, 28>("elements.safetensors", name, false).expect("floats");
        assert_eq!(bits(&found), bits(&expected), "{name}");
        let found = load::<f64, 28>("elements.safetensors", name, false).expect("floats");
        assert_eq!(bits(&found), bits(&expected), "{name}");
    }
    let f16 = golden.numbers("elements/f16");
    for name in ["f2", "f2 big"] {
        let found = load::<f32, 28>("elements.npz", name, false).expect("floats");
        assert_eq!(bits(&found), bits(&f16), "{name}");
    }
    // For f32 itself every value is allowed.
    for name in ["f8", "f8 big", "f4 big"] {
        let found = load::<f32, 28>("elements.npz", name, false).expect("floats");
        assert_eq!(bits(&found), bits(&golden.numbers("elements/f32")), "{name}");
    }
}

#[test]
fn integers_of_all_widths_become_integers_where_they_fit() {
    let limits: [(&str, i128, i128); 8] = [
        ("i1", -128, 127),
        ("i2", -32768, 32767),
        ("i4", i128::from(i32::MIN), i128::from(i32::MAX)),
        ("i8", i128::from(i64::MIN), i128::from(i64::MAX)),
        ("u1", 0, 255),
        ("u2", 0, 65535),
        ("u4", 0, i128::from(u32::MAX)),
        ("u8", 0, i128::from(u64::MAX)),
    ];
    for (name, lowest, highest) in limits {
        let expected = [lowest, 0, 1, 100, highest];
        macro_rules! becomes {
            ($($type:ident)*) => { $(
                let fits = expected.iter().all(|&x| $type::try_from(x).is_ok());
                for (file, name) in [
                    ("elements.safetensors", name.to_owned()),
                    ("elements.npz", name.to_owned()),
                    ("elements.npz", format!("{name} big")),
                ] {
                    let name: &'static str = name.leak();
                    match load::<$type, 5>(file, name, false) {
                        Ok(found) => {
                            assert!(fits, "{name} as {}", stringify!($type));
                            let found = found.iter().map(|&x| i128::from(x)).collect::<Vec<_>>();
                            assert_eq!(found, expected);
                        }
                        Err(error) => {
                            assert!(!fits, "{error}");
                            assert!(error.contains(concat!(", which isn't a value of ", stringify!($type))), "{error}");
                        }
                    }
                    let small = format!("{} small", name.trim_end_matches(" big")).leak();
                    assert_eq!(load::<$type, 3>(file, small, false), Ok(vec![0, 1, 100]));
                }
            )* };
        }
        becomes!(i32 i64 u32 u8);
    }
}

/// The value, its name and what to do; the model stays as it was.
#[test]
fn rounding_refuses_a_value_that_would_become_infinite() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("wide.npz");
    let wide = Array::new(vec![0.1f64, -1e39], &[2]).expect("two");
    nnx::io::NpzFile::save([("bias", &wide)], &file).expect("saved");
    let mut layer = Linear::<U3, U2>::init(&mut Rngs::new(0));
    let bias = Filter::path_contains("bias");
    let names = Foreign::by_path().rounding();
    let error = names.load_of(&bias, &mut layer, &file).expect_err("too large").to_string();
    let line = "a value that would change: bias is f32 in the model, bias is f64 here and has -1e39, which isn't a value of f32";
    assert!(error.contains(line), "{error}");
    let help =
        "round by `Foreign::rounding` if it is within the range of f32, or make the variable f64";
    assert!(error.contains(help), "{error}");
    assert_eq!(layer.bias.as_ref().expect("a bias").value().to_vec(), [0.0; 2], "unchanged");
}

#[test]
fn kinds_of_numbers_are_not_mixed() {
    let wrong = |expected: &str, name: &str, found: &str| {
        Err(format!(
            "wrong element type: values is {expected} in the model, {name} is {found} here"
        ))
    };
    assert_eq!(load::<f32, 5>("elements.npz", "i1", true).map(|_| ()), wrong("f32", "i1", "i8"));
    assert_eq!(load::<i32, 28>("elements.npz", "f4", true).map(|_| ()), wrong("i32", "f4", "f32"));
    assert_eq!(load::<u8, 2>("elements.npz", "b1", true).map(|_| ()), wrong("u8", "b1", "bool"));
    assert_eq!(load::<bool, 5>("elements.npz", "u1", true).map(|_| ()), wrong("bool", "u1", "u8"));
    assert_eq!(load::<bool, 2>("elements.npz", "b1", false), Ok(vec![true, false]));
    let eight = load::<f32, 20>("elements.safetensors", "f8", true).map(|_| ());
    assert_eq!(eight, wrong("f32", "f8", "F8_E4M3"));
}

#[test]
fn arrays_of_numpy_in_any_order_are_read() {
    let arrays = NpzFile::open(library_file("elements.npz")).expect("an archive");
    let expected = arrays.get("c").expect("C order").to_array(DType::F64).expect("floats");
    for name in ["fortran", "fortran big"] {
        let array = arrays.get(name).expect("Fortran order");
        assert_eq!(array.sizes(), [2, 3, 4]);
        assert_eq!(array.to_array(DType::F64).expect("floats"), expected, "{name}");
    }
    let alone = NpyArray::read(library_file("elements.npy")).expect("an array");
    assert_eq!(alone.to_array(DType::F64).expect("floats"), expected);
    let scalar = arrays.get("scalar").expect("a scalar").to_array(DType::F32).expect("a float");
    assert_eq!((scalar.dims().len(), scalar.to_vec::<f32>().expect("f32")), (0, vec![2.5]));
    let empty = arrays.get("empty").expect("an empty array").to_array(DType::F32).expect("floats");
    assert_eq!(*empty.dims(), [0, 3]);
}

#[test]
fn arrays_that_have_no_numbers_are_named() {
    let arrays = NpzFile::open(library_file("elements.npz")).expect("an archive");
    let path = library_file("elements.npz");
    for (name, descr) in [("text", "<U1"), ("complex", "<c16"), ("bfloat16", "<V2")] {
        let error = arrays.get(name).expect_err("no numbers").to_string();
        let problem = format!(
            "has elements of type `{descr}`, which aren't read; convert them by x.astype(np.float32)"
        );
        assert_eq!(error, format!("{}: tensor `{name}` {problem}", path.display()));
    }
    let text = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (0,), }\n";
    let records = [&b"\x93NUMPY\x01\x00"[..], &(text.len() as u16).to_le_bytes(), text.as_bytes()];
    assert!(NpyArray::parse(&records.concat()).unwrap_err().contains("of type `[('a', '<f4')]`"));
    let error = arrays.get("nothing").expect_err("no array").to_string();
    assert!(error.contains(": tensor `nothing` isn't there, found axes, b1, b1 big, "), "{error}");
    let axes = arrays.get("axes").expect("an array").to_array(DType::F32).unwrap_err();
    assert_eq!(axes, "has 9 axes, expected at most 8");
}
