//! Layers of `torch` and `variants` at their limits: other element types, runtime axes, empty input, what is refused.

use nnx::array::Array;
use nnx::module::record;
use nnx::ops::DynTensor;
use nnx::prelude::*;
use nnx::program::Plan;
use nnx::size::Cached;

use crate::case::panic_of;

fn dynamic(elements: &[f32], dims: &[usize]) -> DynTensor {
    Array::new(elements.to_vec(), dims).expect("as many").into()
}

#[test]
fn shuffled_pixels_are_put_back_in_one_two_and_three_dimensions() {
    fn back<S, L, F>(x: Tensor<S, f64>)
    where
        S: Shape + nnx::size::PixelShuffled<F, Output = L>,
        L: Shape + nnx::size::PixelUnshuffled<F, Output = S>,
    {
        let y = x.clone().pixel_shuffle::<F>().pixel_unshuffle::<F>();
        assert_eq!(y.to_vec(), x.to_vec());
    }
    fn count<S: Shape>(dims: &[usize]) -> Tensor<S, f64> {
        let elements = (0u32..).map(f64::from).take(dims.iter().product()).collect();
        Tensor::from_shape_vec(dims, elements).expect("the shape")
    }
    back::<shape![2, 3, 4], _, (U2,)>(count(&[2, 3, 4]));
    back::<shape![Batch, 2, 3, 6], _, (U3, U2)>(count(&[2, 2, 3, 6]));
    back::<shape![1, 2, 2, 3, 12], _, (U2, U1, U3)>(count(&[1, 2, 2, 3, 12]));
}

#[test]
fn pixels_are_refused_by_numbers() {
    let text = panic_of(|| dynamic(&[0.0; 6], &[1, 2, 3]).pixel_shuffle(&[2]));
    assert!(text.contains("`pixel_shuffle` makes blocks of 2 pixels of 3 channels"), "{text}");
    let text = panic_of(|| dynamic(&[0.0; 6], &[1, 3, 2]).pixel_unshuffle(&[2]));
    assert!(text.contains("cuts an axis of 3 pixels into blocks of 2"), "{text}");
    let text = panic_of(|| dynamic(&[0.0; 6], &[1, 3, 2]).pixel_unshuffle(&[0]));
    assert!(text.contains("cuts an axis of 3 pixels into blocks of 0"), "{text}");
}

#[test]
fn nothing_is_resized_to_nothing_alone() {
    let by = Interpolation::cubic();
    assert_eq!(*dynamic(&[], &[2, 0, 1]).resize(&[0], by).dims(), [2, 0, 1]);
    assert_eq!(*dynamic(&[1.0; 4], &[2, 2, 1]).resize(&[0], by).dims(), [2, 0, 1]);
    assert_eq!(*dynamic(&[], &[0, 2, 1]).resize(&[7], by).dims(), [0, 7, 1]);
    let text = panic_of(|| dynamic(&[], &[2, 0, 1]).resize(&[3], by));
    assert!(text.contains("`resize` takes no empty axis to 3 elements"), "{text}");
}

/// A constant image stays constant: the weights of each output sum to 1.
#[test]
fn resizing_keeps_constants() {
    for by in [
        Interpolation::linear(),
        Interpolation::cubic(),
        Interpolation::torch_bicubic(),
        Interpolation::lanczos3(),
        Interpolation::lanczos5(),
    ] {
        for (n, size) in [(1, 5), (2, 9), (3, 2), (40, 3), (7, 6)] {
            for by in [by, by.antialias(false)] {
                let x: DynTensor = Array::new(vec![3.0f64; n], &[1, n, 1]).expect("n").into();
                let y = x.resize(&[size], by).array().to_vec::<f64>().expect("f64");
                assert!(y.iter().all(|y| (y - 3.0).abs() < 1e-14), "{by:?} {n} to {size}: {y:?}");
            }
        }
    }
}

