//! `dim!`: sizes as arithmetic expressions of constants and of types.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::spanned::Spanned;
use syn::{BinOp, Expr, ExprBinary, ExprLit, ExprMethodCall, ExprPath, Lit};

/// A subexpression.
enum Term<'a> {
    /// A constant of type `usize`.
    Constant(&'a Expr),
    /// A type that is a size.
    Size(TokenStream),
}

/// The expansion, a type. The first token is the path to nnx-core, which is `$crate`.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter();
    let krate: TokenStream = tokens.next().into_iter().collect();
    let size = syn::parse2::<Expr>(tokens.collect()).and_then(|expr| match inner(&expr) {
        // A single name is read as a constant, since a type needs no `dim!`.
        Expr::Path(_) => Ok(Term::Constant(&expr).size(&krate)),
        _ => Ok(term(&expr, &krate)?.size(&krate)),
    });
    size.unwrap_or_else(|error| {
        // Written into a constant, so that a wrong type causes no second error.
        let error = error.into_compile_error();
        quote!(<#krate::size::Literal<{ #error }, 0, 0> as #krate::size::FromLiteral>::Size)
    })
}

/// The size of a static axis, a type. The tokens are `$crate`, the name of a constant and the expression that it has,
/// which may be one that only rustc can compute.
pub(crate) fn expand_axis(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter();
    let [krate, name] = [(); 2].map(|()| TokenStream::from_iter(tokens.next()));
    match syn::parse2::<Expr>(tokens.collect()).ok().as_ref().and_then(number) {
        Some(number) => written(number, &krate),
        None => Term::Constant(&Expr::Verbatim(name)).size(&krate),
    }
}

