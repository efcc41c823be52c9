//! Plots: what is in them, what is refused.

use std::fs;

use nnx_core::Tensor;
use nnx_core::size::{Batch, Const, Dim};
use nnx_core::tensor::Tensor;
use nnx_train::{Curve, History, Plot, PlotError};

/// The texts in an SVG.
pub(crate) fn texts(svg: &str) -> Vec<&str> {
    let texts = svg.split("<text ").skip(1);
    texts
        .map(|text| text.split_once('>').unwrap().1.split_once("</text>").unwrap().0.trim())
        .collect()
}

fn curve(name: &str, values: &[f64]) -> Curve {
    Curve { name: name.into(), points: (1..).zip(values.iter().copied()).collect() }
}

/// Width, height and pixels of a PNG.
fn pixels(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, pixels)
}

fn count(svg: &str, part: &str) -> usize {
    svg.matches(part).count()
}

#[test]
fn curves_have_a_title_names_last_values_and_axes() {
    let curves =
        [curve("train/loss", &[2.5, 1.5, 1.25]), curve("evaluation/loss", &[3.0, 2.0, 0.5])];
    let svg = Plot::curves("Loss of the run", &curves).to_svg();
    let texts = texts(&svg);
    for text in ["Loss of the run", "train/loss  1.25", "evaluation/loss  0.5", "step", "2", "3"] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    assert_eq!(count(&svg, "stroke=\"#2F6FDE\""), 1, "a line in the first color");
    assert_eq!(count(&svg, "stroke=\"#E07B39\""), 1, "a line in the second color");
}

#[test]
fn values_that_are_not_finite_are_gaps_with_a_mark() {
    let values = [1.0, 2.0, f64::NAN, 2.0, 1.0, f64::INFINITY];
    let svg = Plot::curves("Loss", [&curve("loss", &values)]).to_svg();
    assert_eq!(
        count(&svg, "<polyline"),
        count(&Plot::curves("Loss", []).to_svg(), "<polyline") + 2
    );
    assert_eq!(count(&svg, "fill=\"#D0342C\""), 2, "two marks");
    assert!(texts(&svg).contains(&"loss  inf"));
    // Nothing to draw but the marks, or nothing at all.
    for values in [&[f64::NAN][..], &[]] {
        Plot::curves("Loss", [&curve("loss", values)]).to_png();
    }
}

#[test]
fn extreme_values_and_names_are_drawn() {
    for values in [
        [f64::MIN, f64::MAX, 0.0],
        [5e-324, 0.0, 5e-324],
        [f64::MAX; 3],
        [1e16, 1e16 + 2.0, 1e16],
        [-1.0, -1.0, -1.0],
    ] {
        let plot = Plot::curves("Extremes", [&curve("values", &values)]);
        assert!(plot.to_svg().contains("values"), "{values:?}");
        plot.to_png();
    }
    let name = "<script>alert('a') & \"b\"</script>\u{0}\n".repeat(3);
    let huge = Curve { name: name.clone(), points: vec![(0, 1.0), (u64::MAX, 2.0)] };
    let svg = Plot::curves(name, [&huge]).to_svg();
    assert!(!svg.contains("<script") && svg.contains("&lt;script"), "{svg}");
    assert!(!svg.contains('\u{0}'), "XML forbids it");
}

#[test]
fn a_long_curve_is_a_small_file() {
    let values: Vec<f64> = (0..100_000).map(|i| 1.0 / f64::from(i + 1)).collect();
    let svg = Plot::curves("Loss", [&curve("loss", &values)]).to_svg();
    assert!(svg.len() < 60_000, "{}", svg.len());
}

#[test]
fn the_same_input_gives_the_same_files_also_from_other_threads() {
    let draw = || {
        let plot = Plot::curves("Loss", [&curve("loss", &[1.0, 3.0, 2.0])]);
        (plot.to_svg(), plot.to_png())
    };
    let here = draw();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
        threads.into_iter().for_each(|thread| assert_eq!(thread.join().unwrap(), here));
    });
}

