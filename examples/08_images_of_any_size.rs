//! Images whose height and width are known only when the program runs: one network for all sizes, with channels
//! that the compiler checks.
//!
//!     cargo run --example 08_images_of_any_size

use nnx::prelude::*;

// Axes whose sizes are known when the program runs.
axis!(Height, Width);

/// A class for each pixel: halves the image, doubles it again, and concatenates the skip connection.
///
/// `H: Dim` is any axis: a size that the compiler knows, or a runtime axis. Strides, pools, upsampling and
/// `concat` need no bound.
#[derive(Module)]
struct Segmenter {
    full: Conv<U1, U8, (U3, U3)>,
    half: Conv<U8, U16, (U3, U3), Strided<U2>>,
    head: Conv<U24, U3, (U1, U1)>,
}

impl<B: Dim, H: Dim, W: Dim> Layer<Tensor![B, H, W, 1]> for Segmenter {
    type Output = Tensor![B, H, W, 3];

    fn forward(&self, x: Tensor![B, H, W, 1], pass: &mut Pass) -> Self::Output {
        let skip = self.full.forward(x, pass).relu();
        // With a stride of 2 the height is ceil(H / 2).
        let half: Tensor![B, QuotientUp<H, U2>, QuotientUp<W, U2>, 16] =
            self.half.forward(skip.clone(), pass).relu();
        // Twice that isn't `H` if `H` is odd, so the size comes from the skip connection.
        let x = half.resize_nearest_like(&skip);
        self.head.forward(skip.concat::<3, _>(x), pass)
    }
}

fn main() -> Result<(), nnx::Error> {
    let model = Segmenter::init(&mut Rngs::new(0));
    for (height, width) in [(4, 6), (5, 3), (1, 1)] {
        let pixels = (0..height * width).map(|i| i as f32 / 10.0).collect();
        let image: Tensor![Batch, Height, Width, 1] =
            Tensor::from_shape_vec(&[1, height, width, 1], pixels)?;
        let logits: Tensor![Batch, Height, Width, 3] = model.infer(image);
        println!("{height} x {width}: logits {}", logits.dims());
    }

    // The same model over sizes that the compiler knows.
    let logits: Tensor![1, 5, 3, 3] = model.infer(Tensor::ones());
    println!("known to the compiler: {}", logits.dims());

    names()
}

/// The names of computed sizes, and the checks at run time.
fn names() -> Result<(), nnx::Error> {
    let x: Tensor![Batch, Height, Width, 1] = Tensor::from_shape_vec(&[1, 5, 4, 1], vec![1.0; 20])?;

    // Sizes with the same formula have the same type: two halvings equal one division by 4.
    let once: Tensor![Batch, { Height / 4 }, { Width / 4 }, 1] = x.clone().max_pool::<(U4, U4)>();
    println!(
        "{} {}",
        (once + x.clone().max_pool::<(U2, U2)>().max_pool::<(U2, U2)>()).dims(),
        <shape![Batch, { Height / 4 }, { Width / 4 }, 1]>::describe()
    );

    // If the types differ but the sizes may be equal, `try_like` checks them at run time.
    match x.clone().max_pool_with::<(U2, U2), Same>().upsample::<(U2, U2)>().try_like(&x) {
        Ok(up) => println!("as large as x: {}", up.dims()),
        Err(error) => println!("error: {error}"),
    }
    match x.try_into_shape::<shape![Batch, 5, Width, 3]>() {
        Ok(x) => println!("three channels: {}", x.dims()),
        Err(error) => println!("error: {error}"),
    }
    Ok(())
}
