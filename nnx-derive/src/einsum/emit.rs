//! The struct of an equation, and its `impl`s.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;
use syn::ext::IdentExt;

use super::Equation;

/// The unit struct with the equation's name.
pub(super) fn item(equation: &Equation) -> TokenStream {
    let Equation { attributes, visibility, name, .. } = equation;
    quote! {
        #(#attributes)*
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
        #visibility struct #name;
    }
}

pub(super) fn implementations(equation: &Equation, krate: &TokenStream) -> TokenStream {
    let Equation { name, own, input, kernel, output, bias, .. } = equation;
    let (bias_shape, bias_names) = match bias {
        // Without a bias, its shape has no axes.
        None => (quote!((#krate::size::U0,)), quote!(::core::option::Option::None)),
        Some(bias) => {
            let names = names(bias);
            (quote!((#(#bias,)*)), quote!(::core::option::Option::Some(#names)))
        }
    };
    let list = quote!(&'static [&'static ::core::primitive::str]);
    let [input_names, kernel_names, output_names] = [input, kernel, output].map(|axes| names(axes));
    quote! {
        #[diagnostic::do_not_recommend]
        impl<#(#kernel: #krate::size::Size),*> #krate::nn::Equation<(#(#kernel,)*)> for #name {
            type Bias = #bias_shape;
            const BIAS: ::core::option::Option<#list> = #bias_names;
        }
        #[diagnostic::do_not_recommend]
        impl<#(#own: #krate::size::Dim,)* #(#kernel: #krate::size::Size),*>
            #krate::nn::Contraction<(#(#input,)*), (#(#kernel,)*)> for #name
        {
            type Output = (#(#output,)*);
            const NAMES: [#list; 3] = [#input_names, #kernel_names, #output_names];
        }
        #[diagnostic::do_not_recommend]
        impl<#(#kernel: #krate::size::Size),*>
            #krate::nn::Contraction<#krate::nn::NoInput, (#(#kernel,)*)> for #name
        {
            type Output = ();
            const NAMES: [#list; 3] = [&[], &[], &[]];
        }
    }
}

/// The `impl`s for an equation with mistakes. Without them, each use of it would add an error to the reported ones.
pub(super) fn fallback(equation: &Equation, krate: &TokenStream) -> TokenStream {
    let name = &equation.name;
    quote! {
        impl<__K> #krate::nn::Equation<__K> for #name {
            type Bias = (#krate::size::U0,);
            const BIAS: ::core::option::Option<&'static [&'static ::core::primitive::str]> =
                ::core::option::Option::None;
        }
        impl<__S, __K> #krate::nn::Contraction<__S, __K> for #name {
            type Output = ();
            const NAMES: [&'static [&'static ::core::primitive::str]; 3] = [&[], &[], &[]];
        }
    }
}

fn names(axes: &[Ident]) -> TokenStream {
    let names = axes.iter().map(|axis| axis.unraw().to_string());
    quote!(&[#(#names),*])
}