#[test]
fn a_png_is_twice_as_large_as_the_plot_and_has_its_colors() {
    let counts = Tensor::from([[9.0, 0.0], [0.0, 9.0]]);
    let plot = Plot::confusion("Pets", &counts, &["cat", "dog"]).unwrap();
    let (width, height, pixels) = pixels(&plot.to_png());
    assert_eq!((width, height), (2 * plot.size().0, 2 * plot.size().1));
    let has = |color: [u8; 3]| pixels.chunks(3).any(|pixel| pixel == color);
    assert!(has([22, 66, 150]) && has([246, 248, 253]) && has([255; 3]), "dark, light and white");
    let dark = pixels.chunks(3).filter(|pixel| **pixel == [22, 66, 150]).count();
    // Two cells of 56 pixels, doubled, but for the gaps and the numbers.
    assert!((2 * 100 * 100..2 * 112 * 112).contains(&dark), "{dark}");
}

#[test]
fn a_confusion_matrix_has_counts_and_names_of_classes() {
    let counts = Tensor::from([[1_200.0, 3.0, 0.0], [0.0, 7.5, f64::NAN], [0.0; 3]]);
    let names = ["cat", "dog", "a very long name of a bird"];
    let svg = Plot::confusion("Pets", &counts, &names).unwrap().to_svg();
    let texts = texts(&svg);
    for text in [
        "1,200",
        "3",
        "7.5",
        "NaN",
        "cat",
        "dog",
        "a very long nam…",
        "true class",
        "predicted class",
    ] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    assert!(!texts.contains(&"0"), "zeros are left out");
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let refused = |plot: Result<Plot, PlotError>| plot.map(drop).unwrap_err().to_string();
    let names = ["cat", "dog"];
    assert_eq!(
        refused(Plot::confusion("", &Tensor::from([[1.0, 2.0], [3.0, 4.0]]), &names[..1])),
        "1 names for 2 classes; give each one a name"
    );
    let none: Tensor![0, 0; f64] = Tensor::ones();
    assert_eq!(refused(Plot::confusion("", &none, &names)), "no classes to draw; give at least 1");
    let many: Tensor![300, 300; f64] = Tensor::ones();
    assert_eq!(
        refused(Plot::confusion("", &many, &[""; 300])),
        "a matrix of 300 x 300 is too large to draw; draw a part of at most 256 x 256"
    );
    let weights = Tensor::from([[0.5, 0.5]]);
    assert_eq!(
        refused(Plot::attention("", &weights, &[], &["to"])),
        "1 names for 2 positions; give each one a name"
    );
    let vectors: Tensor![Batch, 2] = Tensor::batch([[0.0, 1.0], [1.0, 0.0], [f32::NAN, 1.0]]);
    assert_eq!(
        refused(Plot::embedding("", &vectors, &[0, 1], &names)),
        "2 names for 3 rows; give each one a name"
    );
    assert_eq!(
        refused(Plot::embedding("", &vectors, &[0, 1, 2], &names)),
        "label 2 at index 2: there are 2 names of classes, with labels from 0"
    );
    assert_eq!(
        refused(Plot::embedding("", &vectors, &[0, -1, 0], &names)),
        "label -1 at index 1: there are 2 names of classes, with labels from 0"
    );
    let one: Tensor![Batch, 2] = Tensor::batch([[0.0, 1.0], [f32::INFINITY, 1.0]]);
    assert_eq!(
        refused(Plot::embedding("", &one, &[0, 1], &names)),
        "no rows that are finite to draw; give at least 2"
    );
    let kernel: Tensor![65, 1, 1, 1] = Tensor::ones();
    assert_eq!(
        refused(Plot::filters("", &kernel)),
        "a matrix of 65 x 1 is too large to draw; draw a part of at most 64 x 64"
    );
}

/// The colors of the filled rectangles of a plot.
fn fills(svg: &str) -> Vec<&str> {
    let rectangles = svg.split("<rect ").skip(1);
    let fill = |rectangle: &'_ str| -> Option<usize> { rectangle.find("fill=\"#") };
    rectangles.filter_map(|r| fill(r).map(|at| &r[at + 6..at + 13])).collect()
}

#[test]
fn attention_is_dark_where_weights_are_large_and_red_where_they_are_nan() {
    let weights = Tensor::from([[0.0, 0.5], [0.25, f32::NAN]]);
    let svg = Plot::attention("Head 1", &weights, &["to", "be"], &[]).unwrap().to_svg();
    assert_eq!(fills(&svg)[1..], ["#F6F8FD", "#164296", "#869DCA", "#D0342C"]);
    let texts = texts(&svg);
    for text in ["Head 1", "to", "be", "0", "1", "query", "key", "0.25", "NaN"] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    // No weight is larger than another one.
    let svg = Plot::attention("", &Tensor::from([[0.0, 0.0]]), &[], &[]).unwrap().to_svg();
    assert_eq!(fills(&svg)[1..], ["#F6F8FD"; 2]);
}

