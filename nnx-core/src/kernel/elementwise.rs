//! Elementwise loops over contiguous slices, in chunks for all threads. They are memory-bound, except for
//! functions like `exp`.
//!
//! Loops own their functions: behind a reference, the parameters of a function could be among the elements that it
//! writes, for all that the compiler knows, and would be read for each of them.
//!
//! The loop of an operation takes a chunk of each of its operands. All else (threads, broadcast operands, results that
//! need memory of their own) is compiled once for each element type, and calls that loop as a trait object.


use super::{parallel, vectorize_small, vectorize_wide};

/// Elements of a block: few enough to stay in the L1 cache from one loop to the next.
pub(super) const BLOCK: usize = 1024;

/// A loop that updates a chunk. A trait of its own: the table of a `dyn Fn` has three functions for each closure, which
/// would all be compiled.
pub(crate) trait UpdateLoop<A>: Sync {
    fn run(&self, x: &mut [A]);
}
impl<A, F: Fn(&mut [A]) + Sync> UpdateLoop<A> for F {
    fn run(&self, x: &mut [A]) {
        self(x);
    }
}
pub(crate) type Update<'a, A> = &'a dyn UpdateLoop<A>;

/// A loop from a chunk to another.
pub(crate) trait MapLoop<A>: Sync {
    fn run(&self, x: &[A], out: &mut [A]);
}
impl<A, F: Fn(&[A], &mut [A]) + Sync> MapLoop<A> for F {
    fn run(&self, x: &[A], out: &mut [A]) {
        self(x, out);
    }
}
pub(crate) type Map<'a, A> = &'a dyn MapLoop<A>;

/// `out[i] = f(x[i])`.
pub(crate) fn map<A: Copy + Sync, B: Send>(
    x: &[A],
    out: &mut [B],
    f: impl Fn(A) -> B + Sync + Send,
) {
    assert_eq!(x.len(), out.len(), "map: lengths differ");
    parallel::elements(out, |range, out| map_chunk(&x[range], out, &f));
}

/// `out[i] = f(x[i])`, on this thread.
#[inline(always)]
pub(crate) fn map_chunk<A: Copy, B>(x: &[A], out: &mut [B], f: impl Fn(A) -> B) {
    vectorize_wide::<A, _>(
        #[inline(always)]
        move || {
            for (out, &x) in out.iter_mut().zip(x) {
                *out = f(x);
            }
        },
    );
}

/// `x[i] = f(x[i])`, on this thread.
#[inline(always)]
pub(crate) fn update_chunk<A: Copy>(x: &mut [A], f: impl Fn(A) -> A) {
    vectorize_wide::<A, _>(
        #[inline(always)]
        move || {
            for x in x {
                *x = f(*x);
            }
        },
    );
}

/// `x[i] = f(x[i])`, and `rare(x[i])` where `is_rare`, on this thread. Short blocks that have no rare element, nearly
/// all of them, run without a branch.
#[inline(always)]
pub(crate) fn update_chunk_unless<A: Copy>(
    x: &mut [A],
    f: impl Fn(A) -> A,
    is_rare: impl Fn(A) -> bool,
    rare: impl Fn(A) -> A,
) {
    vectorize_wide::<A, _>(
        #[inline(always)]
        move || {
            for x in x.chunks_mut(BLOCK / 8) {
                if x.iter().fold(false, |any, &x| any | is_rare(x)) {
                    update_some(x, &f, &is_rare, &rare);
                    continue;
                }
                for x in x {
                    *x = f(*x);
                }
            }
        },
    );
}

#[cold]
#[inline(never)]
fn update_some<A: Copy>(
    x: &mut [A],
    f: impl Fn(A) -> A,
    is_rare: impl Fn(A) -> bool,
    rare: impl Fn(A) -> A,
) {
    for x in x {
        *x = if is_rare(*x) { rare(*x) } else { f(*x) };
    }
}

