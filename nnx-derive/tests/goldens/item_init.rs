#[derive(Module)]
#[module(init = Self::with_width(64, rngs))]
enum Size {
    Wide { width: usize },
}

#[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl __nnx::module::Module for Size {
        fn visit(&self, __visitor: &mut __nnx::module::Visitor<'_>) {
            __nnx::module::Visitor::enter(__visitor, self);
            match *self {
                Self::Wide { width: ref __field0, .. } => {
                    __visitor
                        .variant(
                            "Wide",
                            |__visitor| {
                                __nnx::module::derive_support::is_module(&(*__field0));
                                __nnx::module::Visitor::field(
                                    __visitor,
                                    "width",
                                    &(*__field0),
                                );
                            },
                        );
                }
            }
        }
        fn visit_mut(&mut self, __visitor: &mut __nnx::module::VisitorMut<'_>) {
            match *self {
                Self::Wide { width: ref mut __field0, .. } => {
                    __visitor
                        .variant(
                            "Wide",
                            |__visitor| {
                                __nnx::module::derive_support::is_module(&(*__field0));
                                __nnx::module::VisitorMut::field(
                                    __visitor,
                                    "width",
                                    &mut (*__field0),
                                );
                            },
                        );
                }
            }
        }
        fn visit_modules(&mut self, __visitor: &mut __nnx::module::ModuleVisitor<'_>)
        where
            Self: 'static,
        {
            __nnx::module::ModuleVisitor::enter(__visitor, self);
            match *self {
                Self::Wide { width: ref mut __field0, .. } => {
                    __visitor
                        .variant(
                            "Wide",
                            |__visitor| {
                                __nnx::module::derive_support::is_module(&(*__field0));
                                __nnx::module::ModuleVisitor::field(
                                    __visitor,
                                    "width",
                                    &mut (*__field0),
                                );
                            },
                        );
                }
            }
        }
    }
    #[automatically_derived]
    impl __nnx::module::Init for Size {
        fn init(__rngs: &mut __nnx::random::Rngs) -> Self {
            {
                let rngs: &mut __nnx::random::Rngs = __rngs;
                let _ = &rngs;
                Self::with_width(64, rngs)
            }
        }
    }
    #[automatically_derived]
    impl __nnx::module::Layer<
        __nnx::module::derive_support::NeverInput<Size>,
        __nnx::module::derive_support::NeverInput<Size>,
    > for <Size as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::NeverInput<Size>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::NeverInput<Size>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::NeverInput<Size> {
            __x
        }
    }
    #[automatically_derived]
    impl __nnx::module::Layer<
        __nnx::module::derive_support::SecondNeverInput<Size>,
        __nnx::module::derive_support::SecondNeverInput<Size>,
    > for <Size as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::SecondNeverInput<Size>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::SecondNeverInput<Size>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::SecondNeverInput<Size> {
            __x
        }
    }
};
