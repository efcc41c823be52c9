//! Random changes of images, series and batches.

use nnx_core::Tensor;
use nnx_core::size::{Batch, U1, U2, U3, U4, U5, U9};
use nnx_core::tensor::Tensor;
use nnx_train::{Image, Normalize, Random, Sequence, mixup};

fn image() -> Image<U3, U4> {
    Image::new((1..=12).collect()).unwrap()
}

/// Two by two pixels of three channels.
fn color() -> Image<U2, U2, U3> {
    Image::new(vec![10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120]).unwrap()
}

#[test]
fn flips_mirror_pixels_and_keep_channels_together() {
    assert_eq!(image().flip_horizontal().pixels(), [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9]);
    assert_eq!(image().flip_vertical().pixels(), [9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4]);
    assert_eq!(
        color().flip_horizontal().pixels(),
        [40, 50, 60, 10, 20, 30, 100, 110, 120, 70, 80, 90]
    );
    assert_eq!(color().flip_horizontal().flip_horizontal(), color());
    assert_eq!(color().flip_vertical().flip_vertical(), color());
    let flipped = (0..1000).filter(|&seed| image().random_flip(&mut Random::new(seed)) != image());
    assert!((420..580).contains(&flipped.count()));
}

#[test]
fn shifts_move_the_whole_image_and_black_comes_in() {
    for down in -4isize..=4 {
        for right in -5isize..=5 {
            let expected: Vec<u8> = (0..12)
                .map(|p| {
                    let (y, x) = (p / 4 - down, p % 4 - right);
                    let inside = (0..3).contains(&y) && (0..4).contains(&x);
                    if inside { (4 * y + x + 1) as u8 } else { 0 }
                })
                .collect();
            assert_eq!(image().shift(down, right).pixels(), expected, "{down} {right}");
        }
    }
    assert_eq!(image().shift(isize::MIN + 1, isize::MAX).pixels(), [0; 12]);
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..400 {
        seen.insert(image().random_shift(1, &mut Random::new(seed)).into_pixels());
    }
    let all = (-1..=1)
        .flat_map(|down| (-1..=1).map(move |right| image().shift(down, right).into_pixels()));
    assert_eq!(seen, all.collect());
}

#[test]
fn quarter_turns_permute_pixels_and_small_ones_interpolate() {
    let square = || Image::<U3, U3>::new((1..=9).collect()).unwrap();
    assert_eq!(square().rotate(90.0).pixels(), [3, 6, 9, 2, 5, 8, 1, 4, 7]);
    assert_eq!(square().rotate(180.0).pixels(), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(square().rotate(-90.0).pixels(), square().rotate(270.0).pixels());
    for degrees in [0.0, f32::NAN, f32::INFINITY] {
        assert_eq!(square().rotate(degrees), square());
    }
    // The middle stays. A corner comes from 0.83 pixels outside of the left side: 200 · 0.17.
    let white = Image::<U5, U5>::new(vec![200; 25]).unwrap().rotate(45.0);
    assert_eq!((white.pixels()[12], white.pixels()[0]), (200, 34));
    assert_eq!(color().rotate(180.0).pixels()[..3], [100, 110, 120]);
    let random = square().random_rotation(10.0, &mut Random::new(1));
    assert_eq!(random, square().random_rotation(10.0, &mut Random::new(1)));
}

#[test]
fn crops_are_everywhere_within_the_image() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let part: Image<U2, U2> = image().random_crop(&mut Random::new(seed));
        let first = part.pixels()[0];
        assert_eq!(part.pixels(), [first, first + 1, first + 4, first + 5]);
        seen.insert(first);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [1, 2, 3, 5, 6, 7]);
    let middle: Image<U1, U2> = image().center_crop();
    assert_eq!(middle.pixels(), [6, 7]);
    let channels: Image<U2, U1, U3> = color().center_crop();
    assert_eq!(channels.pixels(), [10, 20, 30, 70, 80, 90]);
}

#[test]
fn cutout_blackens_a_square_that_may_reach_beyond_the_image() {
    let white = || Image::<U9, U9>::new(vec![255; 81]).unwrap();
    let mut counts = std::collections::BTreeSet::new();
    for seed in 0..300 {
        let cut = white().cutout(4, &mut Random::new(seed));
        let black: Vec<usize> = (0..81).filter(|&p| cut.pixels()[p] == 0).collect();
        let (rows, columns): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) =
            black.iter().map(|p| (p / 9, p % 9)).unzip();
        assert_eq!(black.len(), rows.len() * columns.len(), "a rectangle");
        assert!(rows.len() <= 4 && columns.len() <= 4 && !black.is_empty());
        counts.insert(black.len());
    }
    assert!(counts.contains(&16) && counts.contains(&4), "{counts:?}");
    assert_eq!(white().cutout(0, &mut Random::new(0)), white());
    assert_eq!(white().cutout(usize::MAX / 2, &mut Random::new(0)).pixels(), [0; 81]);
    // All channels of a pixel.
    let cut = color().cutout(1, &mut Random::new(0));
    assert_eq!(cut.pixels().iter().filter(|&&byte| byte == 0).count(), 3);
}

