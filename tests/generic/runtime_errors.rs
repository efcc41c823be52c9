//! Checks at run time of a height or a width that the compiler doesn't know.

use nnx::prelude::*;

use crate::panic_of;
use crate::runtime_sizes::{Height, Width, images};

type Line = Tensor![Batch, Height, 1];

fn line(length: usize) -> Line {
    Tensor::from_shape_vec(&[1, length, 1], vec![1.0; length]).expect("a line")
}

#[test]
fn a_window_that_is_longer_than_a_runtime_axis_names_both() {
    let text = |operation: &str, length: usize, padding: &str, window: usize| {
        format!(
            "`{operation}`: the axis `Height` is {length} long{padding}, too short for a window that reaches \
             over {window} elements; take larger images, a smaller window, or a padding such as `Same`"
        )
    };
    fn of_parameter<B: Dim, H: Dim>(x: Tensor![B, H, 1]) -> Tensor![B, { H / 3 }, 1] {
        x.max_pool::<(U3,)>()
    }
    assert_eq!(panic_of(|| line(1).max_pool::<(U2,)>()), text("max_pool", 1, "", 2));
    assert_eq!(panic_of(|| line(2).min_pool::<(U3,)>()), text("min_pool", 2, "", 3));
    assert_eq!(panic_of(|| line(2).avg_pool::<(U3,)>()), text("avg_pool", 2, "", 3));
    assert_eq!(panic_of(|| of_parameter(line(2))), text("max_pool", 2, "", 3));
    let conv = Conv::<U1, U1, (U3,), (Valid, KernelDilation<U2>)>::init(&mut Rngs::new(0));
    assert_eq!(panic_of(|| conv.infer(line(4))), text("conv", 4, "", 5));
    assert_eq!(*conv.infer(line(5)).dims(), [1, 1, 1]);
    let conv = Conv::<U1, U1, (U5,), (Strided<U2>, Explicit<(U1, U1)>)>::init(&mut Rngs::new(0));
    assert_eq!(panic_of(|| conv.infer(line(2))), text("conv", 2, " with a padding of 2", 5));
    let conv =
        ConvTranspose::<U1, U1, (U6,), (Strided<U2>, Explicit<(U1, U1)>)>::init(&mut Rngs::new(0));
    let found = panic_of(|| conv.infer(line(2)));
    assert_eq!(found, text("conv_transpose", 2, " with a padding of 2", 6));
    assert_eq!(*conv.infer(line(3)).dims(), [1, 2, 1]);
}

