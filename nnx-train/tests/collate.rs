//! Batches of items of each type.

use nnx_core::module::{Layer, Pass, compile};
use nnx_core::size::rules::Axis;
use nnx_core::size::{Batch, Time, U2, U3};
use nnx_core::tensor::Tensor;
use nnx_core::{Module, Tensor, axis};
use nnx_train::{Collate, DataError, Image, Label, Padded, Plain, Sequence};

#[test]
fn numbers_and_arrays_become_tensors_of_their_type() {
    let x: Tensor![Batch; f64] = f64::collate(vec![1.0, 2.0]).unwrap();
    let y: Tensor![Batch; bool] = bool::collate(vec![true]).unwrap();
    let z: Tensor![Batch, 2; u8] = <[u8; 2]>::collate(vec![[1, 2], [3, 4], [5, 6]]).unwrap();
    assert_eq!((x.to_vec(), y.to_vec()), (vec![1.0, 2.0], vec![true]));
    assert_eq!(*z.dims(), [3, 2]);
    assert_eq!(z.to_vec(), [1, 2, 3, 4, 5, 6]);
    let cube: Tensor![Batch, 1, 2, 3; i32] =
        <[[[i32; 3]; 2]; 1]>::collate(vec![[[[1, 2, 3], [4, 5, 6]]]; 2]).unwrap();
    assert_eq!(cube.to_vec(), [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn tuples_are_taken_apart() {
    let items = vec![([1.0f32, 2.0], 7i32, Plain("a")), ([3.0, 4.0], 8, Plain("b"))];
    let (x, y, names): (Tensor![Batch, 2], Tensor![Batch; i32], Vec<&str>) =
        Collate::collate(items).unwrap();
    assert_eq!((x.to_vec(), y.to_vec()), (vec![1.0, 2.0, 3.0, 4.0], vec![7, 8]));
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn tensors_are_stacked_if_their_runtime_axes_agree() {
    let rows = |lengths: &[usize]| -> Result<Tensor![Batch, Time, 2], DataError> {
        let item = |&length: &usize| -> Tensor![Time, 2] {
            Tensor::from_vec(vec![length as f32; 2 * length]).unwrap()
        };
        Collate::collate(lengths.iter().map(item).collect())
    };
    assert_eq!(*rows(&[3, 3]).unwrap().dims(), [2, 3, 2]);
    assert_eq!(
        rows(&[3, 3, 4]).unwrap_err().to_string(),
        "item 2 of the batch has the sizes (4, 2), the first has (3, 2); \
         give items equal sizes, or pad them: Sequence"
    );
    let scalars: Tensor![Batch] =
        Collate::collate(vec![Tensor::from(1.0), Tensor::from(2.0)]).unwrap();
    assert_eq!(scalars.to_vec(), [1.0, 2.0]);
}

#[test]
fn sequences_are_padded_to_the_longest_with_lengths_and_a_mask() {
    axis!(Source);
    let items = vec![
        Sequence::<[f32; 2], Source>::along(vec![[1.0, 2.0]]),
        Sequence::along(vec![]),
        Sequence::along(vec![[3.0, 4.0], [5.0, 6.0]]),
    ];
    let batch: Padded<[f32; 2], Source> = Collate::collate(items).unwrap();
    let values: Tensor![Batch, Source, 2] = batch.values.clone();
    assert_eq!(*values.dims(), [3, 2, 2]);
    assert_eq!(values.to_vec(), [1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(batch.lengths.to_vec(), [1, 0, 2]);
    assert_eq!(batch.mask.to_vec(), [true, false, false, false, true, true]);
    assert_eq!(format!("{batch:?}"), "Padded((3, 2, 2), lengths [1, 0, 2])");
    // A batch of empty sequences has an axis of size 0.
    let empty = Sequence::<i32>::collate(vec![Sequence::new(vec![]); 2]).unwrap();
    assert_eq!(*empty.values.dims(), [2, 0]);
    assert_eq!(Sequence::new(vec![1, 2, 3]).truncate(2).rows(), [1, 2]);
}

/// An item of all kinds, with parameters.
#[derive(Collate)]
struct Example<const N: usize, A>
where
    A: Clone,
{
    pub image: Image<U2, U3, U3>,
    label: Label<U3>,
    text: Sequence<i32>,
    features: [f32; N],
    other: A,
    name: String,
}

#[test]
fn a_derived_batch_has_the_fields_of_the_item() {
    let item = |label: usize| Example::<2, u8> {
        image: Image::new(vec![255; 18]).unwrap(),
        label: Label::new(label).unwrap(),
        text: Sequence::new(vec![9; label]),
        features: [label as f32; 2],
        other: 5,
        name: format!("item {label}"),
    };
    let batch: ExampleBatch<2, u8> = Example::collate(vec![item(1), item(2)]).unwrap();
    assert_eq!(*batch.image.dims(), [2, 2, 3, 3]);
    assert!(batch.image.to_vec().iter().all(|x| *x == 1.0));
    assert_eq!(batch.label.to_vec(), [1, 2]);
    assert_eq!(batch.text.values.to_vec(), [9, 0, 9, 9]);
    assert_eq!(batch.features.to_vec(), [1.0, 1.0, 2.0, 2.0]);
    assert_eq!(
        (batch.other.to_vec(), batch.name),
        (vec![5, 5], vec!["item 1".to_owned(), "item 2".to_owned()])
    );
}

/// An item all of whose fields are tensors in a batch.
#[derive(Collate)]
struct Review {
    words: Sequence<i32>,
    stars: f32,
}

/// The mean word within each text, times its stars.
#[derive(Module)]
struct MeanWord;

impl Layer<ReviewBatch> for MeanWord {
    type Output = Tensor![Batch];

    fn forward(&self, review: ReviewBatch, pass: &mut Pass) -> Self::Output {
        self.forward(review.words, pass) * review.stars
    }
}

impl Layer<Padded<i32>> for MeanWord {
    type Output = Tensor![Batch];

    fn forward(&self, words: Padded<i32>, _: &mut Pass) -> Self::Output {
        let values = words.values.cast::<f32>() * words.mask.cast::<f32>();
        values.sum_axes::<Axis<1>>() / words.lengths.cast::<f32>()
    }
}

#[test]
fn compiled_models_take_padded_and_derived_batches() {
    let padded = |lengths: &[usize]| {
        let texts = lengths.iter().map(|length| Sequence::new((0..*length as i32).collect()));
        Sequence::collate(texts.collect()).unwrap()
    };
    let model = compile::<Padded<i32>, _>(MeanWord);
    for lengths in [&[3, 1, 5][..], &[2], &[5, 5, 1]] {
        let expected: Vec<f32> = lengths.iter().map(|length| (length - 1) as f32 / 2.0).collect();
        assert_eq!(model.infer(padded(lengths)).to_vec(), expected);
    }
    let review = |length: i32, stars| Review { words: Sequence::new((0..length).collect()), stars };
    let model = compile::<ReviewBatch, _>(MeanWord);
    for _ in 0..2 {
        let batch = Review::collate(vec![review(3, 2.0), review(5, 0.5)]).unwrap();
        assert_eq!(model.infer(batch).to_vec(), [2.0, 1.0]);
    }
}
