//! How the table of a model is printed.

use std::fmt;

use super::Summary;

/// The widest table: that of a terminal.
const WIDTH: usize = 80;
/// The spaces between two columns.
const GAP: usize = 2;
/// The narrowest columns of paths and shapes.
const NARROW: usize = 12;

const PATH: usize = 0;
const SHAPE: usize = 2;
/// The columns of numbers, in the order in which they lose their last digits.
const NUMBERS: [&[usize]; 2] = [&[4, 5], &[3]];

type Cells = [String; 6];

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = self.cells(&[]);
        let mut rounded = Vec::new();
        for columns in NUMBERS {
            if width(&table) > WIDTH {
                rounded.extend_from_slice(columns);
                table = self.cells(&rounded);
            }
        }
        // A path is shortened at its start, a shape at its end.
        shorten(&mut table, PATH, |text, most| {
            let left_out = text.chars().count() + 1 - most;
            std::iter::once('…').chain(text.chars().skip(left_out)).collect()
        });
        shorten(&mut table, SHAPE, |text, most| text.chars().take(most - 1).chain(['…']).collect());

        let widths: [usize; 6] = std::array::from_fn(|column| column_width(&table, column));
        let last = table.len() - 1;
        for (i, row) in table.iter().enumerate() {
            if i == 1 || i == last {
                writeln!(f, "{}", "-".repeat(widths.iter().sum::<usize>() + 5 * GAP))?;
            }
            let [path, kind, shape, elements, bytes, flops] = row;
            let [w0, w1, w2, w3, w4, w5] = widths;
            let line = format!(
                "{path:w0$}  {kind:w1$}  {shape:w2$}  {elements:>w3$}  {bytes:>w4$}  {flops:>w5$}"
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        if self.counted {
            let bytes = with_commas(self.activation_bytes as u64);
            writeln!(f, "activations: {bytes} bytes at one time")?;
        }
        Ok(())
    }
}

impl Summary {
    /// The texts of all cells, the heading first and the totals last. Numbers of the columns `rounded` have three digits.
    fn cells(&self, rounded: &[usize]) -> Vec<Cells> {
        let number = |column: usize, number: u64| match rounded.contains(&column) {
            true => three_digits(number),
            false => with_commas(number),
        };
        let flops = |count: u64| if self.counted { number(5, count) } else { String::new() };
        let mut table =
            vec![["path", "kind", "shape", "elements", "bytes", "FLOPs"].map(str::to_owned)];
        for row in &self.rows {
            table.push([
                row.path.to_string(),
                row.kind.name().to_owned(),
                row.shape.clone(),
                number(3, row.elements as u64),
                number(4, row.bytes as u64),
                flops(row.flops),
            ]);
        }
        if self.counted {
            let other = ["(no variable)", "", "", "", ""].map(str::to_owned);
            let [path, kind, shape, elements, bytes] = other;
            table.push([path, kind, shape, elements, bytes, flops(self.other_flops)]);
        }
        table.push([
            "total".to_owned(),
            String::new(),
            format!("{} parameters", with_commas(self.parameters() as u64)),
            number(3, self.rows.iter().map(|row| row.elements as u64).sum()),
            number(4, self.bytes() as u64),
            flops(self.flops()),
        ]);
        table
    }
}

fn column_width(table: &[Cells], column: usize) -> usize {
    table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
}

fn width(table: &[Cells]) -> usize {
    (0..6).map(|column| column_width(table, column)).sum::<usize>() + 5 * GAP
}

/// Makes a column as narrow as the table needs it, and not narrower than `NARROW`.
fn shorten(table: &mut [Cells], column: usize, shortened: impl Fn(&str, usize) -> String) {
    let excess = width(table).saturating_sub(WIDTH);
    let most = column_width(table, column).saturating_sub(excess).max(NARROW);
    for row in table {
        if excess > 0 && row[column].chars().count() > most {
            row[column] = shortened(&row[column], most);
        }
    }
}

/// A number with three digits and a thousand, a million and so on: `1.69 M`. Smaller ones are exact.
fn three_digits(number: u64) -> String {
    if number < 1000 {
        return number.to_string();
    }
    // Rounded first, since 999,950 is 1.00 M.
    let digits = number.ilog10();
    let unit = 10u64.pow(digits - 2);
    let rounded = (u128::from(number) + u128::from(unit / 2)) / u128::from(unit);
    let (rounded, digits) = if rounded == 1000 { (100, digits + 1) } else { (rounded, digits) };
    let letter = ["k", "M", "G", "T", "P", "E"][digits as usize / 3 - 1];
    let (point, digits) = (digits as usize % 3 + 1, rounded.to_string());
    match point {
        3 => format!("{digits} {letter}"),
        _ => format!("{}.{} {letter}", &digits[..point], &digits[point..]),
    }
}

/// Formats a number with commas between groups of three digits: `421,642`.
#[doc(hidden)]
#[must_use]
pub fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_numbers_have_three_digits() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1.00 k"),
            (1_234, "1.23 k"),
            (12_350, "12.4 k"),
            (123_456, "123 k"),
            (999_499, "999 k"),
            (999_500, "1.00 M"),
            (1_686_568, "1.69 M"),
            (4_089_184_256, "4.09 G"),
            (u64::MAX, "18.4 E"),
        ] {
            assert_eq!(three_digits(number), text);
        }
    }
}
