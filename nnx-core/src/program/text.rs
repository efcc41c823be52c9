//! Programs and plans as text.

use std::any::Any;
use std::fmt::{self, Display, Formatter};

use super::lines::Lines;
use super::plan::PlannedStep;
use super::{Output, Plan, Program, ProgramVariable};
use crate::ops::{Fused, Guard, Operation};

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "program ({})", inputs(self))?;
        if !self.variables.is_empty() {
            writeln!(f, "variables")?;
        }
        for variable in &self.variables {
            let value = variable.value;
            writeln!(f, "  %{value} = {}: {}", variable.path, Typed(self, value))?;
        }
        if !self.guards.is_empty() {
            writeln!(f, "for")?;
        }
        for Guard { input, most, number } in &self.guards {
            let or_more = if number == most { " or more" } else { "" };
            writeln!(f, "  %{input} = {number}{or_more}")?;
        }
        writeln!(f, "steps")?;
        let lines = Lines::of(self);
        lines.write(&self.nodes(), &mut Vec::new(), &mut |indent, _, line| {
            writeln!(f, "  {:indent$}{line}", "")
        })?;
        write_updates(self, f)?;
        writeln!(f, "return {}", outputs(self))
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let program = &self.program;
        writeln!(f, "plan ({})", inputs(program))?;
        writeln!(f, "{:>14}{:>13}{:>13}", "FLOPs", "bytes moved", "bytes alive")?;
        let lines = Lines::of(program);
        lines.write(&program.nodes(), &mut Vec::new(), &mut |indent, steps, line| {
            let Some(first) = steps.first() else {
                return writeln!(f, "{:42}{:indent$}{line}", "", "");
            };
            let PlannedStep { flops, bytes, .. } = &self.steps[*first];
            let alive = steps.iter().map(|step| self.memory.alive[*step]).max().unwrap_or(0);
            writeln!(f, "{flops:14}{bytes:13}{alive:13}  {:indent$}{line}", "")
        })?;
        write_updates(program, f)?;
        writeln!(f, "return {}", outputs(program))?;
        let counts = &self.counts;
        let bytes: usize = self.steps.iter().map(|step| step.bytes).sum();
        writeln!(
            f,
            "{} steps of {} recorded ones, of which {} aren't needed and {} were computed before; {} FLOPs, {bytes} bytes \
             moved, at most {} bytes alive",
            self.steps.len(),
            counts.recorded,
            counts.dropped,
            counts.folded,
            self.flops(),
            self.peak_bytes()
        )
    }
}

/// What variables are after a run, of those that change.
fn write_updates(program: &Program, f: &mut Formatter<'_>) -> fmt::Result {
    let updated = |variable: &&ProgramVariable| match &variable.update {
        Some(Output::Value(value)) => *value != variable.value,
        Some(Output::Constant(_)) => true,
        None => false,
    };
    let mut updates = program.variables.iter().filter(updated).peekable();
    if updates.peek().is_some() {
        writeln!(f, "updates")?;
    }
    for variable in updates {
        let update = variable.update.iter().map(Named);
        update.into_iter().try_for_each(|update| writeln!(f, "  {} = {update}", variable.path))?;
    }
    Ok(())
}

/// The inputs with their types.
fn inputs(program: &Program) -> String {
    let typed = |value: &usize| format!("%{value}: {}", Typed(program, *value));
    program.inputs.iter().map(typed).collect::<Vec<_>>().join(", ")
}

fn outputs(program: &Program) -> String {
    let named = |output: &Output| Named(output).to_string();
    program.outputs.iter().map(named).collect::<Vec<_>>().join(", ")
}

/// The name of an operation; of a fused one, those of its operations: `{linear + relu, packed}`.
pub(super) fn label(operation: &dyn Operation) -> String {
    match (operation as &dyn Any).downcast_ref::<Fused>() {
        Some(fused) => format!("{{{fused}}}"),
        None => operation.name().to_owned(),
    }
}

/// The parameters of an operation, if it has any: `Permute([1, 0])`.
pub(super) fn parameters(operation: &dyn Operation) -> Option<String> {
    /// An operation that holds an array prints its elements.
    const LONGEST: usize = 200;
    if (operation as &dyn Any).is::<Fused>() {
        return None;
    }
    let text = format!("{operation:?}");
    (text.contains(['(', '{']) && text.len() <= LONGEST).then_some(text)
}

/// The shape and the element type of a value: `(4, 2) f32`.
pub(super) struct Typed<'a>(pub(super) &'a Program, pub(super) usize);

impl Display for Typed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let signature = self.0.values[self.1];
        write!(f, "{} {}", signature.dims, signature.dtype)
    }
}

/// A value as text: `%3`, or the shape of a constant.
pub(super) struct Named<'a>(pub(super) &'a Output);

impl Display for Named<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Output::Value(value) => write!(f, "%{value}"),
            Output::Constant(array) => write!(f, "[{} {}]", array.dims(), array.dtype()),
        }
    }
}