#[test]
fn a_concatenation_adds_up_runtime_axes_and_compares_the_others() {
    let both: Tensor![Batch, Sum<Height, Height>, 1] = line(2).concat::<1, _>(line(3));
    assert_eq!(*both.dims(), [1, 5, 1]);
    let longer: Tensor![Batch, { Height + 4 }, 1] =
        line(2).concat::<1, _>(Tensor::<shape![4, 1]>::zeros().insert_axis::<0>().into_batch());
    assert_eq!(longer.to_vec(), [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(
        panic_of(|| line(2).concat::<2, _>(line(3))),
        "`concat`: the axis `Height` is 2 on one side and 3 on the other; both tensors must come from the \
         same batch"
    );
}

/// One row as a batch.
trait IntoBatch<S> {
    fn into_batch(self) -> Tensor<S>;
}
impl<A: Dim, C: Dim> IntoBatch<(Batch, A, C)> for Tensor<(U1, A, C)> {
    fn into_batch(self) -> Tensor<(Batch, A, C)> {
        self.try_into_shape().expect("any batch")
    }
}

#[test]
fn a_checked_conversion_names_the_axes_that_differ() {
    let x: Tensor![Batch, Height, Width, 1] =
        images::<U5, U4, U1>(2).try_into_shape().expect("any");
    let up = x.clone().max_pool_with::<(U2, U2), Same>().upsample::<(U2, U2)>();
    assert_eq!(
        up.clone().try_like(&x).expect_err("6 isn't 5").to_string(),
        "`try_like`: axis 1, `ceil(Height / 2) * 2`: expected 5, as `Height` is there, found 6; \
         `resize_nearest_like` or `crop_or_pad_like` bring one image to the size of the other"
    );
    let known = images::<U6, U3, U2>(2);
    assert_eq!(
        up.clone().try_like(&known).expect_err("4 isn't 3").to_string(),
        "`try_like`: axis 2, `ceil(Width / 2) * 2`: expected 3, as `3` is there, found 4; \
         `resize_nearest_like` or `crop_or_pad_like` bring one image to the size of the other"
    );
    let fits: Tensor![Batch, 6, 4, 1] = up.try_like(&images::<U6, U4, U7>(2)).expect("6 and 4");
    assert_eq!(*fits.dims(), [2, 6, 4, 1]);
    let batch = panic_of(|| fits.clone().resize_nearest_like(&images::<U3, U3, U1>(1)));
    assert!(
        batch.starts_with("`resize_nearest_like`: the axis `Batch` is 2 on one side"),
        "{batch}"
    );
    let batch = panic_of(|| fits.crop_or_pad_like(&images::<U3, U3, U1>(1)));
    assert!(batch.starts_with("`crop_or_pad_like`: the axis `Batch` is 2 on one side"), "{batch}");
}

#[test]
fn a_shape_that_does_not_fit_is_reported_axis_by_axis() {
    let x: Tensor![Batch, Height, Width, 3] =
        images::<U5, U4, U3>(2).try_into_shape().expect("any");
    let error = |text: &str| format!("expected a tensor of shape {text}");
    let found = x.clone().try_into_shape::<shape![2, 5, 4, 1]>().expect_err("3 isn't 1");
    assert_eq!(
        found.to_string(),
        error("(2, 5, 4, 1), found an array of shape (2, 5, 4, 3): axis 3: expected 1, found 3")
    );
    let found = x.clone().try_into_shape::<shape![Batch, Height, Height, 4]>();
    assert_eq!(
        found.expect_err("5 isn't 4").to_string(),
        error(
            "(Batch, Height, Height, 4), found an array of shape (2, 5, 4, 3): axis 2, `Height`: expected 5, as \
             axis 1 of this name is, found 4; axis 3: expected 4, found 3"
        )
    );
    let found = x.clone().try_into_shape::<shape![Batch, Height, 12]>().expect_err("3 axes");
    assert_eq!(
        found.to_string(),
        error(
            "(Batch, Height, 12), found an array of shape (2, 5, 4, 3): expected 3 axes, found 4"
        )
    );
    let text =
        "(Batch, 5, 5, 3), found an array of shape (2, 5, 4, 3): axis 2: expected 5, found 4";
    let dynamic = x.clone().into_dyn();
    let found = dynamic.clone().try_into_shape::<shape![Batch, 5, 5, 3], f32>();
    assert_eq!(found.expect_err("4 isn't 5").to_string(), error(text));
    assert_eq!(
        panic_of(|| dynamic.clone().assert_shape::<shape![Batch, 5, 5, 3], f32>()),
        error(text)
    );
    let elements = dynamic.try_into_shape::<shape![Batch, 5, 4, 3], f64>();
    assert_eq!(
        elements.expect_err("f32").to_string(),
        "expected elements of type f64, found f32: convert with `cast`"
    );
    let found = x.try_into_shape::<shape![Batch, Sum<Height, Height>, Product<Width, U3>, 3]>();
    assert_eq!(
        found.expect_err("4 isn't a multiple of 3").to_string(),
        error(
            "(Batch, Height + Height, Width * 3, 3), found an array of shape (2, 5, 4, 3): axis 2, `Width * 3`: \
             expected a multiple of 3, found 4"
        )
    );
}

/// A named axis has one length in a program's batch; where two operands differ, the message names it.
#[test]
fn products_and_rows_name_the_runtime_axis_that_differs() {
    axis!(Length);
    let x = |rows: usize| {
        <Tensor![Length, 4]>::from_shape_vec(&[rows, 4], vec![0.0; rows * 4]).expect("rows of 4")
    };
    let text = panic_of(|| drop(x(3).matmul(x(5).transpose())));
    assert_eq!(
        text,
        "`matmul`: the axis `Length` is 3 on one side and 5 on the other; both tensors must come from the same batch"
    );
    let weights =
        <Tensor![Batch, Length]>::from_shape_vec(&[2, 4], vec![0.0; 8]).expect("a matrix");
    let text = panic_of(|| drop(weights.matmul(x(5))));
    assert!(
        text.starts_with("`matmul`: the axis `Length` is 4 on one side and 5 on the other"),
        "{text}"
    );

    let square =
        <Tensor![Length, Length]>::from_shape_vec(&[2, 2], vec![0.0; 4]).expect("a square");
    let text = panic_of(|| drop(square.rows(0..1)));
    assert_eq!(
        text,
        "`rows` can't take 0..1 of an axis that the shape has twice: axis 1, `Length`: expected 1, as axis 0 of this name is, found 2"
    );

    let table = <Tensor![7, Length]>::from_shape_vec(&[7, 4], vec![0.0; 28]).expect("a table");
    let indices = <Tensor![Length; i32]>::from_vec(vec![0, 1]).expect("two indices");
    let error = table.gather(indices).unwrap_err().to_string();
    assert_eq!(error, "`gather`: axis 1, `Length`: expected 2, as axis 0 of this name is, found 4");

    let image = |batch: usize| {
        <Tensor![Batch, Length, 1]>::from_shape_vec(&[batch, 2, 1], vec![0.0; 2 * batch])
    };
    let other = image(1).expect("an image");
    let error = image(2).expect("two images").try_like(&other).unwrap_err().to_string();
    assert!(error.ends_with("both tensors must come from the same batch"), "{error}");
}

/// The file and the line that the panic of `call` reports.
fn location_of<T>(call: impl FnOnce() -> T) -> (String, u32) {
    use std::sync::{Arc, Mutex};

    // A panic hook is global to the process.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().expect("no panic holds it");
    let (found, thread) = (Arc::new(Mutex::new((String::new(), 0))), std::thread::current().id());
    let seen = Arc::clone(&found);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        // Other tests panic at the same time, on threads of their own: their panics are ignored.
        if let (true, Some(at)) = (std::thread::current().id() == thread, info.location()) {
            *seen.lock().expect("no panic holds it") = (at.file().to_owned(), at.line());
        }
    }));
    panic_of(|| drop(call()));
    std::panic::set_hook(before);
    let found = found.lock().expect("no panic holds it");
    found.clone()
}