#[test]
fn a_bag_may_be_empty_or_padded_by_anything() {
    let pass = &Pass::eval();
    for mode in [BagMode::Sum, BagMode::Mean, BagMode::Max] {
        let mut bags = EmbeddingBag::<U3, U1>::init(&mut Rngs::new(0)).mode(mode);
        bags.embedding.replace(Tensor::from([[-1.0], [-2.0], [-5.0]]));
        let lengths = Tensor::from([2, 0]);
        let padded = bags.padded(Tensor::from([[1, 2, 777], [-1, 5, 9]]), &lengths, pass);
        let expected = match mode {
            BagMode::Sum => -7.0,
            BagMode::Mean => -3.5,
            BagMode::Max => -2.0,
        };
        assert_eq!(padded.to_vec(), [expected, 0.0], "{mode:?}");
        let same = bags.at_offsets(Tensor::from([1, 2]), &Tensor::from([0, 2]), pass);
        assert_eq!(same.to_vec(), padded.to_vec());
        let none: Tensor![Batch, Time; i32] =
            Tensor::from_shape_vec(&[0, 4], Vec::new()).expect("no bag");
        assert!(bags.infer(none).to_vec().is_empty());
        let grads = grad(&mut bags, |bags, pass| {
            bags.at_offsets(Tensor::from([1, 2]), &Tensor::from([0, 2]), pass).sum()
        });
        let path = nnx::module::Path::parse("embedding");
        let slope = grads.expect("gradients").get(&path).expect("one").array.to_vec::<f32>();
        let expected = match mode {
            BagMode::Sum => [0.0, 1.0, 1.0],
            BagMode::Mean => [0.0, 0.5, 0.5],
            BagMode::Max => [0.0, 1.0, 0.0],
        };
        assert_eq!(slope.expect("f32"), expected, "{mode:?}");
    }
}

#[test]
fn bags_are_compiled_for_any_indices_and_refuse_wrong_ones() {
    let bags = EmbeddingBag::<U3, U1>::init(&mut Rngs::new(0));
    let compiled = compile::<Tensor![2, 2; i32], _>(&bags);
    for indices in [[[0, 1], [2, 0]], [[2, 2], [1, 0]]] {
        let indices: Tensor![2, 2; i32] = Tensor::from(indices);
        assert_eq!(compiled.infer(indices.clone()), bags.infer(indices));
    }
    let text = panic_of(|| compiled.infer(Tensor::from([[0, 1], [3, 0]])));
    assert!(text.contains("`embedding_bag` was given index 3 at position 2"), "{text}");

    // Offsets are read by each run, too.
    let program = |offsets: [i32; 2]| {
        let inputs = vec![Tensor::from([0, 1, 2]).into_dyn(), Tensor::from(offsets).into_dyn()];
        record(&bags, inputs, |x, pass| {
            let [indices, offsets] = <[DynTensor; 2]>::try_from(x).expect("two");
            let indices = <Tensor![3; i32]>::try_from(indices).expect("i32");
            let offsets = <Tensor![2; i32]>::try_from(offsets).expect("i32");
            vec![bags.at_offsets(indices, &offsets, pass).into_dyn()]
        })
        .expect("recorded")
    };
    let plan = Plan::new(&program([0, 2]).0).expect("a plan");
    let run = |offsets: [i32; 2]| {
        let arrays = [Tensor::from([0, 1, 2]).into_dyn(), Tensor::from(offsets).into_dyn()];
        plan.run(arrays.map(DynTensor::into_array).to_vec())
    };
    let expected = program([0, 1]).1[0].array().to_vec::<f32>().expect("f32");
    assert_eq!(run([0, 1]).expect("ascending")[0].to_vec::<f32>().expect("f32"), expected);
    let text = run([2, 1]).expect_err("descending").to_string();
    assert!(
        text.contains("takes bags that are ranges of its 3 indices, found bag 0 from 2 to 1"),
        "{text}"
    );
}

#[test]
fn wrong_bags_are_refused() {
    let bags = EmbeddingBag::<U3, U1>::init(&mut Rngs::new(0));
    let pass = &Pass::eval();
    let text = panic_of(|| bags.infer(Tensor::from([[0, 1], [3, 0]])));
    assert!(
        text.contains("`embedding_bag` was given index 3 at position 2, outside 0..3"),
        "{text}"
    );
    let text = panic_of(|| bags.padded(Tensor::from([[0, 1]]), &Tensor::from([3]), pass));
    assert!(text.contains("a length is from 0 to 2"), "{text}");
    for (offsets, expected) in [
        ([1, 2], "must begin with 0, found 1"),
        ([0, 3], "ascend and are at most 2, found 3 at position 1, after 0"),
        ([0, -1], "ascend and are at most 2, found -1 at position 1, after 0"),
    ] {
        let offsets = Tensor::from(offsets);
        let text = panic_of(|| bags.at_offsets(Tensor::from([0, 1]), &offsets, pass));
        assert!(text.contains("the offsets of bags over 2 indices"), "{text}");
        assert!(text.contains(expected), "{text}");
    }
    let none: Tensor![0; i32] = Tensor::zeros();
    let text = panic_of(|| bags.at_offsets(Tensor::from([0, 1]), &none, pass));
    assert!(text.contains("the offsets of bags over 2 indices are empty"), "{text}");
}

