#[derive(Module)]
#[module(crate = crate::nn)]
#[allow(non_camel_case_types)]
struct model {
    #[module(init = Dropout::new(0.5, rngs))]
    dropout: Dropout,
    #[module(rename = "kernel_2")]
    kernel: Param<(U2, U3)>,
    #[module(skip, init = 0.5)]
    rate: f32,
    #[deprecated]
    old: Linear<U2, U3>,
}

#[allow(non_camel_case_types)]
#[allow(deprecated, reason = "a part of the item is")]
const _: () = {
    use crate::nn as __nnx;
    fn is_module<M: __nnx::module::Module + ?::core::marker::Sized>(_: &M) {}
    #[automatically_derived]
    impl __nnx::module::Module for model {
        fn visit(&self, visitor: &mut __nnx::module::Visitor<'_>) {
            is_module(&self.dropout);
            visitor.field("dropout", &self.dropout);
            is_module(&self.kernel);
            visitor.field("kernel_2", &self.kernel);
            is_module(&self.old);
            visitor.field("old", &self.old);
        }
        fn visit_mut(&mut self, visitor: &mut __nnx::module::VisitorMut<'_>) {
            is_module(&self.dropout);
            visitor.field("dropout", &mut self.dropout);
            is_module(&self.kernel);
            visitor.field("kernel_2", &mut self.kernel);
            is_module(&self.old);
            visitor.field("old", &mut self.old);
        }
    }
    #[automatically_derived]
    impl __nnx::module::Init for model
    where
        for<'__any> Param<(U2, U3)>: __nnx::module::Init,
        for<'__any> Linear<U2, U3>: __nnx::module::Init,
    {
        fn init(rngs: &mut __nnx::random::Rngs) -> Self {
            Self {
                dropout: {
                    let rngs: &mut __nnx::random::Rngs = rngs;
                    let _ = &rngs;
                    Dropout::new(0.5, rngs)
                },
                kernel: <Param<(U2, U3)> as __nnx::module::Init>::init(rngs),
                rate: 0.5,
                old: <Linear<U2, U3> as __nnx::module::Init>::init(rngs),
            }
        }
    }
};
