//! Texts that the compiler computes: the names of computed runtime axes, such as `ceil(Height / 2)`, and messages of
//! checks that `cargo build` makes.

use crate::size::dim::Dim;

/// A text of at most 255 bytes; longer text is truncated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text {
    bytes: [u8; CAPACITY],
    length: usize,
}

const CAPACITY: usize = 255;

impl Text {
    /// The text as a string.
    pub(crate) const fn as_str(text: &Self) -> &str {
        match std::str::from_utf8(text.bytes.split_at(text.length).0) {
            Ok(text) => text,
            // The text was truncated within a character: drop its bytes.
            Err(error) => match std::str::from_utf8(text.bytes.split_at(error.valid_up_to()).0) {
                Ok(text) => text,
                Err(_) => "",
            },
        }
    }

    /// The text `start`, to which more is appended.
    pub(crate) const fn new(start: &str) -> Self {
        Self { bytes: [0; CAPACITY], length: 0 }.then(start)
    }

    /// A text that consists of the name or the size of an axis.
    pub(crate) const fn axis<A: Dim>() -> Self {
        Self::new("").then_axis::<A>()
    }

    /// A message, with an axis in place of each `{0}` and each `{1}`.
    pub(crate) const fn with_axes<A: Dim, B: Dim>(message: &str) -> Self {
        let (bytes, mut text, mut i) = (message.as_bytes(), Self::new(""), 0);
        while i < bytes.len() {
            let axis = i + 2 < bytes.len() && bytes[i] == b'{' && bytes[i + 2] == b'}';
            (text, i) = match bytes[i + axis as usize] {
                b'0' if axis => (text.then_axis::<A>(), i + 3),
                b'1' if axis => (text.then_axis::<B>(), i + 3),
                _ => (text.then_byte(bytes[i]), i + 1),
            };
        }
        text
    }

    /// `function(`, then the name of an axis.
    pub(crate) const fn call<A: Dim>(function: &str) -> Self {
        Self::new(function).then("(").then_axis::<A>()
    }

    /// Appends the name or the size of an axis; a sum or a product is put in parentheses.
    pub(crate) const fn then_axis<A: Dim>(self) -> Self {
        match A::SIZE {
            Some(size) => self.then_number(size),
            None if is_compound(A::NAME) => self.then("(").then(A::NAME).then(")"),
            None => self.then(A::NAME),
        }
    }

    /// Appends `more`.
    pub(crate) const fn then(mut self, more: &str) -> Self {
        let more = more.as_bytes();
        let mut i = 0;
        while i < more.len() {
            self = self.then_byte(more[i]);
            i += 1;
        }
        self
    }

    const fn then_byte(mut self, byte: u8) -> Self {
        if self.length < CAPACITY {
            self.bytes[self.length] = byte;
            self.length += 1;
        }
        self
    }

    /// Appends a number other than 1.
    pub(crate) const fn then_unless_one(self, number: usize) -> Self {
        if number == 1 { self } else { self.then_number(number) }
    }

    pub(crate) const fn then_number(self, number: usize) -> Self {
        let before = if number >= 10 { self.then_number(number / 10) } else { self };
        before.then_byte(b'0' + (number % 10) as u8)
    }
}

/// Whether the name is a sum or a product, which has a space outside of all parentheses.
const fn is_compound(name: &str) -> bool {
    let (bytes, mut depth, mut i) = (name.as_bytes(), 0, 0);
    while i < bytes.len() {
        match bytes[i] {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b' ' if depth == 0 => return true,
            _ => {}
        }
        i += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::{Batch, U3, U12};

    #[test]
    fn a_message_has_axes_in_place_of_its_numbers() {
        let text = |message| Text::as_str(&Text::with_axes::<U12, U3>(message)).to_owned();
        assert_eq!(
            text("can't cut {0} channels into {1} groups"),
            "can't cut 12 channels into 3 groups"
        );
        assert_eq!(text("{1}{0}"), "312");
        assert_eq!(text("{2} {} {0 `é` 1}"), "{2} {} {0 `é` 1}");
        let runtime = Text::with_axes::<Batch, U3>("{0} of {1}");
        assert_eq!(Text::as_str(&runtime), "Batch of 3");
    }
}
