//! Mistakes that don't compile, and what the compiler says: one folder a kind, one mistake a file.
//!
//! `TRYBUILD=overwrite cargo test --test ui` writes the messages anew: read each one. They are a product,
//! and they are rustc 1.95's, see `rust-toolchain.toml`.

#[test]
fn mistakes_are_told() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
