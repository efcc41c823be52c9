//! A symbolic program as text: that of a [`Program`](crate::program::Program), with formulas in place of sizes.

use std::fmt::{self, Display, Formatter};

use serde_json::Value as Json;

use super::SymbolicProgram;
use super::formula::{Formula, Reciprocal};
use crate::module::Path;

impl Display for SymbolicProgram {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let list = |name: &str| self.template[name].as_array().map_or(&[][..], Vec::as_slice);
        let inputs = list("inputs").iter().map(|value| format!("%{value}: {}", self.typed(value)));
        let any = if self.lengths.is_empty() { "" } else { " for any " };
        let inputs = inputs.collect::<Vec<_>>().join(", ");
        writeln!(f, "program{any}{} ({inputs})", self.names_and_units())?;
        if !list("variables").is_empty() {
            writeln!(f, "variables")?;
        }
        for variable in list("variables") {
            let (path, value) = (variable["path"].as_str().unwrap_or_default(), &variable["value"]);
            writeln!(f, "  %{value} = {path}: {}", self.typed(value))?;
        }
        writeln!(f, "steps")?;
        for step in list("steps") {
            let outputs = step["outputs"].as_array().into_iter().flatten();
            let outputs: Vec<String> = outputs.map(|value| format!("%{value}")).collect();
            write!(f, "  {} = {}", outputs.join(" "), self.attribute(&step["operation"]))?;
            for input in step["inputs"].as_array().into_iter().flatten() {
                write!(f, " {}", self.operand(input))?;
            }
            writeln!(f, ": {}", self.typed(&step["outputs"][0]))?;
        }
        let changes = |variable: &&Json| {
            variable.get("update").is_some_and(|update| *update != variable["value"])
        };
        let mut updates = list("variables").iter().filter(changes).peekable();
        if updates.peek().is_some() {
            writeln!(f, "updates")?;
        }
        for variable in updates {
            let path = variable["path"].as_str().unwrap_or_default();
            writeln!(f, "  {path} = {}", self.operand(&variable["update"]))?;
        }
        let outputs: Vec<String> =
            list("outputs").iter().map(|output| self.operand(output)).collect();
        writeln!(f, "return {}", outputs.join(", "))
    }
}

impl SymbolicProgram {
    /// `Batch, Height (a multiple of 32)`.
    fn names_and_units(&self) -> String {
        let named = |length: &super::Length| match length.multiple_of {
            1 => length.name.clone(),
            unit => format!("{} (a multiple of {unit})", length.name),
        };
        self.lengths.iter().map(named).collect::<Vec<_>>().join(", ")
    }

    /// The shape and the element type of a value: `(Batch, 10) f32`.
    fn typed(&self, value: &Json) -> String {
        let value = value.as_u64().and_then(|index| usize::try_from(index).ok());
        let Some(signature) = value.and_then(|index| self.template["values"].get(index)) else {
            return "?".to_owned();
        };
        format!("{} {}", self.dims(&signature["dims"]), signature["dtype"].as_str().unwrap_or("?"))
    }

    /// A shape; one axis is written with a comma, as a tuple is.
    fn dims(&self, dims: &Json) -> String {
        let sizes: Vec<String> =
            dims.as_array().into_iter().flatten().map(|size| self.attribute(size)).collect();
        match &sizes[..] {
            [one] => format!("({one},)"),
            sizes => format!("({})", sizes.join(", ")),
        }
    }

    /// `%3`, or the shape of a constant.
    fn operand(&self, operand: &Json) -> String {
        if operand.get("full").is_some() {
            let dtype = operand["dtype"].as_str().unwrap_or("?");
            return format!("[{} {dtype}]", self.dims(&operand["dims"]));
        }
        let Some(number) = operand.get("array") else { return format!("%{operand}") };
        let Some(entry) = self.arrays.get(&Path::parse(&number.to_string())) else {
            return "[?]".to_owned();
        };
        let dims = operand
            .get("dims")
            .map_or_else(|| entry.array.dims().to_string(), |dims| self.dims(dims));
        format!("[{dims} {}]", entry.array.dtype())
    }

    /// An operation or a part of it: `Reshape { dims: [784 * Batch] }`.
    fn attribute(&self, json: &Json) -> String {
        if let Some(formula) = Formula::of(json) {
            return self.formula(&formula);
        }
        if let Some(Reciprocal { of, .. }) = Reciprocal::of(json) {
            return format!("1 / ({})", self.formula(&of));
        }
        match json {
            Json::String(text) => text.clone(),
            Json::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.attribute(item)).collect();
                format!("[{}]", items.join(", "))
            }
            Json::Object(record) => {
                let record = record.iter().map(|(name, fields)| match fields {
                    Json::Object(fields) => {
                        let field = |(name, field): (&String, &Json)| {
                            format!("{name}: {}", self.attribute(field))
                        };
                        let fields: Vec<String> = fields.iter().map(field).collect();
                        format!("{name} {{ {} }}", fields.join(", "))
                    }
                    other => format!("{name} {}", self.attribute(other)),
                });
                record.collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        }
    }

    /// `784 * Batch + 4`. A length that is a multiple of 32 occurs as `Height / 32`, if 32 doesn't divide the factor.
    fn formula(&self, formula: &Formula) -> String {
        let term = |(factor, set): &(i128, u32)| {
            let (mut factor, mut names) = (*factor, Vec::new());
            for (_, length) in
                self.lengths.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1)
            {
                let unit = length.multiple_of as i128;
                if factor % unit == 0 {
                    factor /= unit;
                    names.push(length.name.clone());
                } else {
                    names.push(format!("{} / {unit}", length.name));
                }
            }
            match (factor, names.is_empty()) {
                (1, false) => names.join(" * "),
                (_, true) => factor.to_string(),
                (_, false) => format!("{factor} * {}", names.join(" * ")),
            }
        };
        // The constant last.
        let (lengths, constant): (Vec<_>, Vec<_>) =
            formula.0.iter().partition(|(_, set)| *set != 0);
        let terms: Vec<String> = lengths.into_iter().chain(constant).map(term).collect();
        if terms.is_empty() { "0".to_owned() } else { terms.join(" + ").replace("+ -", "- ") }
    }
}
