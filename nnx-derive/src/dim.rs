//! `dim!`: sizes as arithmetic expressions of constants and of types.

use proc_macro2::TokenStream;
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

impl Term<'_> {
    fn size(self, krate: &TokenStream) -> TokenStream {
        match self {
            Self::Size(size) => size,
            Self::Constant(value) => quote! {
                <#krate::size::Literal<
                    { (#value) / 1_000_000 },
                    { (#value) / 1000 % 1000 },
                    { (#value) % 1000 },
                > as #krate::size::FromLiteral>::Size
            },
        }
    }

    /// The size as a divisor, which isn't 0.
    fn divisor(self, krate: &TokenStream) -> syn::Result<TokenStream> {
        let Self::Constant(value) = self else { return Ok(self.size(krate)) };
        match inner(value) {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => match number.base10_parse::<u128>()
            {
                Ok(0) => Err(syn::Error::new(number.span(), "`dim!` can't divide a size by 0")),
                _ => Ok(self.size(krate)),
            },
            // The value isn't known to the macro. One constant checks it, so that the compiler reports it once.
            _ => Ok(quote! {
                <#krate::size::Literal<
                    { (#value) / 1_000_000 },
                    { (#value) / 1000 % 1000 },
                    { #krate::size::divisor(#value) % 1000 },
                > as #krate::size::FromLiteral>::Size
            }),
        }
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

    fn literal(value: &str) -> String {
        format!(
            "<k::size::Literal<{{({value})/1_000_000}},{{({value})/1000%1000}},{{({value})%1000}},>ask::size::FromLiteral>::Size"
        )
    }

    #[test]
    fn constants_are_one_literal_whatever_they_are_computed_by() {
        for constant in
            ["64*7*7", "CLASSES+1", "side()*2", "nnx::N", "1<<4", "WIDTHS[0]%3", "{N}*2", "N"]
        {
            assert_eq!(expanded(constant), literal(constant));
        }
    }

    #[test]
    fn names_of_types_become_operations_on_sizes() {
        let two = literal("2");
        assert_eq!(expanded("W * 2"), format!("k::size::Product<W,{two}>"));
        assert_eq!(expanded("2 * W"), format!("k::size::Product<W,{two}>"));
        assert_eq!(expanded("2 + Self::Width"), format!("k::size::Sum<Self::Width,{two}>"));
        assert_eq!(
            expanded("H / 2 * C"),
            format!("k::size::Product<k::size::Quotient<H,{two}>,C>")
        );
        assert_eq!(expanded("H * (4 - 2)"), format!("k::size::Product<H,{}>", literal("(4-2)")));
        assert_eq!(expanded("2 - H"), format!("k::size::Difference<{two},H>"));
        assert_eq!(expanded("U32 + Classes"), "k::size::Sum<U32,Classes>");
        assert_eq!(expanded("H.div_ceil(2)"), format!("k::size::QuotientUp<H,{two}>"));
        assert_eq!(
            expanded("A + B + 1"),
            format!("k::size::Sum<k::size::Sum<A,B>,{}>", literal("1"))
        );
        assert_eq!(expanded("{N} * H"), format!("k::size::Product<H,{}>", literal("{N}")));
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