/// A constant is one element in memory, which is read again and again.
#[test]
fn offsets_may_be_a_constant() {
    let bags = EmbeddingBag::<U3, U2>::init(&mut Rngs::new(0)).mode(BagMode::Sum);
    let pass = &Pass::eval();
    let offsets = Tensor::<(U3,), i64>::zeros();
    let sums = bags.at_offsets(Tensor::from([1, 2]), &offsets, pass).to_vec();
    let last = bags.at_offsets(Tensor::from([1, 2]), &Tensor::from([0]), pass).to_vec();
    assert_eq!(sums, [[0.0; 4].as_slice(), &last[..]].concat());
}

#[test]
fn dropout_is_shared_over_any_axes() {
    type Most = (Axis<0>, Axis<1>, Axis<3>, Axis<4>);
    let dropout: Dropout<Most> = Dropout::new(0.5, &mut Rngs::new(0)).broadcast();
    let x = <Tensor![2, 3, 8, 2, 2]>::ones();
    let y = dropout.forward(x, &mut Pass::train());
    let rows = y.permute::<(Axis<2>, Axis<0>, Axis<1>, Axis<3>, Axis<4>)>().to_vec();
    let of_index: Vec<f32> = rows.chunks(24).map(|row| row[0]).collect();
    assert!(rows.chunks(24).all(|row| row.iter().all(|&y| y == row[0])));
    assert!(of_index.contains(&0.0) && of_index.contains(&2.0));
}

/// Flax gives NaN.
#[test]
fn a_mask_that_is_true_for_none_gives_finite_numbers() {
    let x: Tensor![2, 2] = Tensor::from([[1.0, 2.0], [3.0, f32::NAN]]);
    let none = Tensor::from([[true, true], [false, false]]);
    let rngs = &mut Rngs::new(0);
    let y =
        LayerNorm::<U2>::init(rngs).forward_where(x.clone(), &none, &mut Pass::train()).to_vec();
    assert!(y[..3].iter().all(|y| y.is_finite()) && y[3].is_nan());
    let mut norm = BatchNorm::<U2>::init(rngs);
    let mut pass = Pass::train();
    let _ = norm.forward_where(x.clone(), &Tensor::from([[false]]), &mut pass);
    pass.commit(&mut norm).expect("nothing failed");
    assert_eq!(
        (norm.mean.value().to_vec(), norm.var.value().to_vec()),
        (vec![0.0; 2], vec![1.0; 2])
    );
    // In evaluation the mask has no effect.
    let y = norm.forward_where(x.clone(), &Tensor::from([[false]]), &mut Pass::eval());
    assert_eq!(y.to_vec()[..3], norm.infer(x).to_vec()[..3]);
}

#[test]
fn masked_elements_have_no_effect_on_gradients() {
    let norm = LayerNorm::<U3>::init(&mut Rngs::new(0));
    let mask = Tensor::from([true, true, false]);
    let slope = |last: f32| {
        let f = |x: Tensor![3]| {
            let y = norm.forward_where(x, &mask, &mut Pass::train());
            (y.slice::<0, U0, U2>() * Tensor::from([1.0, 3.0])).sum()
        };
        gradient(f, Tensor::from([1.0, 2.0, last])).to_vec()
    };
    assert_eq!(slope(0.0), slope(1e6));
    assert_eq!(slope(0.0)[2], 0.0);
    let far = Tensor::from([1.0, 2.0, f32::INFINITY]);
    let y = norm.forward_where(far, &mask, &mut Pass::train()).to_vec();
    assert!((y[0] + 1.0).abs() < 1e-5 && (y[1] - 1.0).abs() < 1e-5 && y[2] == f32::INFINITY);
}

#[test]
fn slopes_of_alibi_for_any_number_of_heads() {
    assert_eq!(Alibi::slopes(2), [0.0625, 0.003_906_25]);
    let half = 0.5f64.sqrt();
    assert_eq!(Alibi::slopes(8)[..2], [0.5, 0.25]);
    // Of 12 heads, 8 have the slopes of 8 heads, and the others every second slope of 16.
    let twelve = Alibi::slopes(12);
    assert_eq!((twelve.len(), twelve[7]), (12, 1.0 / 256.0));
    assert!((twelve[8] - half).abs() < 1e-15 && (twelve[9] - half * 0.5).abs() < 1e-15);
    assert!(Alibi::slopes(0).is_empty());
}