#[test]
fn filters_are_tiles_in_the_order_of_output_and_input_channels() {
    // Kernels of 1 x 2 elements: of output o and input i, [o + 1, -(i + 1)] halves.
    let elements: Vec<f32> = vec![
        0.5, 1.0, 0.5, 1.0, // the first element of inputs 0 and 1, outputs 0 and 1
        -0.5, -0.5, -1.0, -1.0,
    ];
    let kernel: Tensor![1, 2, 2, 2] = Tensor::from_vec(elements).unwrap();
    let svg = Plot::filters("Layer", &kernel).unwrap().to_svg();
    let (half, full) = ("#89A7D0", "#1854A8");
    let (minus_half, minus_full) = ("#D69092", "#B2262C");
    assert_eq!(
        fills(&svg)[1..],
        [half, minus_half, half, minus_full, full, minus_half, full, minus_full]
    );
    let many: Tensor![3, 3, 32, 64] = Tensor::ones();
    let svg = Plot::filters("Layer", &many).unwrap().to_svg();
    assert!(texts(&svg).contains(&"the first 256 of 2,048 kernels"));
    // A kernel that isn't finite, or 0, is drawn too.
    let odd: Tensor![1, 2, 1, 1] = Tensor::from_vec(vec![f32::NAN, 0.0]).unwrap();
    let svg = Plot::filters("Layer", &odd).unwrap().to_svg();
    assert_eq!(fills(&svg)[1..], ["#1C1C1A", "#FAFAF8"]);
}

#[test]
fn an_embedding_has_a_point_for_each_finite_row_in_the_color_of_its_class() {
    let mut rows: Vec<[f32; 3]> = (0..50).map(|i| [i as f32, (i % 2) as f32, 1.0]).collect();
    rows.push([f32::NAN, 0.0, 0.0]);
    let labels: Vec<i32> = (0..51).map(|i| i % 2).collect();
    let vectors: Tensor![Batch, 3] = Tensor::batch(rows);
    let svg = Plot::embedding("Features", &vectors, &labels, &["even", "odd"]).unwrap().to_svg();
    assert_eq!(count(&svg, "<circle"), 50);
    let texts = texts(&svg);
    for text in ["even", "odd", "first direction, 100% of the variance", "second direction, 0%"] {
        assert!(texts.contains(&text), "{text}: {texts:?}");
    }
    let large: Tensor![Batch, 2] = Tensor::from_vec(vec![0.5; 2 * 10_000]).unwrap();
    let svg = Plot::embedding("Features", &large, &vec![0; 10_000], &["all"]).unwrap().to_svg();
    assert!((3_000..=4_000).contains(&count(&svg, "<circle")));
    // Sizes may be known to the program alone.
    fn of<B: Dim, D: Dim>(vectors: &Tensor<(B, D)>) -> Plot {
        Plot::embedding("", vectors, &[0, 0], &["all"]).unwrap()
    }
    of::<Const<2>, Const<1>>(&Tensor::from([[1.0], [2.0]]));
}

#[test]
fn a_plot_is_saved_as_its_ending_says_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let plot = Plot::curves("Loss", &History::default().curves);
    let path = |name: &str| folder.path().join(name);
    plot.save(path("loss.svg")).unwrap();
    plot.save(path("loss.PNG")).unwrap();
    assert!(fs::read(path("loss.svg")).unwrap().starts_with(b"<svg"));
    assert!(fs::read(path("loss.PNG")).unwrap().starts_with(b"\x89PNG"));
    for name in ["loss.jpg", "loss", "svg"] {
        assert_eq!(
            plot.save(path(name)).unwrap_err().to_string(),
            format!(
                "{}: a plot is saved as `.svg` or `.png`; end the name with one of them",
                path(name).display()
            )
        );
    }
    let missing = path("missing").join("loss.svg");
    let error = plot.save(&missing).unwrap_err().to_string();
    let expected = format!("{}: can't be written: No such file", missing.display());
    assert!(error.starts_with(&expected), "{error}");
}
