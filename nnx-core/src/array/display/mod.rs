//! Arrays as text, as NumPy prints them: columns aligned, large arrays shortened, long rows wrapped.

mod floats;

use std::fmt::{self, Debug, Display, Write as _};

use super::dtype::{for_element, for_float};
use super::{Array, DType, Element};

/// The defaults of `numpy.set_printoptions`: of an array of more elements than `threshold`, each axis shows
/// `EDGE_ITEMS` elements at either end.
const THRESHOLD: usize = 1000;
const EDGE_ITEMS: usize = 3;
const LINE_WIDTH: usize = 75;

impl Display for Array {
    /// The elements in brackets, as `str(numpy_array)`. `{:.3}` prints three decimals of each float; without a
    /// precision, as many as are needed, up to 8. Floats are in scientific notation if one of them is huge or tiny.
    ///
    /// ```
    /// use nnx_core::array::Array;
    ///
    /// let x = Array::new(vec![1.0f32, -0.25, 10.0, 0.5], &[2, 2])?;
    /// assert_eq!(x.to_string(), "[[ 1.   -0.25]\n [10.    0.5 ]]");
    /// assert_eq!(format!("{x:.1}"), "[[ 1.0 -0.2]\n [10.0  0.5]]");
    /// # Ok::<(), nnx_core::array::ShapeError>(())
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.elements() == 0 {
            return f.write_str("[]");
        }
        if self.dtype() == DType::Bf16 {
            return Display::fmt(&self.widened(), f);
        }
        if self.dims().is_empty() && self.dtype().is_float() {
            let text = for_float!(self.dtype(), E => floats::alone(self.elements_from_first::<E>()[0], f.precision()));
            // Sign, width, fill and alignment as of a number.
            return f.pad_integral(!text.starts_with('-'), "", text.trim_start_matches('-'));
        }
        if self.dims().is_empty() {
            return for_element!(self.dtype(), E => Debug::fmt(&self.elements_from_first::<E>()[0], f));
        }
        let shortened = self.elements() > THRESHOLD;
        let axes: Vec<Shown> = self.dims().iter().map(|&size| Shown::of(size, shortened)).collect();
        let words = match self.dtype().is_float() {
            true => {
                for_float!(self.dtype(), E => floats::aligned(&self.at_all::<E>(&axes), f.precision()))
            }
            false => for_element!(self.dtype(), E => aligned(&self.at_all::<E>(&axes))),
        };
        f.write_str(&nested(&axes, &mut words.iter(), " ", LINE_WIDTH))
    }
}

/// The indices along an axis whose elements are printed; the others become dots.
struct Shown {
    indices: Vec<usize>,
    /// The number of indices before the dots, if some are left out.
    dots_after: Option<usize>,
}

impl Shown {
    fn of(size: usize, shortened: bool) -> Self {
        if shortened && size > 2 * EDGE_ITEMS {
            let indices = (0..EDGE_ITEMS).chain(size - EDGE_ITEMS..size).collect();
            return Self { indices, dots_after: Some(EDGE_ITEMS) };
        }
        Self { indices: (0..size).collect(), dots_after: None }
    }
}

impl Array {
    /// The elements that are printed, in row-major order.
    fn at_all<E: Element>(&self, axes: &[Shown]) -> Vec<E> {
        let elements = self.elements_from_first::<E>();
        self.offsets_of(axes).into_iter().map(|offset| elements[offset]).collect()
    }

    fn offsets_of(&self, axes: &[Shown]) -> Vec<usize> {
        let mut offsets = vec![0];
        for (axis, &stride) in axes.iter().zip(&*self.strides()) {
            let along =
                |offset: usize| axis.indices.iter().map(move |index| offset + index * stride);
            offsets = offsets.into_iter().flat_map(along).collect();
        }
        offsets
    }
}

/// The text of the elements, with brackets for the given axes. Lines after the first start with `indent`.
fn nested<'a>(
    axes: &[Shown],
    words: &mut impl Iterator<Item = &'a String>,
    indent: &str,
    width: usize,
) -> String {
    let (axis, inner) = axes.split_first().expect("an axis");
    let mut text = String::new();
    if inner.is_empty() {
        let mut line = indent.to_owned();
        for i in 0..axis.indices.len() {
            if axis.dots_after == Some(i) {
                add_word("...", &mut line, &mut text, indent, width);
            }
            add_word(words.next().expect("a word"), &mut line, &mut text, indent, width);
        }
        text.push_str(&line);
    } else {
        let between = "\n".repeat(inner.len());
        for i in 0..axis.indices.len() {
            if i > 0 {
                text.push_str(&between);
            }
            if axis.dots_after == Some(i) {
                write!(text, "{indent}...{between}").expect("a string grows");
            }
            text.push_str(indent);
            text.push_str(&nested(inner, words, &format!("{indent} "), width - 1));
        }
    }
    format!("[{}]", &text[indent.len()..])
}

/// Adds a word to the line, or starts a new line if word and bracket would make this one longer than `width`.
fn add_word(word: &str, line: &mut String, text: &mut String, indent: &str, width: usize) {
    let first = line.len() <= indent.len();
    if !first {
        line.push(' ');
        if line.len() + word.len() >= width {
            text.push_str(line.trim_end());
            text.push('\n');
            indent.clone_into(line);
        }
    }
    line.push_str(word);
}

/// Integers or booleans, padded to one width.
fn aligned<E: Debug>(values: &[E]) -> Vec<String> {
    padded(values.iter().map(|value| format!("{value:?}")).collect())
}

fn padded(words: Vec<String>) -> Vec<String> {
    let width = words.iter().map(String::len).max().unwrap_or(0);
    words.iter().map(|word| format!("{word:>width$}")).collect()
}