/// Calls `f` with all chunks of `x`.
pub(crate) fn update<A: Send>(x: &mut [A], f: Update<'_, A>) {
    parallel::elements(x, |_, x| f.run(x));
}

/// Calls `f` with all chunks of `x` and `out`.
pub(crate) fn map_chunks<A: Copy + Send + Sync>(x: &[A], out: &mut [A], f: Map<'_, A>) {
    assert_eq!(x.len(), out.len(), "map: lengths differ");
    parallel::elements(out, |range, out| f.run(&x[range], out));
}

/// Calls `f` with all of `out`, which is a copy of `x`: each block is copied just before its update.
pub(crate) fn update_copy<A: Copy + Send + Sync>(x: &[A], out: &mut [A], f: Update<'_, A>) {
    map_chunks(x, out, &|x: &[A], out: &mut [A]| {
        for (x, out) in x.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
            out.copy_from_slice(x);
            f.run(out);
        }
    });
}

/// `out[i] = f(a[i], b[i])`, on this thread.
#[inline(always)]
pub(crate) fn zip_chunk<A: Copy, B: Copy, C>(
    a: &[A],
    b: &[B],
    out: &mut [C],
    f: impl Fn(A, B) -> C,
) {
    vectorize_small::<A, _>(
        #[inline(always)]
        move || {
            for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                *out = f(a, b);
            }
        },
    );
}

/// `a[i] = f(a[i], b[i])`, on this thread.
#[inline(always)]
pub(crate) fn zip_update_chunk<A: Copy, B: Copy>(a: &mut [A], b: &[B], f: impl Fn(A, B) -> A) {
    vectorize_small::<A, _>(
        #[inline(always)]
        move || {
            for (a, &b) in a.iter_mut().zip(b) {
                *a = f(*a, b);
            }
        },
    );
}

/// `out[i] = f(a[i], b[i], c[i])`, on this thread.
#[inline(always)]
pub(crate) fn zip_3_chunk<A: Copy>([a, b, c]: [&[A]; 3], out: &mut [A], f: impl Fn(A, A, A) -> A) {
    vectorize_small::<A, _>(
        #[inline(always)]
        move || {
            for (((out, &a), &b), &c) in out.iter_mut().zip(a).zip(b).zip(c) {
                *out = f(a, b, c);
            }
        },
    );
}

/// [`update_chunk_unless`] of two inputs.
#[inline(always)]
pub(crate) fn zip_update_chunk_unless<A: Copy>(
    a: &mut [A],
    b: &[A],
    f: impl Fn(A, A) -> A,
    is_rare: impl Fn(A, A) -> bool,
    rare: impl Fn(A, A) -> A,
) {
    vectorize_small::<A, _>(
        #[inline(always)]
        move || {
            for (a, b) in a.chunks_mut(BLOCK / 8).zip(b.chunks(BLOCK / 8)) {
                if a.iter().zip(b).fold(false, |any, (&a, &b)| any | is_rare(a, b)) {
                    zip_update_some(a, b, &f, &is_rare, &rare);
                    continue;
                }
                for (a, &b) in a.iter_mut().zip(b) {
                    *a = f(*a, b);
                }
            }
        },
    );
}

#[cold]
#[inline(never)]
fn zip_update_some<A: Copy>(
    a: &mut [A],
    b: &[A],
    f: impl Fn(A, A) -> A,
    is_rare: impl Fn(A, A) -> bool,
    rare: impl Fn(A, A) -> A,
) {
    for (a, &b) in a.iter_mut().zip(b) {
        *a = if is_rare(*a, b) { rare(*a, b) } else { f(*a, b) };
    }
}

/// Calls `work(range, out, slices)` with matching chunks of `out` and of several slices of the same length;
/// `range` is where the chunk is.
pub(crate) fn zip_chunks<E: Send>(
    out: &mut [E],
    slices: &mut [&mut [E]],
    work: parallel::ZipFn<'_, E>,
) {
    let each = parallel::elements_per_task(out.len());
    parallel::zip_chunks(out, slices, each, work);
}
