//! Programs and plans as text.

use std::any::Any;
use std::fmt::{self, Display, Formatter};

use super::{Output, Plan, Program, ProgramVariable};
use crate::ops::{Fused, Guard, Operation, Step};

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
        for step in &self.steps {
            writeln!(f, "  {}", Line(self, step))?;
        }
        write_updates(self, f)?;
        writeln!(f, "return {}", outputs(self))
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let program = &self.program;
        writeln!(f, "plan ({})", inputs(program))?;
        writeln!(f, "{:>14}{:>13}{:>13}", "FLOPs", "bytes moved", "bytes alive")?;
        for ((planned, step), alive) in
            self.steps.iter().zip(&program.steps).zip(&self.memory.alive)
        {
            let (flops, bytes) = (planned.flops, planned.bytes);
            writeln!(f, "{flops:14}{bytes:13}{alive:13}  {}", Line(program, step))?;
        }
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

/// A step: `%3 = linear %0 %1 %2: (4, 2) f32`.
struct Line<'a>(&'a Program, &'a Step);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(program, step) = self;
        let outputs: Vec<String> = step.outputs().map(|value| format!("%{value}")).collect();
        write!(f, "{} = {}", outputs.join(" "), label(&*step.operation))?;
        step.inputs.iter().try_for_each(|input| write!(f, " {}", Named(input)))?;
        write!(f, ": {}{}", Typed(program, step.output), Parameters(&*step.operation))
    }
}

/// The name of an operation; of a fused one, those of its operations: `{linear + relu, packed}`.
pub(super) fn label(operation: &dyn Operation) -> String {
    match (operation as &dyn Any).downcast_ref::<Fused>() {
        Some(fused) => format!("{{{fused}}}"),
        None => operation.name().to_owned(),
    }
}

/// The parameters of an operation, if it has any: `  # Permute([1, 0])`.
struct Parameters<'a>(&'a dyn Operation);

impl Display for Parameters<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        /// An operation that holds an array prints its elements.
        const LONGEST: usize = 200;
        if (self.0 as &dyn Any).is::<Fused>() {
            return Ok(());
        }
        let text = format!("{:?}", self.0);
        match text.contains(['(', '{']) && text.len() <= LONGEST {
            true => write!(f, "  # {text}"),
            false => Ok(()),
        }
    }
}

/// The shape and the element type of a value: `(4, 2) f32`.
struct Typed<'a>(&'a Program, usize);

impl Display for Typed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let signature = self.0.values[self.1];
        write!(f, "{} {}", signature.dims, signature.dtype)
    }
}

/// A value as text: `%3`, or the shape of a constant.
struct Named<'a>(&'a Output);

impl Display for Named<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Output::Value(value) => write!(f, "%{value}"),
            Output::Constant(array) => write!(f, "[{} {}]", array.dims(), array.dtype()),
        }
    }
}
