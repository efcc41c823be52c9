//! Programs as text.

use std::fmt::{self, Display, Formatter};

use super::{Output, Program, ProgramVariable};
use crate::ops::Operation;

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let typed = |value: &usize| format!("%{value}: {}", Typed(self, *value));
        let inputs: Vec<String> = self.inputs.iter().map(typed).collect();
        writeln!(f, "program ({})", inputs.join(", "))?;
        if !self.variables.is_empty() {
            writeln!(f, "variables")?;
        }
        for variable in &self.variables {
            let value = variable.value;
            writeln!(f, "  %{value} = {}: {}", variable.path, Typed(self, value))?;
        }
        writeln!(f, "steps")?;
        for step in &self.steps {
            let outputs: Vec<String> = step.outputs().map(|value| format!("%{value}")).collect();
            write!(f, "  {} = {}", outputs.join(" "), step.operation.name())?;
            step.inputs.iter().try_for_each(|input| write!(f, " {}", Named(input)))?;
            writeln!(f, ": {}{}", Typed(self, step.output), Parameters(&*step.operation))?;
        }
        let updated = |variable: &&ProgramVariable| match &variable.update {
            Some(Output::Value(value)) => *value != variable.value,
            Some(Output::Constant(_)) => true,
            None => false,
        };
        let updates: Vec<&ProgramVariable> = self.variables.iter().filter(updated).collect();
        if !updates.is_empty() {
            writeln!(f, "updates")?;
        }
        for variable in updates {
            let update = variable.update.iter().map(Named);
            update
                .into_iter()
                .try_for_each(|update| writeln!(f, "  {} = {update}", variable.path))?;
        }
        let outputs: Vec<String> =
            self.outputs.iter().map(|output| Named(output).to_string()).collect();
        writeln!(f, "return {}", outputs.join(", "))
    }
}

/// The parameters of an operation, if it has any: `  # Permute([1, 0])`.
struct Parameters<'a>(&'a dyn Operation);

impl Display for Parameters<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        /// An operation that holds an array prints its elements.
        const LONGEST: usize = 200;
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
