//! The table of models in the documentation of `nnx-models`.

const LIBRARY: &str = include_str!("../../nnx-models/src/lib.rs");

/// The types of each file, such as `["Vae", "VaeOutput"]`.
fn exports() -> Vec<Vec<&'static str>> {
    let source = LIBRARY.split("#![forbid(unsafe_code)]").nth(1).expect("the code");
    let uses = source.split("pub use ").skip(1);
    let names = uses.map(|text| {
        let (_, names) = text.split_once("::").expect("a module and its types");
        let (names, _) = names.split_once(';').expect("the end of `pub use`");
        names.split([',', '{', '}']).map(str::trim).filter(|name| !name.is_empty()).collect()
    });
    names.collect()
}

#[test]
fn each_file_has_a_row() {
    let rows: Vec<&str> = LIBRARY.lines().filter(|line| line.starts_with("//! | [`")).collect();
    // [`Mlp<In, Hidden, Out, Layers>`](Mlp), or [`Vae`] alone.
    let is_row_of = |row: &str, name: &str| {
        row.contains(&format!("]({name}) |")) || row.contains(&format!("[`{name}`] |"))
    };
    for names in exports() {
        let found = rows.iter().any(|row| names.iter().any(|name| is_row_of(row, name)));
        assert!(found, "none of {names:?} has a row in the table of nnx-models/src/lib.rs");
    }
    assert!(exports().len() > 5, "the table is read: {rows:#?}");
}
