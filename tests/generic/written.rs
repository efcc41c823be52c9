//! Sizes computed from type parameters, written as arithmetic in `dim!`.

use nnx::prelude::*;

/// A network that halves twice, and says so in its fields.
#[derive(Module)]
struct Network<H: Size, W: Size, C: Size, Classes: Size> {
    first: Conv<U1, C, (U3, U3)>,
    second: Conv<C, dim!(2 * C), (U3, U3)>,
    head: Linear<dim!(H / 2 / 2 * (W / 2 / 2) * (C * 2)), Classes>,
}

impl<B: Dim, H: Size, W: Size, C: Size, Classes: Size> Layer<Tensor![B, H, W, 1]>
    for Network<H, W, C, Classes>
{
    type Output = Tensor![B, Classes];

    fn forward(&self, x: Tensor![B, H, W, 1], pass: &mut Pass) -> Self::Output {
        let x: Tensor![B, { H / 2 }, { W / 2 }, C] =
            self.first.forward(x, pass).relu().max_pool::<(U2, U2)>();
        let x = self.second.forward(x, pass).relu().max_pool::<(U2, U2)>();
        self.head.forward(x.flatten(), pass)
    }
}

#[test]
fn a_network_written_with_arithmetic_on_parameters_runs_at_any_sizes() {
    let rngs = &mut Rngs::new(0);
    let model = Network::<U28, U20, U4, U10>::init(rngs);
    let y = model.infer(Tensor::<shape![3, 28, 20, 1]>::ones());
    assert_eq!(y.dims().to_vec(), [3, 10]);
    let model = Network::<U9, U7, U2, U3>::init(rngs);
    assert_eq!(model.head.kernel.value().dims().to_vec(), [2 * 4, 3]);
}

/// A trait that bundles sizes: a size named by a path, such as `C::Width`, is a type, too.
trait Config {
    type Width: Size;
    type Heads: Size;
}
struct Small;
impl Config for Small {
    type Width = U12;
    type Heads = U3;
}
const LAYERS: usize = 4;

fn sizes<C: Config, A: Size, B: Size>() -> [usize; 6] {
    [
        <dim!(C::Width / C::Heads) as Size>::USIZE,
        <dim!(<C as Config>::Width * LAYERS + 1) as Size>::USIZE,
        <dim!(A + B + 1) as Size>::USIZE,
        <dim!(A - B) as Size>::USIZE,
        <dim!(A.div_ceil(B)) as Size>::USIZE,
        <dim!((A + LAYERS) * (B + { LAYERS * 2 })) as Size>::USIZE,
    ]
}

#[test]
fn sizes_by_path_and_constants_mix() {
    assert_eq!(sizes::<Small, U7, U2>(), [4, 49, 10, 5, 4, 110]);
    assert_eq!(sizes::<Small, U7, U7>(), [4, 49, 15, 0, 1, 11 * 15]);
}

#[test]
fn a_parameter_by_1_or_plus_0_is_itself() {
    fn same<H: Size>(x: Tensor![H]) -> Tensor![{ 1 * H + 0 }] {
        x
    }
    assert_eq!(same::<U3>(Tensor::ones()).to_vec(), [1.0; 3]);
}
