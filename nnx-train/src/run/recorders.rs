//! The recorders of a run.

use std::io;

use crate::Recorder;

/// The recorders, and the errors of those that failed.
#[derive(Default)]
pub(crate) struct Recorders<'a> {
    working: Vec<Box<dyn Recorder + 'a>>,
    errors: Vec<io::Error>,
}

impl<'a> Recorders<'a> {
    pub(crate) fn add(&mut self, recorder: impl Recorder + 'a) {
        self.working.push(Box::new(recorder));
    }

    /// Passes an event to each recorder. One that fails gets no further events.
    pub(super) fn each(&mut self, mut tell: impl FnMut(&mut dyn Recorder) -> io::Result<()>) {
        let errors = &mut self.errors;
        self.working.retain_mut(|recorder| match tell(&mut **recorder) {
            Ok(()) => true,
            Err(error) => {
                errors.push(error);
                false
            }
        });
    }

    /// Tells nobody any more.
    pub(super) fn clear(&mut self) {
        self.working.clear();
    }

    pub(super) fn take_errors(&mut self) -> Vec<io::Error> {
        std::mem::take(&mut self.errors)
    }
}
