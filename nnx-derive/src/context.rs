//! Collects mistakes, so that a macro reports all of them at once.

use std::cell::RefCell;

use proc_macro2::Span;

/// Collects errors during parsing and checking.
///
/// Call [`finish`](Self::finish) at the end: otherwise the errors would be lost, and a wrong module would compile. In
/// debug builds, dropping a context with errors panics.
#[derive(Default)]
pub(crate) struct Context {
    errors: RefCell<Option<syn::Error>>,
}

impl Context {
    /// Reports a mistake at a span of the user's code.
    pub(crate) fn error(&self, span: Span, message: impl std::fmt::Display) {
        self.report(syn::Error::new(span, message));
    }

    /// Returns the value, or reports the error.
    pub(crate) fn ok<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.report(error)).ok()
    }

    /// An error if any mistake was reported: a combined one, which rustc prints as separate errors.
    pub(crate) fn finish(self) -> syn::Result<()> {
        self.errors.take().map_or(Ok(()), Err)
    }

    fn report(&self, error: syn::Error) {
        let mut errors = self.errors.borrow_mut();
        match &mut *errors {
            Some(first) => first.combine(error),
            None => *errors = Some(error),
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        let forgotten = self.errors.get_mut().is_some() && !std::thread::panicking();
        debug_assert!(!forgotten, "a context was dropped without `finish`, and its errors with it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_errors_are_returned() {
        let context = Context::default();
        context.error(Span::call_site(), "one");
        assert_eq!(context.ok(Ok(1)), Some(1));
        assert_eq!(context.ok::<()>(Err(syn::Error::new(Span::call_site(), "two"))), None);
        let errors = context.finish().unwrap_err();
        let messages: Vec<String> = errors.into_iter().map(|e| e.to_string()).collect();
        assert_eq!(messages, ["one", "two"]);
    }

    #[test]
    fn no_error_is_ok() {
        assert!(Context::default().finish().is_ok());
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "without `finish`")]
    fn a_forgotten_error_panics() {
        let context = Context::default();
        context.error(Span::call_site(), "lost");
    }
}
