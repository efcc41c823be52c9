//! Arrays as text: what NumPy prints, in `tests/goldens/display.txt`, which `make_display.py` there made.

use nnx_core::array::Array;
use nnx_core::ops::DynTensor;
use nnx_core::tensor::Tensor;

/// The bytes of an array without elements are `-`, and the sizes of a scalar.
fn bytes(hex: &str) -> Vec<u8> {
    let (pairs, _) = hex.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal")
    };
    pairs.iter().map(byte).collect()
}

fn array(kind: &str, sizes: &[usize], hex: &str) -> Array {
    let bytes = bytes(hex);
    let (fours, _) = bytes.as_chunks::<4>();
    let (eights, _) = bytes.as_chunks::<8>();
    let array = match kind {
        "f32" => Array::new(fours.iter().map(|x| f32::from_le_bytes(*x)).collect(), sizes),
        "f64" => Array::new(eights.iter().map(|x| f64::from_le_bytes(*x)).collect(), sizes),
        "i32" => Array::new(fours.iter().map(|x| i32::from_le_bytes(*x)).collect(), sizes),
        "u8" => Array::new(bytes, sizes),
        "bool" => Array::new(bytes.iter().map(|&x| x != 0).collect(), sizes),
        other => panic!("no element type {other}"),
    };
    array.expect("as many elements as the sizes say")
}

#[test]
fn arrays_are_printed_as_numpy_prints_them() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/goldens/display.txt");
    let file = std::fs::read_to_string(&path).expect("the goldens");
    let mut count = 0;
    for block in file.trim_end().split("\n\n") {
        let mut lines = block.lines();
        let mut next = || lines.next().expect("a line");
        let (kind, sizes, hex) = (next(), next(), next());
        let sizes: Vec<usize> = sizes
            .split_whitespace()
            .filter(|&size| size != "-")
            .map(|size| size.parse().expect("a size"))
            .collect();
        let expected: Vec<&str> = lines.map(|line| line.trim_start_matches('|')).collect();
        let (fixed, kind) = kind.strip_prefix("fixed ").map_or((false, kind), |kind| (true, kind));
        let x = array(kind, &sizes, hex);
        let found = if fixed { format!("{x:.2}") } else { x.to_string() };
        assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{kind} {sizes:?}");
        count += 1;
    }
    assert!(count > 100, "{count} arrays");
}

#[test]
fn a_view_is_printed_as_its_contiguous_copy() {
    let x = DynTensor::from(
        Array::new((0..2400).collect::<Vec<i32>>(), &[20, 30, 4]).expect("a shape"),
    );
    let views = [x.clone().permute(&[2, 0, 1]), x.clone().slice(1, 3, 20), x.slice(0, 1, 1)];
    for view in views {
        let copy = Array::new(view.array().to_vec::<i32>().expect("i32"), &view.dims());
        assert_eq!(view.to_string(), copy.expect("the same sizes").to_string());
    }
    let broadcast = Array::full(1.5f32, &[2, 2]);
    assert_eq!(broadcast.to_string(), "[[1.5 1.5]\n [1.5 1.5]]");
}

#[test]
fn a_tensor_is_printed_as_its_array_and_a_scalar_without_brackets() {
    let x = Tensor::from([[1.0f32, 2.5], [-3.0, 4.0]]);
    assert_eq!(format!("{x}"), "[[ 1.   2.5]\n [-3.   4. ]]");
    assert_eq!(format!("{x:.1}"), "[[ 1.0  2.5]\n [-3.0  4.0]]");
    assert_eq!(format!("{} {:.2}", Tensor::from(0.5f32), Tensor::from(0.5f64)), "0.5 0.50");
    assert_eq!(Tensor::from(3.0f32).to_string(), "3.0");
    assert_eq!(Tensor::from(1e-7f32).to_string(), "1e-07");
    assert_eq!(
        format!(
            "[{:>6}] [{:<6}] [{:8.2}]",
            Tensor::from(0.5f32),
            Tensor::from(f64::NAN),
            Tensor::from(1.0f32)
        ),
        "[   0.5] [nan   ] [    1.00]"
    );
    let [x, y] = [0.5f32, -1.5].map(Tensor::from);
    assert_eq!(format!("{x:+.2} {y:+.2} {x:08.2} {y:08.2}"), "+0.50 -1.50 00000.50 -0001.50");
    assert_eq!(format!("{x:*>8} {y:*>8} {x:<8} {y:_^8}"), "*****0.5 ****-1.5 0.5      __-1.5__");
    let [x, y] = [f64::INFINITY, f64::NEG_INFINITY].map(Tensor::from);
    assert_eq!(format!("{x:+} {y:+} {x:6} {y:-<6}"), "+inf -inf    inf -inf--");
    assert_eq!(format!("{:*^7} {}", Tensor::from(f32::NAN), Tensor::from(-0.0f32)), "**nan** -0.0");
    assert_eq!(Tensor::from(7i32).to_string(), "7");
    assert_eq!(Tensor::from(true).to_string(), "true");
}