/// A panic points to the line that called the operation, not into the library.
#[test]
fn mismatches_are_reported_at_the_line_of_the_caller() {
    let here = |line| (file!().to_owned(), line);
    let row: Tensor![1, 2] = Tensor::ones();
    let found = location_of(|| row.into_dyn().assert_shape::<shape![Batch, 3], f32>());
    assert_eq!(found, here(line!() - 1));
    let x = |rows: usize| <Tensor![Batch, 2]>::from_vec(vec![0.0; 2 * rows]).expect("rows of 2");
    let found = location_of(|| x(3).transpose().matmul(x(5)));
    assert_eq!(found, here(line!() - 1));

    let image = x(1).into_dyn().reshape(&[1, 2, 1]);
    let (empty, larger) = (image.clone(), image.clone());
    let found = location_of(|| larger.upsample(&[usize::MAX]));
    assert_eq!(found, here(line!() - 1), "the size of an output");
    let found = location_of(|| empty.conv(image.clone(), None, [], 1));
    assert_eq!(found, here(line!() - 1), "windows");
    let found = location_of(|| Rngs::named("noise", 0).params());
    assert_eq!(found, here(line!() - 1), "a missing stream");
    let found = location_of(|| {
        let mut rngs = Rngs::named("params", 0);
        MultiHeadAttention::<U1, U2>::with(&AttentionOptions::default().dropout(0.5), &mut rngs)
    });
    assert_eq!((found.0.as_str(), found.1 < line!()), (file!(), true), "dropout of attention");
    let found = location_of(|| {
        let mut rngs = Rngs::named("params", 0);
        let cell = GruCell::<U2, U3>::init(&mut rngs);
        cell.initialize_carry::<Batch>(1, &nnx::random::init::ones(), &mut rngs)
    });
    assert_eq!((found.0.as_str(), found.1 < line!()), (file!(), true), "a carry");
    let (predicted, labels) = (x(2), <Tensor![Batch; i32]>::from_vec(vec![0]).expect("a label"));
    let found = location_of(|| nnx::metrics::Accuracy::new().update(&predicted, &labels));
    assert_eq!(found, here(line!() - 1), "a metric");
    let (model, body) = (Linear::<U2, U3>::init(&mut Rngs::new(0)), Filter::within("body"));
    let found = location_of(|| Optimizer::within::<kind::Param, _>(&body, &model, sgd(0.1)));
    assert_eq!(found, here(line!() - 1), "a filter that selects nothing");
    let found = location_of(|| Optimizer::new(&Relu, sgd(0.1)));
    assert_eq!(found, here(line!() - 1), "a model without parameters");
}
