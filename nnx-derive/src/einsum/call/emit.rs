//! The block of a call.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::{Axis, Call, MOST_AXES};

/// How a term is shown in a message.
fn show(term: &[Axis]) -> String {
    let part = |axis: &Axis| match axis {
        Axis::Letter(letter) => letter.to_string(),
        Axis::Leading => "...".to_owned(),
    };
    term.iter().map(part).collect()
}

/// The types of a term's axes, where `...` stands for `leading` axes.
fn types(term: &[Axis], leading: &[Ident]) -> Vec<Ident> {
    let axes = term.iter().enumerate().map(|(i, axis)| match axis {
        Axis::Letter(_) => vec![position(i)],
        Axis::Leading => leading.to_vec(),
    });
    axes.flatten().collect()
}

/// The type of the axis at index `i` of a term.
fn position(i: usize) -> Ident {
    format_ident!("Axis{i}")
}

/// All numbers of axes that `...` can stand for in a term, as the names of their types.
fn leading_axes(term: &[Axis]) -> Vec<Vec<Ident>> {
    let letters = term.iter().filter(|axis| **axis != Axis::Leading).count();
    let most = if letters < term.len() { MOST_AXES - letters } else { 0 };
    let names = |count| (0..count).map(|i| format_ident!("Leading{i}")).collect();
    (0..=most).map(names).collect()
}

/// Positions of letters in a term.
fn letters(term: &[Axis]) -> impl Iterator<Item = (usize, char)> {
    term.iter().enumerate().filter_map(|(i, axis)| match axis {
        Axis::Letter(letter) => Some((i, *letter)),
        Axis::Leading => None,
    })
}

