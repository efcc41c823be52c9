//! Tensors whose shape is a type: what the compiler checks, and what is checked at run time.
//!
//!     cargo run --example 01_shapes

use nnx::array::Array;
use nnx::prelude::*;

// An axis whose size is known only when the program runs is a type with a name. Axes of different names don't mix.
// `Batch` and `Time` come with the prelude; this declares another one.
axis!(Sensor);

fn main() -> Result<(), nnx::Error> {
    // Shapes are written with plain numbers. The elements are f32, unless another type follows a `;`.
    let scores: Tensor![2, 3] = Tensor::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let labels: Tensor![2; i32] = Tensor::from([2, 0]);
    println!("scores  {scores:?}\nlabels  {labels:?}");

    // The compiler computes the shape of a result: (2, 3) times (3, 1) is (2, 1).
    let weights = Tensor::from([[0.5], [0.0], [-0.5]]);
    let product: Tensor![2, 1] = scores.clone().matmul(weights);
    println!("product {product:?}");
    // A wrong size is an error of `cargo check`, in decimal numbers:
    //     scores.matmul(Tensor::<shape![4, 1]>::ones());
    //     error: `(U<2>, U<3>)` can't be multiplied by `(U<4>, U<1>)`

    // Broadcasting is NumPy's, to the left operand's shape: axes are aligned at the last one, and
    // a size of 1 stretches. Here (3,) is added to each row, and (2, 1) to each column.
    let shifted = scores.clone() + Tensor::from([10.0, 20.0, 30.0]);
    let centered = scores.clone() - scores.clone().mean_axes::<Axis<1>>().insert_axis::<1>();
    println!("shifted {shifted:?}\ncentered {centered:?}");
    //     scores + Tensor::from([10.0, 20.0]);
    //     error: shape `(U<2>,)` doesn't broadcast to `(U<2>, U<3>)`

    // `reshape` keeps the number of elements, and the compiler checks that.
    let column = scores.clone().reshape::<shape![6, 1]>();
    println!("column  {column:?}");
    //     scores.reshape::<shape![7, 1]>();
    //     error: `(U<2>, U<3>)` can't be reshaped to `(U<7>, U<1>)`: they hold `U<6>` and `U<7>` elements

    // A batch is as long as its data. All other axes are still checked by the compiler.
    let images: Tensor![Batch, 4, 4, 2] = Tensor::from_vec(vec![0.25; 5 * 4 * 4 * 2])?;
    println!("{} images flattened: {}", images.dims()[0], images.clone().flatten().dims());
    println!("their mean image: {}", mean_image(images).dims());

    // Axes of different names don't mix, even if they happen to be equally long.
    let readings: Tensor![Time, Sensor] = Array::new(vec![1.0f32; 6], &[3, 2])?.try_into()?;
    let by_sensor: Tensor![Sensor, Time] = readings.clone().transpose();
    println!("readings {} and {}", readings.dims(), by_sensor.dims());
    //     readings + by_sensor;
    //     error: an axis of size `Sensor` doesn't broadcast to `Time`

    // The shapes of arrays from files and other programs are values. The conversion to a typed tensor
    // checks them, and its error names both shapes.
    let anything = Array::new(vec![0.0f32; 12], &[3, 4])?;
    let typed: Tensor![Batch, 4] = anything.clone().try_into()?;
    println!("in and out again: {}", typed.into_dyn().dims());
    let error = <Tensor![Batch, 5]>::try_from(anything).unwrap_err();
    println!("error: {error}");
    Ok(())
}

/// A function that is generic in the batch takes a named axis or a fixed size.
fn mean_image<B: Dim>(images: Tensor![B, 4, 4, 2]) -> Tensor![4, 4, 2] {
    images.mean_axes::<Axis<0>>()
}
