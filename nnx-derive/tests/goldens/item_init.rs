#[derive(Module)]
#[module(init = Self::with_width(64, rngs))]
enum Size {
    Wide { width: usize },
}

const _: () = {
    use ::nnx as __nnx;
    #[automatically_derived]
    impl __nnx::module::Module for Size {
        fn visit(&self, visitor: &mut __nnx::module::Visitor<'_>) {
            match *self {
                Self::Wide { width: ref field0, .. } => {
                    visitor
                        .variant(
                            "Wide",
                            |visitor| {
                                __nnx::module::derive_support::is_module(&(*field0));
                                visitor.field("width", &(*field0));
                            },
                        );
                }
            }
        }
        fn visit_mut(&mut self, visitor: &mut __nnx::module::VisitorMut<'_>) {
            match *self {
                Self::Wide { width: ref mut field0, .. } => {
                    visitor
                        .variant(
                            "Wide",
                            |visitor| {
                                __nnx::module::derive_support::is_module(&(*field0));
                                visitor.field("width", &mut (*field0));
                            },
                        );
                }
            }
        }
    }
    #[automatically_derived]
    impl __nnx::module::Init for Size {
        fn init(rngs: &mut __nnx::random::Rngs) -> Self {
            {
                let rngs: &mut __nnx::random::Rngs = rngs;
                let _ = &rngs;
                Self::with_width(64, rngs)
            }
        }
    }
    #[automatically_derived]
    impl __nnx::module::derive_support::Derived for Size {}
};
