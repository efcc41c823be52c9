//! Parses the tokens of an item for the other steps.

use std::fmt;

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Generics, Ident, Member, Type};

use crate::attribute::{Attributes, Target};
use crate::context::Context;

/// A struct or an enum that becomes a module.
pub(crate) struct Item<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) attributes: Attributes,
    pub(crate) body: Body<'a>,
}

/// The fields of a struct, or the variants of an enum.
pub(crate) enum Body<'a> {
    Struct(Vec<Field<'a>>),
    Enum(Vec<Variant<'a>>),
}

/// One variant of an enum.
pub(crate) struct Variant<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) attributes: Attributes,
    pub(crate) fields: Vec<Field<'a>>,
}

/// One field of a struct or of a variant.
pub(crate) struct Field<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    pub(crate) attributes: Attributes,
}

/// A segment of the path to a variable.
#[derive(PartialEq, Eq, Hash)]
pub(crate) enum Segment {
    Name(String),
    Index(usize),
}

impl<'a> Item<'a> {
    pub(crate) fn parse(context: &Context, input: &'a DeriveInput) -> Self {
        let attributes = Attributes::read(context, Target::Item, &input.attrs);
        let body = match &input.data {
            Data::Struct(data) => Body::Struct(parse_fields(context, &data.fields)),
            Data::Enum(data) => {
                Body::Enum(data.variants.iter().map(|v| Variant::parse(context, v)).collect())
            }
            Data::Union(data) => {
                let message = "a union can't be a module: \
                               the compiler doesn't know which of its fields is in use; use an enum";
                context.error(data.union_token.span, message);
                Body::Struct(Vec::new())
            }
        };
        Self { ident: &input.ident, generics: &input.generics, attributes, body }
    }

    /// The fields of the struct or of all variants, in order.
    pub(crate) fn fields(&self) -> Vec<&Field<'a>> {
        match &self.body {
            Body::Struct(fields) => fields.iter().collect(),
            Body::Enum(variants) => variants.iter().flat_map(|variant| &variant.fields).collect(),
        }
    }
}

impl Item<'_> {
    /// The attributes of the item, its variants and its fields.
    pub(crate) fn all_attributes(&self) -> impl Iterator<Item = &Attributes> {
        let variants = match &self.body {
            Body::Struct(_) => &[][..],
            Body::Enum(variants) => variants,
        };
        let variants = variants.iter().map(|variant| &variant.attributes);
        let fields = self.fields().into_iter().map(|field| &field.attributes);
        [&self.attributes].into_iter().chain(variants).chain(fields)
    }
}

impl<'a> Variant<'a> {
    fn parse(context: &Context, variant: &'a syn::Variant) -> Self {
        Self {
            ident: &variant.ident,
            attributes: Attributes::read(context, Target::Variant, &variant.attrs),
            fields: parse_fields(context, &variant.fields),
        }
    }

    /// The name of the variant in paths.
    pub(crate) fn name(&self) -> String {
        let renamed = self.attributes.rename.as_ref().map(syn::LitStr::value);
        renamed.unwrap_or_else(|| self.ident.unraw().to_string())
    }

    /// The span of the name.
    pub(crate) fn name_span(&self) -> Span {
        self.attributes.rename.as_ref().map_or(self.ident.span(), syn::LitStr::span)
    }
}

impl Field<'_> {
    /// Whether the field is visited: it isn't skipped.
    pub(crate) fn is_traversed(&self) -> bool {
        self.attributes.skip.is_none()
    }

    /// The field's segment in paths: its name, or its index in a tuple.
    pub(crate) fn segment(&self) -> Segment {
        match (&self.attributes.rename, &self.member) {
            (Some(name), _) => Segment::Name(name.value()),
            (None, Member::Named(ident)) => Segment::Name(ident.unraw().to_string()),
            (None, Member::Unnamed(position)) => Segment::Index(position.index as usize),
        }
    }

    /// The span of the segment.
    pub(crate) fn segment_span(&self) -> Span {
        match (&self.attributes.rename, &self.member) {
            (Some(name), _) => name.span(),
            (None, Member::Named(ident)) => ident.span(),
            (None, Member::Unnamed(_)) => self.ty.span(),
        }
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Segment::Name(name) => name.fmt(f),
            Segment::Index(index) => index.fmt(f),
        }
    }
}

fn parse_fields<'a>(context: &Context, fields: &'a Fields) -> Vec<Field<'a>> {
    let parse = |(member, field): (Member, &'a syn::Field)| Field {
        member,
        ty: &field.ty,
        attributes: Attributes::read(context, Target::Field, &field.attrs),
    };
    fields.members().zip(fields).map(parse).collect()
}
