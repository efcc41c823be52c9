//! Reads a CSV file: a header, then rows of numbers with a class in the last column.

use std::fs;
use std::path::Path;

/// The rows of a file, each with `N` features.
#[derive(Debug, PartialEq)]
pub struct Table<const N: usize> {
    pub rows: Vec<Row<N>>,
    /// The names of the classes, sorted. A row has the index of its class in this list.
    pub classes: Vec<String>,
}

/// The features of a row, and the index of its class.
pub type Row<const N: usize> = ([f32; N], i32);

impl<const N: usize> Table<N> {
    /// Reads a file.
    pub fn read(file: impl AsRef<Path>) -> Result<Self, String> {
        let file = file.as_ref();
        fs::read_to_string(file)
            .map_err(|error| error.to_string())
            .and_then(|text| Self::parse(&text))
            .map_err(|error| format!("{}: {error}", file.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut named = Vec::new();
        for (line, number) in text.lines().zip(1..).skip(1) {
            if !line.trim().is_empty() {
                named.push(row::<N>(line).map_err(|error| format!("line {number}: {error}"))?);
            }
        }
        if named.is_empty() {
            return Err("there is no row below the header".to_owned());
        }
        let mut classes: Vec<String> = named.iter().map(|(_, class)| class.clone()).collect();
        classes.sort();
        classes.dedup();
        let index = |class| {
            classes
                .iter()
                .position(|other| *other == class)
                .expect("it is listed")
        };
        let rows = named
            .into_iter()
            .map(|(numbers, class)| (numbers, index(class) as i32))
            .collect();
        Ok(Self { rows, classes })
    }
}

fn row<const N: usize>(line: &str) -> Result<([f32; N], String), String> {
    let columns: Vec<&str> = line.split(',').map(str::trim).collect();
    if columns.len() != N + 1 {
        return Err(format!(
            "expected {N} numbers and a class, found {} columns",
            columns.len()
        ));
    }
    let mut numbers = [0.0; N];
    for (number, column) in numbers.iter_mut().zip(&columns) {
        let parsed = column
            .parse()
            .ok()
            .filter(|number: &f32| number.is_finite());
        *number = parsed.ok_or_else(|| format!("expected a number, found `{column}`"))?;
    }
    Ok((numbers, columns[N].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_numbered_in_alphabetical_order() {
        let table = Table::<2>::parse("x,y,color\n1,2.5,red\n-3,4e-1, blue\n\n5,6,red\n").unwrap();
        assert_eq!(table.classes, ["blue", "red"]);
        assert_eq!(
            table.rows,
            [([1.0, 2.5], 1), ([-3.0, 0.4], 0), ([5.0, 6.0], 1)]
        );
    }

    #[test]
    fn an_error_says_where_it_is_and_what_was_expected() {
        let error = |text: &str| Table::<2>::parse(text).unwrap_err();
        assert_eq!(
            error("x,y,color\n1,2,red\n1,red\n"),
            "line 3: expected 2 numbers and a class, found 2 columns"
        );
        assert_eq!(
            error("x,y,color\n1,?,red\n"),
            "line 2: expected a number, found `?`"
        );
        assert_eq!(
            error("x,y,color\n1,nan,red\n"),
            "line 2: expected a number, found `nan`"
        );
        assert_eq!(error("x,y,color\n"), "there is no row below the header");
        let error = Table::<2>::read("nowhere.csv").unwrap_err();
        assert!(error.starts_with("nowhere.csv: "), "{error}");
    }
}
