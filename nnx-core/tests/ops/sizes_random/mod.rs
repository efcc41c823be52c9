//! Every operation that makes a shape, over random sizes of which many are huge: what comes out is the shape and
//! the number that a model in 128 bits says, or a message that is meant; never a size that wrapped, never the
//! end of the process.
//!
//! The inputs are views of one element, so that huge ones cost nothing. Cases that would take gigabytes or hours are
//! left out: each of the others needs a few megabytes, or more than the address space.

mod arrays;
mod images;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nnx_core::array::{Array, MAX_RANK};
use nnx_core::grad::value_and_gradients;
use nnx_core::ops::DynTensor;
use nnx_core::random::Stream;
use rand::Rng;

use self::arrays::arrays;
use self::images::images;

/// Bytes that a test may take, and bytes that no process can have.
const LITTLE: u128 = 1 << 22;
const BEYOND: u128 = 1 << 47;
/// The most bytes of an array.
const MOST: u128 = (1 << 63) - 1 - 64;

const HUGE: [usize; 12] = [
    1 << 16,
    1 << 31,
    1 << 32,
    1 << 40,
    (1 << 61) + 1,
    1 << 62,
    (1 << 63) - 1,
    1 << 63,
    (1 << 63) + 1,
    usize::MAX - 8,
    usize::MAX - 1,
    usize::MAX,
];

struct Draw(Stream);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.0.next_u32()).expect("32 bits") % n
    }
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
    fn size(&mut self) -> usize {
        if self.one_in(3) { HUGE[self.below(HUGE.len())] } else { self.below(4) }
    }
    fn sizes(&mut self, rank: usize) -> Vec<usize> {
        (0..rank).map(|_| self.size()).collect()
    }
    /// Sizes of which few are huge, so that an array of them is often possible.
    fn mild(&mut self, rank: usize) -> Vec<usize> {
        let huge = self.below(2 * rank.max(1));
        (0..rank).map(|i| if i == huge { self.size() } else { self.below(4) }).collect()
    }
}

fn product(sizes: &[usize]) -> Option<u128> {
    if sizes.contains(&0) {
        return Some(0);
    }
    sizes.iter().try_fold(1u128, |product, &size| product.checked_mul(size as u128))
}

fn bytes(sizes: &[usize]) -> Option<u128> {
    product(sizes)?.checked_mul(4)
}

/// Can an array of f32 have these sizes?
fn possible(sizes: &[usize]) -> bool {
    sizes.len() <= MAX_RANK && bytes(sizes).is_some_and(|bytes| bytes <= MOST)
}

/// Does a test that writes out an array of these sizes take little, or fail at once?
fn testable(sizes: &[usize]) -> bool {
    bytes(sizes).is_none_or(|bytes| bytes <= LITTLE || bytes >= BEYOND)
}

fn ones(sizes: &[usize]) -> DynTensor {
    Array::full(1.0f32, sizes).into()
}

thread_local! {
    /// Whether this thread expects panics; the hook prints nothing then.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Tells the hook that prints panics, with their stacks, to leave out those that are expected.
fn print_no_expected_panics() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !QUIET.get() {
            print(panic);
        }
    }));
}

/// The result of a call, or its panic message, which must be one that is written for users.
fn outcome<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    QUIET.set(false);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let text =
            text.unwrap_or_else(|| (*payload.downcast_ref::<&str>().expect("a text")).to_owned());
        let ours = text.starts_with("out of memory: ")
            || text.starts_with("can't take ")
            || text.starts_with("broadcast of ")
            || text.starts_with("an array has at most 8 axes")
            || (text.starts_with('`') && text.matches('`').count() >= 2);
        assert!(ours, "not a message of this library: {text}");
        text
    })
}

/// One operation on random sizes: the expected shape, if it may succeed, and the value of all elements, if that is
/// known.
struct Case {
    text: String,
    /// Arrays that the operation allocates.
    written: Vec<Vec<usize>>,
    inputs: Vec<Vec<usize>>,
    output: Option<Vec<usize>>,
    value: Option<f32>,
    run: Box<dyn Fn(Vec<DynTensor>) -> DynTensor>,
}

/// Pushes a case: `list; text; [inputs] => output, value; sizes written; run`.
macro_rules! case {
    ($list:ident; $text:expr; [$($input:expr),*] => $output:expr, $value:expr; $written:expr; $run:expr) => {
        $list.push(Case {
            text: $text,
            inputs: vec![$($input.to_vec()),*],
            output: $output,
            value: $value,
            written: $written,
            run: Box::new($run),
        })
    };
}
use case;

fn check(case: &Case) -> Option<bool> {
    let Case { text, inputs, output, run, .. } = case;
    if !inputs.iter().all(|sizes| possible(sizes)) {
        // The inputs themselves are refused.
        for sizes in inputs {
            assert_eq!(outcome(|| ones(sizes)).is_ok(), possible(sizes), "ones({sizes:?})");
        }
        return None;
    }
    if !case.written.iter().chain(inputs).chain(output).all(|sizes| testable(sizes)) {
        return None;
    }
    let given = || inputs.iter().map(|sizes| ones(sizes)).collect::<Vec<_>>();
    let result = outcome(|| run(given()));
    match (&result, output.as_deref().filter(|sizes| possible(sizes))) {
        (Ok(y), Some(expected)) => assert_eq!(*y.dims(), *expected, "{text} of {inputs:?}"),
        (Ok(y), None) => panic!("{text} of {inputs:?} has given {}", y.dims()),
        // An operation that fits into memory must not be refused.
        (Err(message), Some(expected)) => {
            let little = |sizes: &[usize]| bytes(sizes).is_some_and(|bytes| bytes <= LITTLE);
            let small =
                little(expected) && inputs.iter().chain(&case.written).all(|sizes| little(sizes));
            assert!(!small, "{text} of {inputs:?}: {message}");
        }
        (Err(_), None) => {}
    }
    if let (Ok(y), Some(value)) = (&result, case.value)
        && bytes(&y.dims()).is_some_and(|bytes| bytes <= LITTLE)
    {
        let found = y.array().to_vec::<f32>().expect("f32");
        assert!(found.iter().all(|&x| x == value), "{text} of {inputs:?} gives {found:?}");
    }
    // The gradient has the input's shape, or is refused as well.
    if result.is_ok() {
        let gradient = outcome(|| {
            let mut rest = given();
            let first = rest.remove(0);
            let f = |[x]: [DynTensor; 1]| run([vec![x], rest].concat());
            value_and_gradients(f, [first]).1
        });
        if let Ok([gradient]) = gradient {
            assert_eq!(*gradient.dims(), *inputs[0], "the gradient of {text}");
        }
    }
    Some(result.is_ok())
}

#[test]
fn no_operation_wraps_a_size_or_ends_the_process() {
    print_no_expected_panics();
    let mut draw = Draw(Stream::new(5));
    let (mut given, mut refused, mut wrong) = (0, 0, Vec::new());
    for _ in 0..400 {
        let mut list = Vec::new();
        arrays(&mut draw, &mut list);
        images(&mut draw, &mut list);
        for case in list {
            match catch_unwind(AssertUnwindSafe(|| check(&case))) {
                Ok(Some(true)) => given += 1,
                Ok(Some(false)) => refused += 1,
                Ok(None) => {}
                Err(panic) => wrong.push(panic.downcast_ref::<String>().cloned()),
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases are wrong, the first {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
    assert!(given > 2000 && refused > 1000, "{given} given, {refused} refused");
}
