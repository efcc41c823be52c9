//! Attributes of fields and items.

use std::collections::HashSet;

use nnx::prelude::*;

use crate::*;

#[test]
fn renamed_and_skipped_fields() {
    struct Opaque;

    #[derive(Module)]
    struct Model {
        #[module(rename = "layers.0")]
        first: Dense,
        #[module(skip, init = Opaque)]
        _opaque: Opaque,
        #[module(skip)]
        names: HashSet<String>,
        r#type: Dense,
    }
    #[derive(Module)]
    struct Tuple(#[module(rename = "kernel_2")] Dense, Dense);

    let mut model = Model::init(&mut rngs());
    assert_paths(&mut model, &["layers.0", "type"]);
    assert!(model.names.is_empty());
    assert_paths(&mut Tuple::init(&mut rngs()), &["kernel_2", "1"]);
}

#[test]
fn fields_are_made_in_order() {
    #[derive(Module)]
    struct Model {
        _a: Mark<1>,
        #[module(init = Mark::new(rngs))]
        _b: Mark<2>,
        _c: [Mark<3>; 2],
        #[module(skip, init = (Mark::new(rngs), Mark::new(rngs)))]
        _d: (Mark<4>, Mark<5>),
        #[module(init = { let mut make = || Mark::<6>::new(rngs); [make(), make()] })]
        _e: [Mark<6>; 2],
        _f: Mark<7>,
    }
    let _ = Model::init(&mut rngs());
    assert_eq!(made(), [1, 2, 3, 3, 4, 5, 6, 6, 7]);
}

#[test]
fn an_item_may_be_made_by_its_own_expression() {
    #[derive(Module)]
    #[module(init = Self::with_width(3, rngs))]
    struct Model {
        width: usize,
        mark: Mark<1>,
    }
    impl Model {
        fn with_width(width: usize, rngs: &mut Rngs) -> Self {
            Self { width, mark: Init::init(rngs) }
        }
    }

    #[derive(Module)]
    #[module(init = Either::Right(Mark::new(rngs)))]
    enum Either {
        #[expect(dead_code, reason = "only the other one is made")]
        Left,
        Right(Mark<2>),
    }

    let model = Model::init(&mut rngs());
    assert_eq!((model.width, model.mark, made()), (3, Mark, vec![1]));
    assert!(matches!(Either::init(&mut rngs()), Either::Right(Mark)));
    assert_eq!(made(), [2]);
}

#[test]
fn a_field_without_init_leaves_other_constructors() {
    #[derive(Module)]
    struct Model {
        rate: f32,
        dense: Dense,
    }
    let mut model = Model { rate: 0.5, dense: Dense::init(&mut rngs()) };
    assert_paths(&mut model, &["dense"]);
    assert!(model.rate > 0.0);
}