/// The trait of operand `i`: the types of its axes.
fn operand_trait(call: &Call, i: usize, krate: &TokenStream) -> TokenStream {
    let (term, name) = (&call.terms[i], format_ident!("__Operand{i}"));
    let axes: Vec<Ident> = letters(term).map(|(at, _)| position(at)).collect();
    let has_leading = term.contains(&Axis::Leading);
    let message = format!("operand {} of `{}` has shape `{{Self}}`", i + 1, call.text);
    let count = axes.len();
    let label = match (has_leading, count) {
        (true, _) => format!(
            "expected {count} axes `{}` and any leading ones, at most {MOST_AXES} in all",
            show(term)
        ),
        (false, 0) => "expected a tensor without axes".to_owned(),
        (false, 1) => format!("expected 1 axis, `{}`", show(term)),
        (false, _) => format!("expected {count} axes, `{}`", show(term)),
    };
    let leading_type = has_leading.then(|| quote!(type Leading: #krate::size::Shape;));
    let implementations = leading_axes(term).into_iter().map(|leading| {
        let shape = types(term, &leading);
        let leading_type = has_leading.then(|| quote!(type Leading = (#(#leading,)*);));
        quote! {
            #[diagnostic::do_not_recommend]
            impl<#(#shape: #krate::size::Dim),*> #name for (#(#shape,)*) {
                #(type #axes = #axes;)*
                #leading_type
            }
        }
    });
    quote! {
        #[diagnostic::on_unimplemented(message = #message, label = #label)]
        trait #name: #krate::size::Shape {
            #(type #axes: #krate::size::Dim;)*
            #leading_type
        }
        #(#implementations)*
    }
}

/// Where a letter was first: the operand and the position in its term.
type First = BTreeMap<char, (usize, usize)>;

/// Traits and bounds of the letters that occur more than once, and of `...`.
fn bounds(call: &Call, first: &First, krate: &TokenStream) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let (mut traits, mut bounds) = (Vec::new(), Vec::new());
    for (i, term) in call.terms.iter().enumerate() {
        for (at, letter) in letters(term).filter(|(at, letter)| first[letter] != (i, *at)) {
            let (name, (j, of_first)) = (format_ident!("__Same{}", traits.len()), first[&letter]);
            let message = format!(
                "the axis `{letter}` of `{}` is `{{A}}` in operand {} and `{{Self}}` in operand {}",
                call.text,
                j + 1,
                i + 1
            );
            traits.push(quote! {
                #[diagnostic::on_unimplemented(
                    message = #message, label = "axes of one letter must be the same"
                )]
                trait #name<A> {}
                #[diagnostic::do_not_recommend]
                impl<A> #name<A> for A {}
            });
            let (own, other) = (axis_type(i, at), axis_type(j, of_first));
            bounds.push(quote!(#own: #name<#other>));
        }
    }
    let mut open = (0..call.terms.len()).filter(|&i| call.terms[i].contains(&Axis::Leading));
    let Some(j) = open.next() else { return (traits, bounds) };
    for i in open {
        let name = format_ident!("__Same{}", traits.len());
        let message = format!(
            "the axes `...` of `{}` are `{{A}}` in operand {} and `{{Self}}` in operand {}",
            call.text,
            j + 1,
            i + 1
        );
        traits.push(quote! {
            #[diagnostic::on_unimplemented(
                message = #message,
                label = "those of the first operand that has `...` are in the result; others must broadcast to them"
            )]
            trait #name<A> {}
            #[diagnostic::do_not_recommend]
            impl<A, S: #krate::size::BroadcastsTo<A>> #name<A> for S {}
        });
        let (own, other) = (leading_type(i), leading_type(j));
        bounds.push(quote!(#own: #name<#other>));
    }
    (traits, bounds)
}

/// The type of an axis of operand `i`.
fn axis_type(i: usize, at: usize) -> TokenStream {
    let (shape, name, axis) = (shape(i), format_ident!("__Operand{i}"), position(at));
    quote!(<#shape as #name>::#axis)
}

fn leading_type(i: usize) -> TokenStream {
    let (shape, name) = (shape(i), format_ident!("__Operand{i}"));
    quote!(<#shape as #name>::Leading)
}

fn shape(i: usize) -> Ident {
    format_ident!("Shape{i}")
}

/// The type of the result, and a trait and a bound that it needs for `...`.
fn output(call: &Call, first: &First, krate: &TokenStream) -> [TokenStream; 3] {
    let axes: Vec<TokenStream> = letters(&call.output)
        .map(|(_, letter)| axis_type(first[&letter].0, first[&letter].1))
        .collect();
    let Some(open) = call.terms.iter().position(|term| term.contains(&Axis::Leading)) else {
        return [quote!((#(#axes,)*)), TokenStream::new(), TokenStream::new()];
    };
    let own: Vec<Ident> = letters(&call.output).map(|(at, _)| position(at)).collect();
    let implementations = leading_axes(&call.output).into_iter().map(|leading| {
        let shape = types(&call.output, &leading);
        quote! {
            #[diagnostic::do_not_recommend]
            impl<#(#shape: #krate::size::Dim),*> __Result<#(#own),*> for (#(#leading,)*) {
                type Output = (#(#shape,)*);
            }
        }
    });
    let message = format!(
        "the result of `{}` has more than {MOST_AXES} axes, as `...` is `{{Self}}`",
        call.text
    );
    let label = format!("a tensor has at most {MOST_AXES} axes");
    let item = quote! {
        #[diagnostic::on_unimplemented(message = #message, label = #label)]
        trait __Result<#(#own),*> {
            type Output: #krate::size::Shape;
        }
        #(#implementations)*
    };
    let leading = leading_type(open);
    let bound = quote!(#leading: __Result<#(#axes),*>);
    [quote!(<#leading as __Result<#(#axes),*>>::Output), item, bound]
}

pub(super) fn block(call: &Call, krate: &TokenStream) -> TokenStream {
    let count = call.terms.len();
    let mut first = First::new();
    for (i, term) in call.terms.iter().enumerate() {
        for (at, letter) in letters(term) {
            first.entry(letter).or_insert((i, at));
        }
    }
    let operand_traits = (0..count).map(|i| operand_trait(call, i, krate));
    let (axis_traits, bounds) = bounds(call, &first, krate);
    let [output, result_trait, result_bound] = output(call, &first, krate);
    let shapes: Vec<Ident> = (0..count).map(shape).collect();
    let elements: Vec<Ident> = (0..count).map(|i| format_ident!("Element{i}")).collect();
    let names: Vec<Ident> = (0..count).map(|i| format_ident!("operand{i}")).collect();
    let traits = (0..count).map(|i| format_ident!("__Operand{i}"));
    let element = &elements[0];
    let others = elements[1..].iter();
    let (text, operands) = (&call.text, &call.operands);
    // The operands are outside of the function, whose items would hide names of the caller.
    quote! {
        match (#(#operands,)*) {
            (#(#names,)*) => {
                #(#operand_traits)*
                #(#axis_traits)*
                #result_trait
                #[track_caller]
                fn __contract<#(#shapes,)* #(#elements,)*>(
                    #(#names: #krate::tensor::Tensor<#shapes, #elements>,)*
                ) -> #krate::tensor::Tensor<#output, #element>
                where
                    #(#shapes: #traits,)*
                    #element: #krate::tensor::Real,
                    #(#others: #krate::tensor::Operand<#element>,)*
                    #(#bounds,)*
                    #result_bound
                {
                    #krate::module::derive_support::contracted(
                        #text,
                        ::std::vec![
                            #(#krate::module::derive_support::ContractedOperand::from(#names)),*
                        ],
                    )
                }
                __contract(#(#names),*)
            }
        }
    }
}