impl Term<'_> {
    fn size(self, krate: &TokenStream) -> TokenStream {
        match self {
            Self::Size(size) => size,
            Self::Constant(value) => match number(value) {
                Some(number) => written(number, krate),
                None => left_to_rustc(value, &quote!((#value)), krate),
            },
        }
    }

    /// The size as a divisor, which isn't 0.
    fn divisor(self, krate: &TokenStream) -> syn::Result<TokenStream> {
        let Self::Constant(value) = self else { return Ok(self.size(krate)) };
        match number(value) {
            Some(0) => Err(syn::Error::new(value.span(), "`dim!` can't divide a size by 0")),
            Some(number) => Ok(written(number, krate)),
            // The value isn't known to the macro. One constant checks it, so that the compiler reports it once.
            None => Ok(left_to_rustc(value, &quote!(#krate::size::divisor(#value)), krate)),
        }
    }
}

/// The value of an expression of literals such as `28 * 28`; `None` for any other, and where rustc has an error to
/// report. The macro computes it so that the expansion is a plain type: rustc has nothing to evaluate, and neither has
/// rust-analyzer, of which some versions show `{unknown}` for a constant in braces.
fn number(expr: &Expr) -> Option<u32> {
    let value = match inner(expr) {
        Expr::Lit(ExprLit { lit: Lit::Int(literal), .. }) => match literal.suffix() {
            "" | "usize" => literal.base10_parse().ok()?,
            _ => return None,
        },
        Expr::Binary(ExprBinary { left, op, right, .. }) => {
            let (left, right) = (number(left)?, number(right)?);
            match op {
                BinOp::Add(_) => left.checked_add(right)?,
                BinOp::Sub(_) => left.checked_sub(right)?,
                BinOp::Mul(_) => left.checked_mul(right)?,
                BinOp::Div(_) => left.checked_div(right)?,
                BinOp::Rem(_) => left.checked_rem(right)?,
                _ => return None,
            }
        }
        Expr::MethodCall(call) if call.method == "div_ceil" && call.turbofish.is_none() => {
            let [divisor] = Vec::from_iter(&call.args)[..] else { return None };
            let divisor = number(divisor).filter(|divisor| *divisor != 0)?;
            number(&call.receiver)?.div_ceil(divisor)
        }
        _ => return None,
    };
    (value < 1_000_000_000).then_some(value)
}

/// The size of a constant whose value only rustc knows. The last group of three digits is that of `checked`, which is the
/// value or panics.
fn left_to_rustc(value: &Expr, checked: &TokenStream, krate: &TokenStream) -> TokenStream {
    quote! {
        <#krate::size::Literal<
            { (#value) / 1_000_000 },
            { (#value) / 1000 % 1000 },
            { #checked % 1000 },
        > as #krate::size::FromLiteral>::Size
    }
}

/// A size in its shortest form, in groups of three digits.
fn written(number: u32, krate: &TokenStream) -> TokenStream {
    let group = |thousands: u32| Literal::u32_unsuffixed(number / 1000_u32.pow(thousands) % 1000);
    let (high, middle, low) = (group(2), group(1), group(0));
    match number {
        0..1000 => quote!(#krate::size::Const<#low>),
        1000..1_000_000 => quote!(#krate::size::Thousand<#middle, #low>),
        _ => quote!(#krate::size::Million<#high, #middle, #low>),
    }
}

fn term<'a>(expr: &'a Expr, krate: &TokenStream) -> syn::Result<Term<'a>> {
    match inner(expr) {
        Expr::Path(path) if is_type(path) => Ok(Term::Size(quote!(#path))),
        Expr::Binary(binary) => binary_term(expr, binary, krate),
        Expr::MethodCall(call) => method_term(expr, call, krate),
        _ => Ok(Term::Constant(expr)),
    }
}

fn binary_term<'a>(
    whole: &'a Expr,
    ExprBinary { left, op, right, .. }: &'a ExprBinary,
    krate: &TokenStream,
) -> syn::Result<Term<'a>> {
    let (left, right) = match (term(left, krate)?, term(right, krate)?) {
        (Term::Constant(_), Term::Constant(_)) => return Ok(Term::Constant(whole)),
        // The constant becomes the right operand, so that both orders give the same type.
        (left @ Term::Constant(_), right) if matches!(op, BinOp::Add(_) | BinOp::Mul(_)) => {
            (right, left)
        }
        both => both,
    };
    let name = match op {
        BinOp::Add(_) => quote!(Sum),
        BinOp::Sub(_) => quote!(Difference),
        BinOp::Mul(_) => quote!(Product),
        BinOp::Div(_) => quote!(Quotient),
        _ => return Err(unknown(op)),
    };
    let left = left.size(krate);
    let right = if matches!(op, BinOp::Div(_)) { right.divisor(krate)? } else { right.size(krate) };
    Ok(Term::Size(quote!(#krate::size::#name<#left, #right>)))
}

/// `H.div_ceil(2)`.
fn method_term<'a>(
    whole: &'a Expr,
    call: &'a ExprMethodCall,
    krate: &TokenStream,
) -> syn::Result<Term<'a>> {
    let left = term(&call.receiver, krate)?;
    let arguments: Vec<_> =
        call.args.iter().map(|argument| term(argument, krate)).collect::<syn::Result<_>>()?;
    if [&left].into_iter().chain(&arguments).all(|term| matches!(term, Term::Constant(_))) {
        return Ok(Term::Constant(whole));
    }
    let Ok([right]) = <[Term<'_>; 1]>::try_from(arguments) else {
        return Err(unknown(&call.method));
    };
    if call.method != "div_ceil" {
        return Err(unknown(&call.method));
    }
    let (left, right) = (left.size(krate), right.divisor(krate)?);
    Ok(Term::Size(quote!(#krate::size::QuotientUp<#left, #right>)))
}

/// The expression without parentheses, and without the invisible groups around a macro's argument.
fn inner(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(paren) => inner(&paren.expr),
        Expr::Group(group) => inner(&group.expr),
        _ => expr,
    }
}

/// Whether this is the name of a type, such as `H`, `Classes`, `U32` or `Self::Width`. A macro has only names, so the
/// usual spelling decides: constants are written `CLASSES`, functions and variables `classes`.
fn is_type(path: &ExprPath) -> bool {
    let Some(last) = path.path.segments.last() else { return false };
    let name = last.ident.to_string();
    let name = name.strip_prefix("r#").unwrap_or(&name);
    let mut rest = name.chars();
    let upper = rest.next().is_some_and(char::is_uppercase);
    upper && (rest.clone().any(char::is_lowercase) || rest.all(|c| c.is_ascii_digit()))
}

fn unknown(what: &(impl Spanned + quote::ToTokens)) -> syn::Error {
    let text = format!(
        "`dim!` computes with sizes that are types by `+`, `-`, `*`, `/` and `.div_ceil(..)`; found `{}`. Write \
         a constant whose name looks like a type in braces: `dim!({{N}} * 2)`",
        what.to_token_stream()
    );
    syn::Error::new(what.span(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expansion of `dim!`, without spaces.
    fn expanded(expression: &str) -> String {
        let expression: TokenStream = expression.parse().expect("tokens");
        let text = expand(quote!(k #expression)).to_string();
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }

    /// A constant whose value the macro doesn't know.
    fn constant(value: &str) -> String {
        format!(
            "<k::size::Literal<{{({value})/1_000_000}},{{({value})/1000%1000}},{{({value})%1000}},>ask::size::FromLiteral>::Size"
        )
    }

    #[test]
    fn constants_are_one_literal_whatever_they_are_computed_by() {
        for expression in ["CLASSES+1", "side()*2", "nnx::N", "1<<4", "WIDTHS[0]%3", "{N}*2", "N"] {
            assert_eq!(expanded(expression), constant(expression));
        }
    }

    #[test]
    fn numbers_are_computed_and_written_in_groups_of_three_digits() {
        for (expression, size) in [
            ("0", "Const<0>"),
            ("28", "Const<28>"),
            ("999usize", "Const<999>"),
            ("0x10", "Const<16>"),
            ("1_000", "Thousand<1,0>"),
            ("64 * 7 * 7", "Thousand<3,136>"),
            ("(2 + 3) * 7 - 1", "Const<34>"),
            ("33 / 2 + 33 % 2", "Const<17>"),
            ("33.div_ceil(2)", "Const<17>"),
            ("1024 * 1024", "Million<1,48,576>"),
            ("999_999_999", "Million<999,999,999>"),
        ] {
            assert_eq!(expanded(expression), format!("k::size::{size}"), "{expression}");
        }
    }

    #[test]
    fn numbers_that_are_no_sizes_are_left_to_rustc() {
        for expression in [
            "1_000_000_000",
            "2-3",
            "1/0",
            "1%0",
            "7u8",
            "65536*65536",
            "1.div_ceil(0)",
            "-1",
            "1.5",
        ] {
            assert_eq!(expanded(expression), constant(expression));
        }
    }

    #[test]
    fn the_size_of_an_axis_is_a_number_or_its_constant() {
        let axis = |tokens: TokenStream| {
            let text = expand_axis(tokens).to_string();
            text.chars().filter(|c| !c.is_whitespace()).collect::<String>()
        };
        assert_eq!(axis(quote!(k SIZE 4 * 16)), "k::size::Const<64>");
        assert_eq!(axis(quote!(k SIZE Heads::USIZE * 2)), constant("SIZE"));
        assert_eq!(axis(quote!(k SIZE 2_000_000_000)), constant("SIZE"));
    }

    #[test]
    fn names_of_types_become_operations_on_sizes() {
        let two = "k::size::Const<2>";
        assert_eq!(expanded("W * 2"), format!("k::size::Product<W,{two}>"));
        assert_eq!(expanded("2 * W"), format!("k::size::Product<W,{two}>"));
        assert_eq!(expanded("2 + Self::Width"), format!("k::size::Sum<Self::Width,{two}>"));
        assert_eq!(
            expanded("H / 2 * C"),
            format!("k::size::Product<k::size::Quotient<H,{two}>,C>")
        );
        assert_eq!(expanded("H * (4 - 2)"), format!("k::size::Product<H,{two}>"));
        assert_eq!(expanded("2 - H"), format!("k::size::Difference<{two},H>"));
        assert_eq!(expanded("U32 + Classes"), "k::size::Sum<U32,Classes>");
        assert_eq!(expanded("H.div_ceil(2)"), format!("k::size::QuotientUp<H,{two}>"));
        assert_eq!(expanded("A + B + 1"), "k::size::Sum<k::size::Sum<A,B>,k::size::Const<1>>");
        assert_eq!(expanded("{N} * H"), format!("k::size::Product<H,{}>", constant("{N}")));
        assert_eq!(expanded("Const::<N> * 2"), format!("k::size::Product<Const::<N>,{two}>"));
    }

    #[test]
    fn a_division_of_a_size_by_0_is_an_error() {
        for expression in ["H / 0", "H / (0)", "H / 0usize", "H.div_ceil(0x0)", "H * 2 / 0 + 1"] {
            let expansion = expanded(expression);
            assert!(expansion.contains("`dim!`can'tdivideasizeby0"), "{expression}: {expansion}");
        }
        // The value of a constant expression is checked where it is computed.
        assert!(expanded("H / ZERO").contains("k::size::divisor(ZERO)"));
        assert!(expanded("H.div_ceil(ZERO)").contains("k::size::divisor(ZERO)"));
        assert!(!expanded("ZERO / H").contains("divisor"));
    }

    #[test]
    fn other_operations_on_types_are_named_in_an_error() {
        for (wrong, found) in [("H % 2", "`%`"), ("H.pow(2)", "`pow`"), ("1 << H2", "`<<`")] {
            let text = expand(format!("k {wrong}").parse().expect("tokens")).to_string();
            assert!(
                text.contains("compile_error") && text.contains(&format!("found {found}")),
                "{text}"
            );
        }
    }
}
