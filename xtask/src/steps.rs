//! The steps of a task: each prints a header and its time; the first that fails ends the task.

use std::fmt;
use std::process::Command;
use std::time::{Duration, Instant};

/// Why a task ended: a message for the terminal.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

/// A command with its arguments and variables, which is printed as it is typed in a shell.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    variables: Vec<(String, String)>,
    words: Vec<String>,
}

/// A command, from words that hold no spaces.
pub(crate) fn command(words: &str) -> Line {
    Line { variables: Vec::new(), words: words.split_whitespace().map(str::to_owned).collect() }
}

impl Line {
    pub(crate) fn args<A: AsRef<str>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.words.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variables =
            self.variables.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
        let words = self.words.iter().map(|word| quoted(word));
        f.write_str(&variables.chain(words).collect::<Vec<_>>().join(" "))
    }
}

/// A word, quoted for a shell if necessary.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./,:+@%".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

/// The steps that have passed, with their times.
#[derive(Debug)]
pub(crate) struct Steps {
    start: Instant,
    passed: Vec<(String, Duration)>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), passed: Vec::new() }
    }

    /// Runs one step.
    pub(crate) fn run(&mut self, line: Line) -> Result<(), Failed> {
        println!("\n== {line}");
        let start = Instant::now();
        let (program, arguments) = line.words.split_first().expect("a command has a name");
        let variables = line.variables.iter().map(|(name, value)| (name, value));
        let status = Command::new(program)
            .args(arguments)
            .envs(variables)
            .status()
            .map_err(|error| Failed(format!("`{program}` can't be run: {error}")))?;
        let time = start.elapsed();
        if !status.success() {
            let seconds = time.as_secs_f64();
            return Err(Failed(format!(
                "Failed after {seconds:.1} s ({status}). To repeat this step:\n\n    {line}"
            )));
        }
        println!("   {:.1} s", time.as_secs_f64());
        self.passed.push((line.to_string(), time));
        Ok(())
    }

    /// Prints the time of each step, if there were several.
    pub(crate) fn summarize(&self) {
        if self.passed.len() > 1 {
            println!("\nAll passed:");
            for (line, time) in &self.passed {
                println!("{:8.1} s  {line}", time.as_secs_f64());
            }
            println!("{:8.1} s  in all", self.start.elapsed().as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failed, Steps, command};

    #[test]
    fn a_step_prints_as_a_shell_takes_it() {
        let line = command("cargo test --lib")
            .args(["it's here", ""])
            .env("A", "1")
            .env("B", "-D warnings");
        assert_eq!(line.to_string(), r"A=1 B='-D warnings' cargo test --lib 'it'\''s here' ''");
    }

    #[test]
    fn a_step_that_fails_says_how_to_repeat_it() {
        let mut steps = Steps::new();
        assert!(steps.run(command("rustc --version").env("A", "b c")).is_ok());
        let Err(Failed(message)) = steps.run(command("rustc --no-such-flag").env("A", "b c"))
        else {
            panic!("rustc takes no such flag")
        };
        assert!(
            message.contains("To repeat this step:\n\n    A='b c' rustc --no-such-flag"),
            "{message}"
        );
        let Err(Failed(message)) = steps.run(command("no-such-program")) else {
            panic!("there is no such program")
        };
        assert!(message.starts_with("`no-such-program` can't be run: "), "{message}");
    }
}
