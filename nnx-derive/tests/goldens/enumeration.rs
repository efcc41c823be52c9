#[derive(Module)]
enum Mixer<L> {
    #[module(init, rename = "dense")]
    Dense(L, #[module(skip)] usize),
    Attention { query: Linear<U8, U8>, #[module(skip)] heads: usize },
    Identity,
}

const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl<L> __nnx::module::Module for Mixer<L>
    where
        L: __nnx::module::Module,
    {
        fn visit(&self, visitor: &mut __nnx::module::Visitor<'_>) {
            match *self {
                Self::Dense { 0: ref field0, .. } => {
                    visitor
                        .variant(
                            "dense",
                            |visitor| {
                                visitor.index(0usize, &(*field0));
                            },
                        );
                }
                Self::Attention { query: ref field0, .. } => {
                    visitor
                        .variant(
                            "Attention",
                            |visitor| {
                                __nnx::module::derive_support::is_module(&(*field0));
                                visitor.field("query", &(*field0));
                            },
                        );
                }
                Self::Identity { .. } => {
                    visitor.variant("Identity", |visitor| {});
                }
            }
        }
        fn visit_mut(&mut self, visitor: &mut __nnx::module::VisitorMut<'_>) {
            match *self {
                Self::Dense { 0: ref mut field0, .. } => {
                    visitor
                        .variant(
                            "dense",
                            |visitor| {
                                visitor.index(0usize, &mut (*field0));
                            },
                        );
                }
                Self::Attention { query: ref mut field0, .. } => {
                    visitor
                        .variant(
                            "Attention",
                            |visitor| {
                                __nnx::module::derive_support::is_module(&(*field0));
                                visitor.field("query", &mut (*field0));
                            },
                        );
                }
                Self::Identity { .. } => {
                    visitor.variant("Identity", |visitor| {});
                }
            }
        }
    }
    #[automatically_derived]
    impl<L> __nnx::module::Init for Mixer<L>
    where
        for<'__any> L: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<L>,
        for<'__any> usize: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::DefaultField<usize>,
    {
        fn init(rngs: &mut __nnx::random::Rngs) -> Self {
            Self::Dense {
                0: <Self as __nnx::module::derive_support::InitField<L>>::make(rngs),
                1: <Self as __nnx::module::derive_support::DefaultField<
                    usize,
                >>::make(rngs),
            }
        }
    }
    #[automatically_derived]
    impl<L> __nnx::module::derive_support::Derived for Mixer<L> {}
};
