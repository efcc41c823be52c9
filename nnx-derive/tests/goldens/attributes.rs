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
#[allow(clippy::type_repetition_in_bounds, reason = "the item may bound the same types")]
const _: () = {
    use crate::nn as __nnx;
    #[automatically_derived]
    impl __nnx::module::Module for model {
        fn visit(&self, __visitor: &mut __nnx::module::Visitor<'_>) {
            __nnx::module::Visitor::enter(__visitor, self);
            __nnx::module::derive_support::is_module(&(self.dropout));
            __nnx::module::Visitor::field(__visitor, "dropout", &(self.dropout));
            __nnx::module::derive_support::is_module(&(self.kernel));
            __nnx::module::Visitor::field(__visitor, "kernel_2", &(self.kernel));
            __nnx::module::derive_support::is_module(&(self.old));
            __nnx::module::Visitor::field(__visitor, "old", &(self.old));
        }
        fn visit_mut(&mut self, __visitor: &mut __nnx::module::VisitorMut<'_>) {
            __nnx::module::derive_support::is_module(&(self.dropout));
            __nnx::module::VisitorMut::field(__visitor, "dropout", &mut (self.dropout));
            __nnx::module::derive_support::is_module(&(self.kernel));
            __nnx::module::VisitorMut::field(__visitor, "kernel_2", &mut (self.kernel));
            __nnx::module::derive_support::is_module(&(self.old));
            __nnx::module::VisitorMut::field(__visitor, "old", &mut (self.old));
        }
        fn visit_modules(&mut self, __visitor: &mut __nnx::module::ModuleVisitor<'_>)
        where
            Self: 'static,
        {
            __nnx::module::ModuleVisitor::enter(__visitor, self);
            __nnx::module::derive_support::is_module(&(self.dropout));
            __nnx::module::ModuleVisitor::field(
                __visitor,
                "dropout",
                &mut (self.dropout),
            );
            __nnx::module::derive_support::is_module(&(self.kernel));
            __nnx::module::ModuleVisitor::field(
                __visitor,
                "kernel_2",
                &mut (self.kernel),
            );
            __nnx::module::derive_support::is_module(&(self.old));
            __nnx::module::ModuleVisitor::field(__visitor, "old", &mut (self.old));
        }
    }
    #[automatically_derived]
    impl __nnx::module::Init for model
    where
        for<'__any> Param<(U2, U3)>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<Param<(U2, U3)>>,
        for<'__any> Linear<U2, U3>: ::core::marker::Sized,
        for<'__any> Self: __nnx::module::derive_support::InitField<Linear<U2, U3>>,
    {
        fn init(__rngs: &mut __nnx::random::Rngs) -> Self {
            Self {
                dropout: {
                    let rngs: &mut __nnx::random::Rngs = __rngs;
                    let _ = &rngs;
                    Dropout::new(0.5, rngs)
                },
                kernel: <Self as __nnx::module::derive_support::InitField<
                    Param<(U2, U3)>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        Param<(U2, U3)>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
                rate: 0.5,
                old: <Self as __nnx::module::derive_support::InitField<
                    Linear<U2, U3>,
                >>::field(
                    <<Self as __nnx::module::derive_support::InitField<
                        Linear<U2, U3>,
                    >>::Field as __nnx::module::Init>::init(__rngs),
                ),
            }
        }
    }
    #[automatically_derived]
    impl __nnx::module::ParameterCount for model
    where
        for<'__any> Self: __nnx::module::derive_support::CountField<Dropout>,
        for<'__any> Self: __nnx::module::derive_support::CountField<Param<(U2, U3)>>,
        for<'__any> Self: __nnx::module::derive_support::CountField<Linear<U2, U3>>,
    {
        const PARAMETERS: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<Dropout>>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<
                Param<(U2, U3)>,
            >>::PARAMETERS
            + <Self as __nnx::module::derive_support::CountField<
                Linear<U2, U3>,
            >>::PARAMETERS;
        const PARAMETER_BYTES: ::core::primitive::usize = 0
            + <Self as __nnx::module::derive_support::CountField<
                Dropout,
            >>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<
                Param<(U2, U3)>,
            >>::PARAMETER_BYTES
            + <Self as __nnx::module::derive_support::CountField<
                Linear<U2, U3>,
            >>::PARAMETER_BYTES;
    }
    #[automatically_derived]
    impl __nnx::module::Layer<
        __nnx::module::derive_support::NeverInput<model>,
        __nnx::module::derive_support::NeverInput<model>,
    > for <model as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::NeverInput<model>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::NeverInput<model>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::NeverInput<model> {
            __x
        }
    }
    #[automatically_derived]
    impl __nnx::module::Layer<
        __nnx::module::derive_support::SecondNeverInput<model>,
        __nnx::module::derive_support::SecondNeverInput<model>,
    > for <model as __nnx::module::derive_support::Itself>::Type {
        type Output = __nnx::module::derive_support::SecondNeverInput<model>;
        fn forward(
            &self,
            __x: __nnx::module::derive_support::SecondNeverInput<model>,
            _: &mut __nnx::module::Pass,
        ) -> __nnx::module::derive_support::SecondNeverInput<model> {
            __x
        }
    }
};