#[test]
fn colors_follow_their_formulas() {
    assert_eq!(color().color(1.0, 1.0, 1.0), color());
    assert_eq!(color().color(2.0, 1.0, 1.0).pixels()[..6], [20, 40, 60, 80, 100, 120]);
    assert_eq!(color().color(10.0, 1.0, 1.0).pixels()[9..], [255, 255, 255]);
    assert_eq!(color().color(0.0, 1.0, 1.0).pixels(), [0; 12]);
    // Without contrast all is the mean grey: 0.299 · 55 + 0.587 · 65 + 0.114 · 75.
    assert_eq!(color().color(1.0, 0.0, 1.0).pixels(), [63; 12]);
    // Without saturation each pixel is grey.
    let grey = color().color(1.0, 1.0, 0.0);
    assert_eq!(grey.pixels()[..6], [18, 18, 18, 48, 48, 48]);
    // One channel has no saturation.
    assert_eq!(image().color(1.0, 1.0, 0.0), image());
    let random = |seed| color().random_color(0.5, &mut Random::new(seed));
    assert_eq!(random(1), random(1));
    assert_ne!(random(1), random(2));
}

#[test]
fn channels_are_normalised_each_by_its_own_mean() {
    let normalize = Normalize::new([0.0, 0.5, 1.0], [1.0, 0.5, 2.0]).unwrap();
    let image = Image::<U1, U1, U3>::new(vec![255, 255, 0]).unwrap();
    assert_eq!(normalize.apply(&image).to_vec(), [1.0, 1.0, -0.5]);
    let set = nnx_train::Items(vec![(image, ())]);
    assert!(Normalize::measure(&set).unwrap_err().to_string().contains("standard deviation 0"));
    assert_eq!(
        Image::<U1, U1, U3>::new(vec![0; 4]).unwrap_err().to_string(),
        "4 bytes for an image of 1 x 1 with 3 channels, expected 3; give a byte for each channel of each pixel"
    );
    assert_eq!(format!("{:?}", color()), "Image<2, 2, 3>");
}

#[test]
fn a_time_mask_is_one_run_of_at_most_its_length() {
    let mut longest = 0;
    for seed in 0..200 {
        let series = Sequence::new(vec![[1.0f32; 2]; 10]).time_mask(4, &mut Random::new(seed));
        let zeros: Vec<usize> = (0..10).filter(|&t| series.rows()[t] == [0.0; 2]).collect();
        assert!(zeros.len() <= 4 && zeros.windows(2).all(|pair| pair[1] == pair[0] + 1));
        longest = longest.max(zeros.len());
    }
    assert_eq!(longest, 4);
    let empty = Sequence::<f32>::new(vec![]).time_mask(4, &mut Random::new(0));
    assert!(empty.noise(1.0, &mut Random::new(0)).is_empty());
    let short = Sequence::new(vec![1.0f32; 2]).time_mask(usize::MAX - 1, &mut Random::new(0));
    assert_eq!(short.len(), 2);
}

#[test]
fn noise_has_its_deviation_and_scale_is_one_factor() {
    let noisy = Sequence::new(vec![3.0f32; 10_000]).noise(0.5, &mut Random::new(0));
    let mean = noisy.rows().iter().sum::<f32>() / 10_000.0;
    let variance = noisy.rows().iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 10_000.0;
    assert!((mean - 3.0).abs() < 0.03 && (variance - 0.25).abs() < 0.02, "{mean} {variance}");
    let scaled = Sequence::new(vec![1.0f32, 2.0]).random_scale(0.1, &mut Random::new(0));
    let factor = scaled.rows()[0];
    assert!((0.9..1.1).contains(&factor) && factor != 1.0 && scaled.rows()[1] == 2.0 * factor);
}

#[test]
fn mixup_mixes_inputs_and_targets_by_one_share() {
    let x: Tensor![Batch, 2] = Tensor::batch([[0.0, 1.0], [10.0, 11.0], [20.0, 21.0]]);
    let targets: Tensor![Batch, 3] =
        Tensor::batch([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    let mut mixed = 0;
    for seed in 0..50 {
        let (y, mixture) = mixup(x.clone(), targets.clone(), 0.4, &mut Random::new(seed));
        let (y, mixture) = (y.to_vec(), mixture.to_vec());
        for row in 0..3 {
            let shares = &mixture[3 * row..][..3];
            assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            let expected = 10.0 * shares[1] + 20.0 * shares[2];
            assert!((y[2 * row] - expected).abs() < 1e-4, "{y:?} {mixture:?}");
            assert!((y[2 * row + 1] - expected - 1.0).abs() < 1e-4);
            mixed += usize::from(shares.iter().filter(|share| **share > 0.01).count() > 1);
        }
    }
    assert!(mixed > 50);
    for alpha in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let (same, _) = mixup(x.clone(), targets.clone(), alpha, &mut Random::new(0));
        assert_eq!(same.to_vec(), x.to_vec());
    }
}
