//! The checks of attributes and names, one function each.

use std::collections::HashSet;

use proc_macro2::Span;
use quote::ToTokens;
use syn::Expr;
use syn::spanned::Spanned;

use crate::context::Context;
use crate::parse::{Body, Field, Item};

#[cfg(test)]
mod tests;

const METADATA: &str = "__metadata__";

/// Reports everything that parses but can't be correct.
pub(crate) fn check(context: &Context, item: &Item<'_>) {
    names_are_segments(context, item);
    no_path_is_the_metadata(context, item);
    paths_are_distinct(context, item);
    skipped_fields_have_no_name(context, item);
    sequential_is_a_struct_with_fields(context, item);
    one_variant_is_initial(context, item);
    every_init_is_used(context, item);
    no_literal_makes_an_item(context, item);
}

/// `/` separates the segments of a path, so a segment can't contain it or be empty.
fn names_are_segments(context: &Context, item: &Item<'_>) {
    for name in item.all_attributes().filter_map(|attributes| attributes.rename.as_ref()) {
        if name.value().is_empty() {
            context.error(name.span(), "a path segment can't be empty");
        } else if name.value().contains('/') {
            context
                .error(name.span(), "a path segment can't contain `/`, which separates segments");
        }
    }
}

/// A variable at this path couldn't be saved: in a safetensors file `__metadata__` is the metadata. Deeper in a model
/// it could, but then the submodule couldn't be saved alone.
fn no_path_is_the_metadata(context: &Context, item: &Item<'_>) {
    let variants = match &item.body {
        Body::Struct(_) => &[][..],
        Body::Enum(variants) => variants,
    };
    let variants = variants.iter().map(|variant| (variant.name(), variant.name_span()));
    let fields = item.fields().into_iter().filter(|field| field.is_traversed());
    let fields = fields.map(|field| (field.segment().to_string(), field.segment_span()));
    for (_, span) in variants.chain(fields).filter(|(name, _)| name == METADATA) {
        context.error(
            span,
            format!(
                "a path segment can't be `{METADATA}`, a name that the safetensors format keeps for \
                 itself; choose another with `#[module(rename = \"..\")]`"
            ),
        );
    }
}

/// Two variables at one path would overwrite each other in a checkpoint.
fn paths_are_distinct(context: &Context, item: &Item<'_>) {
    let fields_differ = |fields: &[Field<'_>]| {
        let traversed = fields.iter().filter(|field| field.is_traversed());
        distinct(
            context,
            "fields",
            traversed.map(|field| (field.segment().to_string(), field.segment_span())),
        );
    };
    match &item.body {
        Body::Struct(fields) => fields_differ(fields),
        Body::Enum(variants) => {
            distinct(
                context,
                "variants",
                variants.iter().map(|variant| (variant.name(), variant.name_span())),
            );
            for variant in variants {
                fields_differ(&variant.fields);
            }
        }
    }
}

fn distinct(context: &Context, what: &str, segments: impl Iterator<Item = (String, Span)>) {
    let mut seen = HashSet::new();
    for (segment, span) in segments {
        if seen.contains(&segment) {
            context.error(span, format!("two {what} have the path segment `{segment}`"));
        }
        seen.insert(segment);
    }
}

fn skipped_fields_have_no_name(context: &Context, item: &Item<'_>) {
    for field in item.fields() {
        if let (Some(_), Some(name)) = (field.attributes.skip, &field.attributes.rename) {
            context.error(
                name.span(),
                "`skip` and `rename` conflict: no path leads through a skipped field",
            );
        }
    }
}

fn sequential_is_a_struct_with_fields(context: &Context, item: &Item<'_>) {
    let Some(span) = item.attributes.sequential else {
        return;
    };
    if matches!(item.body, Body::Enum(_)) {
        context.error(
            span,
            "`sequential` chains the fields of a struct; match on an enum in a `Layer` of its own",
        );
    } else if !item.fields().into_iter().any(Field::is_traversed) {
        context.error(span, "`sequential` has no field to chain");
    }
}

fn one_variant_is_initial(context: &Context, item: &Item<'_>) {
    let Body::Enum(variants) = &item.body else {
        return;
    };
    for span in variants.iter().filter_map(|variant| variant.attributes.initial).skip(1) {
        context.error(span, "another variant is marked `#[module(init)]` already");
    }
}

/// Reports each `init` that is never evaluated: whoever wrote it misunderstands how the item is made.
fn every_init_is_used(context: &Context, item: &Item<'_>) {
    let own = item.attributes.init.as_ref().map(|_| "the item has an `init` of its own");
    let unused = |fields: &[Field<'_>], marker: Option<Span>, why: &str| {
        let inits = fields.iter().filter_map(|field| field.attributes.init.as_ref());
        for span in marker.into_iter().chain(inits.map(Spanned::span)) {
            context.error(span, format!("this `init` is never used: {why}"));
        }
    };
    match &item.body {
        Body::Struct(fields) => {
            if let Some(why) = own {
                unused(fields, None, why);
            }
        }
        Body::Enum(variants) => {
            for variant in variants {
                let marker = variant.attributes.initial;
                let unmarked = marker.is_none().then_some("mark the variant `#[module(init)]`");
                if let Some(why) = own.or(unmarked) {
                    unused(&variant.fields, marker, why);
                }
            }
        }
    }
}

/// `init = false` doesn't turn `Init` off.
fn no_literal_makes_an_item(context: &Context, item: &Item<'_>) {
    if let Some(Expr::Lit(literal)) = &item.attributes.init {
        let (found, ident) = (literal.to_token_stream(), item.ident);
        context.error(
            literal.span(),
            format!(
                "`init = {found}` makes no `{ident}`: write an expression that makes one, such as \
                 `init = Self::new(rngs)`. To have no `init` write nothing: it is there for fields that have one"
            ),
        );
    }
}
