//! Parquet files.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use nnx_core::files;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde::de::DeserializeOwned;

use super::{Rows, json};
use crate::reader::LIMIT;
use crate::{DataError, Malformed, OnBroken, Skipped};

/// How a Parquet file is read: serde turns each row into a struct with fields of the names of the columns. Columns that
/// the struct doesn't have are read past. Pages may be packed by snappy or gzip.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parquet {
    on_broken: OnBroken,
}

impl Parquet {
    /// A reader that stops at the first broken row.
    pub fn new() -> Self {
        Self::default()
    }

    /// Leaves out rows that don't fit the struct, and counts them: [`Rows::skipped`]. A damaged file is an error all the
    /// same.
    #[must_use]
    pub fn skip_broken(self) -> Self {
        Self { on_broken: OnBroken::Skip }
    }

    /// Reads a file of at most 1 GiB, unpacked. For a damaged page, up to 2 GiB of memory may be reserved, as the crate
    /// `parquet` trusts the length in the page's header; if that fails, the process ends. Other readers check lengths
    /// before they allocate.
    ///
    /// # Errors
    /// A file that can't be read, is no Parquet file, has no rows, or has a broken row. The error names the row, the
    /// column, what was expected and what was found.
    pub fn read<R: DeserializeOwned>(&self, path: impl AsRef<Path>) -> Result<Rows<R>, DataError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let open = files::open(path);
        let file = open.map_err(|cause| DataError::Read { file: name.clone(), cause })?;
        // The decoder may panic on a damaged file.
        let rows = catch_unwind(AssertUnwindSafe(|| self.rows(&name, file)));
        rows.unwrap_or_else(|_| Err(damaged(&name, "damaged data").into()))
    }

    fn rows<R: DeserializeOwned>(&self, name: &str, file: File) -> Result<Rows<R>, DataError> {
        let failed = |error: ParquetError| damaged(name, &error.to_string());
        let reader = SerializedFileReader::new(file).map_err(failed)?;
        let groups = reader.metadata().row_groups();
        let columns = groups.iter().flat_map(|group| group.columns());
        if let Some(packed) =
            columns.map(|column| column.compression()).find(|packed| !is_read(packed))
        {
            // Others need libraries in C.
            let expected = "columns in the compression snappy or gzip, or in none";
            let fix = "write it with the compression snappy";
            return Err(Malformed::new(name, expected, packed.to_string()).fix(fix).into());
        }
        let sizes =
            groups.iter().map(|group| u64::try_from(group.total_byte_size()).unwrap_or(LIMIT));
        if sizes.fold(0, u64::saturating_add) > LIMIT {
            return Err(DataError::TooLong { file: name.to_owned(), limit: LIMIT });
        }
        let (mut rows, mut skipped) = (Vec::new(), Skipped::default());
        for (row, number) in reader.get_row_iter(None).map_err(failed)?.zip(1..) {
            let values = row.map_err(failed)?.to_json_value();
            let row = json::value(name, values).map_err(|malformed| malformed.row(number).into());
            rows.extend(skipped.note_or(self.on_broken, row)?);
        }
        Rows::new(name.to_owned(), rows, skipped)
    }
}

fn is_read(packed: &Compression) -> bool {
    matches!(packed, Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_))
}

fn damaged(file: &str, found: &str) -> Malformed {
    Malformed::new(file, "a whole Parquet file", found).fix("fetch or copy the file again")
}
