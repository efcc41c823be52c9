//! Parallel loops over blocks `(outer, length, inner)` that write the whole block, column by column: scans, and
//! softmax along an axis that isn't the last.

use super::fold::Block;
use super::parallel;

/// The least number of columns of a tile.
const COLUMNS: usize = 64;
/// Elements per task.
const ELEMENTS_PER_TASK: usize = 16 * 1024;

/// The work on a tile: takes the index of the tile's block, its first column, and its rows.
pub(super) type TileFn<'a, T> = &'a (dyn Fn(usize, usize, &mut [&mut [T]]) + Sync);

/// A tile of `out`.
struct Tile<'a, T> {
    block: usize,
    column: usize,
    rows: Vec<&'a mut [T]>,
}

/// Whether blocks are cut into tiles of columns: few blocks with many columns. Otherwise a tile is a whole block.
pub(super) fn by_columns(outer: usize, inner: usize) -> bool {
    outer < 4 && inner >= 2 * COLUMNS
}

/// Calls `work` for tiles of whole columns, which cover `out`.
#[inline(never)]
pub(super) fn for_tiles<T: Send>(out: &mut [T], block: Block, work: TileFn<'_, T>) {
    let Block { outer, length, inner } = block;
    if out.is_empty() {
        return;
    }
    if !by_columns(outer, inner) {
        let size = length * inner;
        let blocks = (ELEMENTS_PER_TASK / size).max(1);
        return parallel::for_chunks(out, blocks * size, true, &|task, out| {
            for (i, out) in out.chunks_exact_mut(size).enumerate() {
                let mut rows: Vec<&mut [T]> = out.chunks_exact_mut(inner).collect();
                work(task * blocks + i, 0, &mut rows);
            }
        });
    }
    let columns = inner.div_ceil(16).max(COLUMNS);
    let tiles = inner.div_ceil(columns);
    let mut all: Vec<Tile<'_, T>> = (0..outer * tiles)
        .map(|i| Tile {
            block: i / tiles,
            column: i % tiles * columns,
            rows: Vec::with_capacity(length),
        })
        .collect();
    for (r, row) in out.chunks_exact_mut(inner).enumerate() {
        let tiles = &mut all[r / length * tiles..];
        for (tile, columns) in tiles.iter_mut().zip(row.chunks_mut(columns)) {
            tile.rows.push(columns);
        }
    }
    let parallel = outer * length * inner > 2 * ELEMENTS_PER_TASK;
    parallel::for_chunks(&mut all, 1, parallel, &|_, tiles| {
        for tile in tiles {
            work(tile.block, tile.column, &mut tile.rows);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_every_element_once_and_know_where_they_are() {
        for (outer, length, inner) in
            [(1, 1, 1), (1, 3, 200), (2, 5, 130), (3, 1, 5000), (9, 2, 300), (0, 3, 4), (70, 3, 7)]
        {
            let block = Block { outer, length, inner };
            let mut out = vec![usize::MAX; outer * length * inner];
            for_tiles(&mut out, block, &|block, column, rows| {
                assert_eq!(rows.len(), length);
                for (r, row) in rows.iter_mut().enumerate() {
                    for (c, out) in row.iter_mut().enumerate() {
                        assert_eq!(*out, usize::MAX);
                        *out = (block * length + r) * inner + column + c;
                    }
                }
            });
            assert!(out.iter().enumerate().all(|(i, &out)| out == i), "{block:?}");
        }
    }
}