/// A window and ALiBi see the positions of a cache: decoding single tokens gives the same output as the whole sequence.
#[test]
fn masks_by_positions_decode_as_they_train() {
    fn compare<M>(mask: M)
    where
        M: AttentionMask<shape![1, 2, 6, 6], f32>
            + AttentionMask<(U1, U2, U1, Cached), f32>
            + Clone,
    {
        let mut attention = MultiHeadAttention::<U2, U4>::init(&mut Rngs::new(0));
        let x: Tensor![1, 6, 4] =
            Tensor::from_vec((0..24u8).map(|i| f32::from(i * 7 % 11)).collect()).expect("six");
        let all = attention.self_attention(x.clone(), (Causal, mask.clone()), &mut Pass::eval());
        attention.init_cache(1, 8);
        let mut one_by_one = Vec::new();
        for token in x.unstack::<1, 6>() {
            let mut pass = Pass::decode();
            let y = attention.decode(token.insert_axis::<1>(), (Causal, mask.clone()), &mut pass);
            pass.commit(&mut attention).expect("nothing failed");
            one_by_one.extend(y.to_vec());
        }
        for (found, expected) in one_by_one.iter().zip(all.to_vec()) {
            assert!((found - expected).abs() < 1e-5, "{found} instead of {expected}");
        }
    }
    compare(SlidingWindow::causal(2));
    compare(Alibi);
    compare(MaskBy(|query, key| query / 2 == key / 2));
    compare(Some(SlidingWindow { before: 3, after: 0 }));
}

#[test]
fn alibi_adds_the_distance_times_the_slope() {
    let q = <Tensor![1, 3, 2, 1]>::zeros();
    let weights = dot_product_attention_weights(q.clone(), q, Alibi).to_vec();
    let row = |slope: f32| [0.0, -slope, -2.0 * slope].map(f32::exp);
    for (head, slope) in [(0, 0.0625f32), (1, 0.003_906_25)] {
        let expected = row(slope);
        let sum: f32 = expected.iter().sum();
        for (found, expected) in weights[9 * head..].iter().zip(expected) {
            assert!((found - expected / sum).abs() < 1e-6);
        }
    }
}

#[test]
fn a_function_of_scores_has_a_gradient() {
    let q: Tensor![1, 2, 1, 1] = Tensor::from_vec(vec![1.0, 2.0]).expect("two");
    let f = |q: Tensor![1, 2, 1, 1]| {
        let cap = ScoreFn(|scores: Tensor![1, 1, 2, 2]| scores.tanh());
        let v: Tensor![1, 2, 1, 1] = Tensor::from_vec(vec![0.0, 1.0]).expect("two");
        dot_product_attention(q.clone(), q, v, cap).sum()
    };
    let (y, slope) = value_and_gradient(f, q);
    let exact = |a: f64, b: f64| {
        let weight = |q: f64| {
            let [near, far] = [a, b].map(|k| (q * k).tanh().exp());
            far / (near + far)
        };
        weight(a) + weight(b)
    };
    assert!((f64::from(y.item()) - exact(1.0, 2.0)).abs() < 1e-6);
    let h = 1e-5;
    let expected = [
        (exact(1.0 + h, 2.0) - exact(1.0 - h, 2.0)) / (2.0 * h),
        (exact(1.0, 2.0 + h) - exact(1.0, 2.0 - h)) / (2.0 * h),
    ];
    for (found, expected) in slope.to_vec().iter().zip(expected) {
        assert!((f64::from(*found) - expected).abs() < 1e-5, "{found} instead of {expected}");
    }
}

#[test]
fn slopes_of_channels_start_alike_and_differ_in_f64() {
    let mut layer = ChannelPRelu::<U2, f64>::new(0.25);
    layer.negative_slope.replace(Tensor::from([0.5f64, 0.1]));
    let x = Tensor::from([[-1.0f64, -1.0], [0.0, f64::NAN]]);
    let y = layer.infer(x).to_vec();
    assert_eq!(y[..3], [-0.5, -0.1, 0.0]);
    assert!(y[3].is_nan());
    let slope = gradient(|x| layer.infer(x).sum(), Tensor::from([0.0f64, -0.0]));
    assert_eq!(slope.to_vec(), [1.0, 1.0]);
    assert_eq!(
        ChannelPRelu::<U2>::init(&mut Rngs::new(0)).negative_slope.value().to_vec(),
        [0.01; 2]
    );
}
