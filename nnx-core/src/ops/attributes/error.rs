//! An attribute that can't be read.

use std::fmt;

use super::Attribute;

/// An attribute that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeError(Box<Place>);

/// In a box, so that what reads an attribute returns few bytes: each operation has such a function.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// The names on the way to it, the innermost first.
    path: Vec<String>,
    problem: String,
}

impl AttributeError {
    /// An error with this problem, such as "takes an even number, found 3".
    pub fn new(problem: impl Into<String>) -> Self {
        Self(Box::new(Place { path: Vec::new(), problem: problem.into() }))
    }

    /// The same within an attribute of this name.
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        self.0.path.push(name.to_owned());
        self
    }

    /// An attribute of another kind than was expected.
    #[must_use]
    pub fn found(expected: &str, found: &Attribute) -> Self {
        let mut text = found.to_string();
        const LONGEST: usize = 60;
        if text.len() > LONGEST {
            text.truncate(text.floor_char_boundary(LONGEST));
            text.push_str("..");
        }
        Self::new(format!("takes {expected}, found {text}"))
    }
}

impl fmt::Display for AttributeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { path, problem } = &*self.0;
        let path: Vec<&str> = path.iter().rev().map(|name| &**name).collect();
        match &path[..] {
            [] => f.write_str(problem),
            path => write!(f, "attribute `{}` {problem}", path.join(".")),
        }
    }
}

impl std::error::Error for AttributeError {}
