#[derive(Module)]
enum Mixer<L> {
    #[module(init, rename = "dense")]
    Dense(L, #[module(skip)] usize),
    Attention { query: Linear<U8, U8>, #[module(skip)] heads: usize },
    Identity,
}

#[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl<L> __nnx::module::Module for Mixer<L>
    where
        L: __nnx::module::Module,
    {
        fn visit(&self, __visitor: &mut __nnx::module::Visitor<'_>) {
            __nnx::module::Visitor::enter(__visitor, self);
            match *self {
                Self::Dense { 0: ref __field0, .. } => {
                    __visitor
                        .variant(
                            "dense",
                            |__visitor| {
                                __nnx::module::Visitor::index(
                                    __visitor,
                                    0usize,
                                    &(*__field0),
                                );
                            },
                        );
                }
                Self::Attention { query: ref __field0, .. } => {
                    __visitor
                        .variant(
                            "Attention",
                            |__visitor| {
                                __nnx::module::derive_support::is_module(&(*__field0));
                                __nnx::module::Visitor::field(
                                    __visitor,
                                    "query",
                                    &(*__field0),
                                );
                            },
                        );
                }
                Self::Identity { .. } => {
                    __visitor.variant("Identity", |__visitor| {});
                }
            }
        }
        fn visit_mut(&mut self, __visitor: &mut __nnx::module::VisitorMut<'_>) {
            match *self {
                Self::Dense { 0: ref mut __field0, .. } => {
                    __visitor
                        .variant(
                            "dense",
                            |__visitor| {
                                __nnx::module::VisitorMut::index(
                                    __visitor,
                                    0usize,
                                    &mut (*__field0),
                                );
                            },
                        );
                }
                Self::Attention { query: ref mut __field0, .. } => {
                    __visitor
                        .variant(
                            "Attention",
                            |__visitor| {
                                __nnx::module::derive_support::is_module(&(*__field0));
                                __nnx::module::VisitorMut::field(
                                    __visitor,
                                    "query",
                                    &mut (*__field0),
                                );
                            },
                        );
                }
                Self::Identity { .. } => {
                    __visitor.variant("Identity", |__visitor| {});
                }
            }
        }
        fn visit_modules(&mut self, __visitor: &mut __nnx::module::ModuleVisitor<'_>)
        where
            Self: 'static,
        {
            __nnx::module::ModuleVisitor::enter(__visitor, self);
            match *self {
                Self::Dense { 0: ref mut __field0, .. } => {
                    __visitor
                        .variant(
                            "dense",
                            |__visitor| {
                                __nnx::module::ModuleVisitor::index(
                                    __visitor,
                                    0usize,
                                    &mut (*__field0),
                                );
                            },
                        );
                }
                Self::Attention { query: ref mut __field0, .. } => {
                    __visitor
                        .variant(
                            "Attention",
                            |__visitor| {
                                __nnx::module::derive_support::is_module(&(*__field0));
                                __nnx::module::ModuleVisitor::field(
                                    __visitor,
                                    "query",
                                    &mut (*__field0),
                                );
                            },
                        );
                }
                Self::Identity { .. } => {
                    __visitor.variant("Identity", |__visitor| {});
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
        fn init(__rngs: &mut __nnx::random::Rngs) -> Self {
            Self::Dense {
                0: <Self as __nnx::module::derive_support::InitField<
                    L,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        L,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
                1: <Self as __nnx::module::derive_support::DefaultField<
                    usize,
                >>::make(__rngs),
            }
        }
    }
    #[automatically_derived]
    impl<
        L,
    > __nnx::module::Layer<
        __nnx::module::derive_support::NeverInput<Mixer<L>>,
        __nnx::module::derive_support::NeverInput<Mixer<L>>,
    > for <Mixer<L> as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::NeverInput<Mixer<L>>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::NeverInput<Mixer<L>>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::NeverInput<Mixer<L>> {
            __x
        }
    }
    #[automatically_derived]
    impl<
        L,
    > __nnx::module::Layer<
        __nnx::module::derive_support::SecondNeverInput<Mixer<L>>,
        __nnx::module::derive_support::SecondNeverInput<Mixer<L>>,
    > for <Mixer<L> as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::SecondNeverInput<Mixer<L>>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::SecondNeverInput<Mixer<L>>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::SecondNeverInput<Mixer<L>> {
            __x
        }
    }
};
