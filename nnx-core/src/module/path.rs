//! Paths of variables in a model.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

/// One segment of a path: the name of a field, or an index.
///
/// Names sort as text, indices as numbers and after names, as in the state of Flax.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A field's name, or a key of a map.
    Name(Name),
    /// An index in a tuple, an array or a `Vec`.
    Index(usize),
}

/// The text of a name in a path: it reads as a `str`, and converts from one.
#[derive(Clone)]
pub struct Name(Text);

#[derive(Clone)]
enum Text {
    /// The name of a field: a visit of a model copies no text.
    Fixed(&'static str),
    Shared(Arc<str>),
}

impl Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        match &self.0 {
            Text::Fixed(text) => text,
            Text::Shared(text) => text,
        }
    }
}

impl<T: Into<Arc<str>>> From<T> for Name {
    fn from(text: T) -> Self {
        Self(Text::Shared(text.into()))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
impl Eq for Name {}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl Key {
    /// The segment of a field of this name.
    pub(super) fn of_field(name: &'static str) -> Self {
        match name.as_bytes().first() {
            Some(b'0'..=b'9') => Self::from_name(name),
            _ => Self::Name(Name(Text::Fixed(name))),
        }
    }

    /// The segment with this text: an index if the text is a number without leading zeros or a sign, else a
    /// name. So every path parses from its own text.
    pub(crate) fn from_name(name: &str) -> Self {
        match name.parse::<usize>() {
            Ok(index) if index.to_string() == name => Self::Index(index),
            _ => Self::Name(name.into()),
        }
    }

    /// Parses a segment as [`Display`](fmt::Display) writes it.
    fn parse(part: &str) -> Self {
        match part {
            EMPTY => Self::Name("".into()),
            // `~1` first, since `~01` is the name `~1`.
            _ => Self::from_name(&part.replace("~1", "/").replace("~0", "~")),
        }
    }
}

/// The text of an empty name. No other name has this text, since a `~` in a name is written `~0`.
const EMPTY: &str = "~";

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Name(name) if name.is_empty() => f.write_str(EMPTY),
            Self::Name(name) if name.contains(['/', '~']) => {
                f.write_str(&name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// A key of a map of modules. It becomes one segment of a path: a name, or an index if it is a number.
///
/// Strings of all kinds, characters, integers and `bool` are keys. Implement it for a key type of your own,
/// such as an enum; different keys must have different segments.
///
/// ```
/// use nnx_core::module::{Key, MapKey};
///
/// #[derive(PartialEq, Eq, Hash)]
/// enum Language {
///     English,
///     German,
/// }
/// impl MapKey for Language {
///     fn key(&self) -> Key {
///         match self {
///             Self::English => "en".key(),
///             Self::German => "de".key(),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` isn't a key of a map in a module",
    label = "expected strings, characters or integers as keys",
    note = "a key of a map is a segment in the paths of its variables: for a key of your own write `impl MapKey for {Self}`",
    note = "to leave a field out of the traversal write `#[module(skip)]` above it"
)]
pub trait MapKey {
    /// The segment.
    fn key(&self) -> Key;
}

macro_rules! map_keys {
    ($([$($generics:tt)*] $type:ty, $key:ident => $text:expr;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> MapKey for $type {
            fn key(&self) -> Key {
                let $key = self;
                Key::from_name($text)
            }
        }
    )* };
}
map_keys! {
    [] str, key => key;
    [] String, key => key;
    [] char, key => key.encode_utf8(&mut [0; 4]);
    [] bool, key => if *key { "true" } else { "false" };
    [] u8, key => &key.to_string(); [] i8, key => &key.to_string();
    [] u16, key => &key.to_string(); [] i16, key => &key.to_string();
    [] u32, key => &key.to_string(); [] i32, key => &key.to_string();
    [] u64, key => &key.to_string(); [] i64, key => &key.to_string();
    [] u128, key => &key.to_string(); [] i128, key => &key.to_string();
    [] usize, key => &key.to_string(); [] isize, key => &key.to_string();
}

macro_rules! pointed_keys {
    ($([$($generics:tt)*] $type:ty;)*) => { $(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> MapKey for $type {
            fn key(&self) -> Key {
                (**self).key()
            }
        }
    )* };
}
pointed_keys! {
    ['k, K: MapKey + ?Sized] &'k K; [K: MapKey + ?Sized] Box<K>; [K: MapKey + ?Sized] Rc<K>;
    [K: MapKey + ?Sized] Arc<K>; ['k, K: MapKey + ToOwned + ?Sized] Cow<'k, K>;
}

/// The path of a variable in a model, written `layers/0/kernel`.
///
/// A key of a map is one segment, whatever characters it has. So a `/` in a name is written `~1` and a `~` is
/// written `~0`, as in a JSON Pointer (RFC 6901), and an empty name is written `~`: the entry `"en/de"` of a
/// map `heads` is `heads/en~1de` in a file, in a printed table and in a filter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(Vec<Key>);

impl Path {
    /// Parses a path as [`Display`](fmt::Display) writes it: a segment that is a number is an index, and `~1`
    /// is a `/` in a name.
    ///
    /// ```
    /// use nnx_core::module::{Key, Path};
    ///
    /// let path = Path::parse("layers/0/kernel");
    /// assert_eq!((path.keys().len(), path.to_string()), (3, "layers/0/kernel".to_owned()));
    /// assert_eq!(Path::parse("heads/en~1de").keys()[1], Key::Name("en/de".into()));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.split('/').filter(|part| !part.is_empty()).map(Key::parse).collect())
    }

    /// The segments, from the model to the variable.
    #[must_use]
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// Whether this path is `other` or below it.
    #[must_use]
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// This path with one more segment.
    #[must_use]
    pub fn join(&self, key: Key) -> Self {
        Self(self.0.iter().cloned().chain([key]).collect())
    }

    /// Whether this path contains the segments of `other`, one after the other.
    pub(super) fn contains(&self, other: &Self) -> bool {
        !other.0.is_empty() && self.0.windows(other.0.len()).any(|part| part == other.0)
    }

    pub(super) fn push(&mut self, key: Key) {
        self.0.push(key);
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }

    /// Removes the segments behind the first `count`.
    pub(super) fn truncate(&mut self, count: usize) {
        self.0.truncate(count);
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, key) in self.0.iter().enumerate() {
            write!(f, "{}{key}", if i > 0 { "/" } else { "" })?;
        }
        Ok(())
    }
}
