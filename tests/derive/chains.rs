//! `#[module(sequential)]`.

use nnx::prelude::*;

use crate::*;

#[test]
fn a_chain_runs_in_order() {
    #[derive(Module)]
    #[module(sequential)]
    struct Chain {
        add: Add<95>,
        show: Show,
        #[module(skip)]
        _note: String,
        length: Length,
        last: Add<1>,
    }
    #[derive(Module)]
    #[module(sequential)]
    struct Outer<L, const N: usize>(Add<N>, Chain, L);

    let chain = Chain::init(&mut rngs());
    assert_eq!(chain.infer(4), 5);
    assert_eq!(chain.infer(5), 6);
    assert_eq!(Outer::<Show, 4>::init(&mut rngs()).infer(0), "<5>");
}

#[test]
fn a_chain_takes_every_input_that_its_first_field_takes() {
    #[derive(Module)]
    struct Twice;
    impl Layer<u8> for Twice {
        type Output = u8;
        fn forward(&self, x: u8, _: &mut Pass) -> u8 {
            x * 2
        }
    }
    impl Layer<f32> for Twice {
        type Output = f32;
        fn forward(&self, x: f32, _: &mut Pass) -> f32 {
            x * 2.0
        }
    }
    #[derive(Module)]
    #[module(sequential)]
    struct Chain(Twice, Twice);
    let chain = Chain::init(&mut rngs());
    assert_eq!(chain.infer(2_u8), 8);
    assert!(chain.infer(0.5_f32) > 1.5);
}
