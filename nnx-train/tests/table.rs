//! Rows of CSV and JSON lines, and the errors of broken ones. Each message is compared word for word.
#![cfg(all(feature = "csv", feature = "json"))]

#[allow(dead_code, reason = "images are for other tests")]
mod common;

use common::gzip;
use nnx_train::{Csv, Dataset, JsonLines};
use serde::Deserialize;

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Person {
    age: Option<f32>,
    children: u8,
    city: String,
    member: bool,
}

const PEOPLE: &str = "age,children,city,member\n31.5, 2 ,Rome,true\n,0,\"Oslo, east\",false\n";

fn csv(text: &str) -> Result<nnx_train::Rows<Person>, nnx_train::DataError> {
    Csv::comma().read_bytes("people.csv", text.as_bytes())
}

fn refused(text: &str) -> String {
    csv(text).unwrap_err().to_string()
}

/// Reads one row with the header of the table of people.
fn row_refused(row: &str) -> String {
    refused(&format!("age,children,city,member\n{row}\n"))
}

#[test]
fn rows_are_read_by_the_names_of_their_columns() {
    let people = csv(PEOPLE).unwrap();
    let expected = [
        Person { age: Some(31.5), children: 2, city: "Rome".into(), member: true },
        Person { age: None, children: 0, city: "Oslo, east".into(), member: false },
    ];
    assert_eq!(people.as_slice(), expected);
    assert_eq!((people.len(), people.get(1).unwrap()), (2, expected[1].clone()));
    assert!(people.get(2).unwrap_err().to_string().starts_with("there is no item 2 "));
    // A different order of columns, one more column, a byte order mark, Windows line ends, gzip.
    let other = "\u{feff}city,x,member,age,children\r\nRome,?,true,31.5,2\r\n";
    assert_eq!(csv(other).unwrap().as_slice(), &expected[..1]);
    let packed = Csv::comma().read_bytes::<Person>("people.csv.gz", &gzip(PEOPLE.as_bytes()));
    assert_eq!(packed.unwrap().as_slice(), expected);
}

#[test]
fn tabs_other_separators_and_files_without_a_header() {
    let tabs = Csv::tabs().read_bytes::<(f32, String)>("t.tsv", b"a\tb\n1\tx, y\n").unwrap();
    assert_eq!(tabs.as_slice(), [(1.0, "x, y".to_owned())]);
    let semicolons: nnx_train::Rows<[f32; 2]> =
        Csv::delimiter(b';').without_header().read_bytes("t", b"1;2\n3;4\n").unwrap();
    assert_eq!(semicolons.as_slice(), [[1.0f32, 2.0], [3.0, 4.0]]);
    let error = Csv::comma().without_header().read_bytes::<(f32, f32)>("t", b"1,2\n3,x\n");
    assert_eq!(
        error.unwrap_err().to_string(),
        "t: line 2, column `2`: expected a number, found `x`"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    std::fs::write(&path, PEOPLE).unwrap();
    assert_eq!(Csv::comma().read::<Person>(&path).unwrap().len(), 2);
    let missing = Csv::comma().read::<Person>("/nowhere/people.csv").unwrap_err().to_string();
    assert!(missing.starts_with("/nowhere/people.csv: can't be read: "), "{missing}");
}

#[test]
fn markers_of_missing_values() {
    let read = |marker: &str| {
        let text = format!("age,children,city,member\n{marker},0,Rome,true\n");
        Csv::comma().missing(["NA", "?"]).read_bytes::<Person>("p", text.as_bytes())
    };
    for marker in ["NA", "?", ""] {
        assert_eq!(read(marker).unwrap().as_slice()[0].age, None);
    }
    assert_eq!(
        read("N/A").unwrap_err().to_string(),
        "p: line 2, column `age`: expected a number, found `N/A`"
    );
}

#[test]
fn a_broken_value_is_named_with_its_line_and_column() {
    for (row, message) in [
        ("ten,0,Rome,true", "line 2, column `age`: expected a number, found `ten`"),
        ("1,,Rome,true", "line 2, column `children`: expected a whole number, found no value"),
        ("1,2.5,Rome,true", "line 2, column `children`: expected a whole number, found `2.5`"),
        ("1,300,Rome,true", "line 2, column `children`: expected a whole number, found `300`"),
        ("1,2,Rome,yes", "line 2, column `member`: expected `true` or `false`, found `yes`"),
        ("1,2,Rome", "line 2: expected 4 values, as in the first line, found 3"),
        ("1,2,Rome,true,x", "line 2: expected 4 values, as in the first line, found 5"),
    ] {
        assert_eq!(row_refused(row), format!("people.csv: {message}"));
    }
    // The error has the number of the line, not of the row: one value contains a line end.
    assert_eq!(
        refused("age,children,city,member\n1,2,\"New\nYork\",true\n\nx,2,Rome,true\n"),
        "people.csv: line 5, column `age`: expected a number, found `x`"
    );
    let long = row_refused(&format!("{},2,Rome,true", "é".repeat(100)));
    assert!(long.ends_with(&format!("found `{}..`", "é".repeat(60))), "{long}");
    let bytes = b"age,children,city,member\n1,2,R\xffme,true\n";
    assert_eq!(
        Csv::comma().read_bytes::<Person>("people.csv", bytes).unwrap_err().to_string(),
        "people.csv: line 2, column `city`: expected UTF-8 text, found other bytes"
    );
}

#[test]
fn a_value_that_a_type_of_the_program_refuses_is_named_with_its_column() {
    #[derive(Clone, Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    #[allow(dead_code, reason = "only read")]
    enum Color {
        Red,
        Blue,
    }
    #[derive(Clone, Debug, Deserialize)]
    #[allow(dead_code, reason = "only read")]
    struct Car {
        color: Color,
        class: nnx_train::Label<nnx_core::size::U3>,
    }
    let refused = |row: &str| {
        let text = format!("id,class,color\n{row}\n");
        Csv::comma().read_bytes::<Car>("c", text.as_bytes()).unwrap_err().to_string()
    };
    let label = "expected a label from 0 to 2, as there are 3 classes, found integer";
    assert_eq!(refused("3,3,red"), format!("c: line 2, column `class`: {label} `3`"));
    assert_eq!(refused("1,-1,red"), format!("c: line 2, column `class`: {label} `-1`"));
    assert_eq!(
        refused("1,2,green"),
        "c: line 2, column `color`: expected `red` or `blue`, found unknown variant `green`"
    );
    // Without a header, and after columns that belong to one array.
    type Row = ([f32; 2], nnx_train::Label<nnx_core::size::U3>);
    let error = Csv::comma().without_header().read_bytes::<Row>("c", b"1,2,0\n3,3,3\n");
    assert_eq!(error.unwrap_err().to_string(), format!("c: line 2, column `3`: {label} `3`"));
    let skipped =
        Csv::comma().skip_broken().read_bytes::<Car>("c", b"class,color\n1,red\n2,green\n");
    assert_eq!(skipped.unwrap().skipped().count(), 1);
}

#[test]
fn truth_values_are_read_as_pandas_and_excel_write_them() {
    let rows = "True,True\nFALSE,FALSE\ntrue,true\n";
    let rows = Csv::comma().without_header().read_bytes::<(bool, String)>("t", rows.as_bytes());
    let expected =
        [(true, "True".to_owned()), (false, "FALSE".to_owned()), (true, "true".to_owned())];
    assert_eq!(rows.unwrap().as_slice(), expected, "texts stay as they are");
    let several =
        Csv::comma().without_header().read_bytes::<[Option<bool>; 3]>("t", b"True,,FALSE\n");
    assert_eq!(several.unwrap().as_slice(), [[Some(true), None, Some(false)]]);
    assert_eq!(
        row_refused("1,2,Rome,T"),
        "people.csv: line 2, column `member`: expected `true` or `false`, found `T`"
    );
}

#[test]
fn a_header_that_does_not_fit_is_refused() {
    assert_eq!(
        refused("age,age,city,member\n1,2,Rome,true\n"),
        "people.csv: line 1: expected columns of different names, found `age` twice"
    );
    assert_eq!(
        refused("age,city,member\n1,Rome,true\n"),
        "people.csv: line 1: expected a column `children`, found age, city, member; change the name of the column or of \
         the field, or make it an `Option` if it may be missing"
    );
    for (separator, reader) in [(";", "`Csv::delimiter(b';')`"), ("\t", "`Csv::tabs()`")] {
        let header = ["age", "children"].join(separator);
        assert_eq!(
            refused(&format!("{header}\n1{separator}2\n")),
            format!(
                "people.csv: line 1: expected a column `children`, found {header}; values may be separated otherwise: \
                 read it by {reader}"
            )
        );
    }
    let bytes = b"age,ch\xffldren\n1,2\n";
    assert_eq!(
        Csv::comma().read_bytes::<Person>("people.csv", bytes).unwrap_err().to_string(),
        "people.csv: line 1: expected UTF-8 text, found other bytes"
    );
}

#[test]
fn lines_end_by_any_of_the_three_ends_of_lines() {
    for (text, line) in [
        ("age,children,city,member\r1,2,Rome,true\r3,4,Oslo,false\rx,1,Rome,true\r", 4),
        ("age,children,city,member\r\n1,2,Rome,true\r\nx,1,Rome,true\r\n", 3),
        ("age,children,city,member\n1,2,Rome,true\r\n\r3,4,\"Os\nlo\",false\nx,1,Rome,true", 6),
        ("\r\rage,children,city,member\r\rx,1,\"Ro\rme\",true", 5),
    ] {
        let expected =
            format!("people.csv: line {line}, column `age`: expected a number, found `x`");
        assert_eq!(refused(text), expected, "{text:?}");
    }
    // In a file that is longer than a buffer of the reader.
    let many = "1,2,Rome,true\r".repeat(2000);
    let (head, tail) = ("age,children,city,member\r", "x,1,Rome,true\r");
    assert!(refused(&format!("{head}{many}{tail}")).starts_with("people.csv: line 2002, "));
    let quoted = refused(&format!("{head}{many}3,4,\"Oslo,true\r{many}"));
    assert!(quoted.starts_with("people.csv: line 2002: expected a closing"), "{quoted}");
    // The lines of rows that `csv` itself refuses, too.
    let expected = "people.csv: line 3: expected 4 values, as in the first line, found 2";
    assert_eq!(refused("age,children,city,member\r1,2,Rome,true\r3,4\r"), expected);
}

#[test]
fn a_quote_that_is_never_closed_is_refused_and_takes_no_rows_away() {
    let head = "age,children,city,member\n1,2,Rome,true\n";
    for row in ["3,4,\"Oslo,true\n5,6,Bern,true\n", "3,4,Oslo,\"true\n", "\"3,4,Oslo,true\n"] {
        let expected = "people.csv: line 3: expected a closing `\"`, found the end of the file";
        assert_eq!(refused(&format!("{head}{row}")), expected);
        let text = format!("{head}{row}");
        let people = Csv::comma().skip_broken().read_bytes::<Person>("p", text.as_bytes()).unwrap();
        assert_eq!((people.len(), people.skipped().count()), (1, 1));
    }
    for city in ["\"Oslo\"", "\"Os\"\"lo\"", "Os\"lo", "\"Os\nlo\"", "\"\"", "Oslo\""] {
        let people = csv(&format!("{head}3,4,{city},true"));
        assert_eq!(people.unwrap_or_else(|error| panic!("{city}: {error}")).len(), 2, "{city}");
    }
}

#[test]
fn a_file_without_rows_is_refused() {
    for text in ["", "\n", "age,children,city,member\n"] {
        assert_eq!(
            refused(text),
            "people.csv: holds no rows; nothing can be learned or measured from an empty set"
        );
    }
}

#[test]
fn broken_rows_are_skipped_and_counted() {
    let text = format!("{PEOPLE}x,0,Rome,true\n1,2\n9,1,Rome,true\n");
    let people = Csv::comma().skip_broken().read_bytes::<Person>("p", text.as_bytes()).unwrap();
    assert_eq!((people.len(), people.skipped().count()), (3, 2));
    assert_eq!(
        people.skipped().to_string(),
        "2 items skipped: p: line 4, column `age`: expected a number, found `x`; \
         p: line 5: expected 4 values, as in the first line, found 2"
    );
    assert_eq!(csv(PEOPLE).unwrap().skipped().to_string(), "nothing skipped");
    let broken = b"age,children,city,member\nx,y,z,w\n";
    let error = Csv::comma().skip_broken().read_bytes::<Person>("p", broken).unwrap_err();
    assert!(
        error.to_string().starts_with("no item of an epoch can be read: 1 item skipped: p: line 2")
    );
}

#[test]
fn lines_of_json_are_rows() {
    let text = "{\"age\": 31.5, \"children\": 2, \"city\": \"Rome\", \"member\": true}\n\n\
                {\"age\": null, \"children\": 0, \"city\": \"Oslo, east\", \"member\": false, \"x\": 1}\n";
    let people = JsonLines::new().read_bytes::<Person>("p.jsonl", text.as_bytes()).unwrap();
    assert_eq!(people.as_slice(), csv(PEOPLE).unwrap().as_slice());
    let lists = JsonLines::new().read_bytes::<[f32; 2]>("p.jsonl", b"[1, 2]\n[3, 4]").unwrap();
    let marked =
        JsonLines::new().read_bytes::<[f32; 2]>("p", "\u{feff}[1, 2]\r\n[3, 4]\r\n".as_bytes());
    assert_eq!(marked.unwrap(), lists, "a byte order mark, Windows line ends");
    assert_eq!(lists.as_slice(), [[1.0, 2.0], [3.0, 4.0]]);
}

#[test]
fn a_broken_line_of_json_is_named_with_its_field() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only read")]
    struct Nested {
        points: Vec<[f32; 2]>,
    }
    let refused = |line: &str| {
        let text = format!("{{\"points\": []}}\n{line}\n");
        JsonLines::new().read_bytes::<Nested>("p", text.as_bytes()).unwrap_err().to_string()
    };
    for (line, message) in [
        (
            "{\"points\": [[1, 2], [3, \"x\"]]}",
            "line 2, column `points[1][1]`: expected a number, found string \"x\"",
        ),
        (
            "{\"points\": [[1]]}",
            "line 2, column `points[0]`: expected an array of length 2, found invalid length 1",
        ),
        (
            "{}",
            "line 2: expected a field `points`, found none; check its name, or make it an `Option` if it may be missing",
        ),
        ("points", "line 2: expected JSON, found other text (expected value)"),
        ("{\"points\": [],", "line 2: expected JSON, found other text (EOF while parsing a value)"),
        ("{\"points\": []} {}", "line 2: expected one value in a line, found more after it"),
        (
            "{\"points\": ",
            "line 2, column `points`: expected JSON, found other text (EOF while parsing a value)",
        ),
    ] {
        assert_eq!(refused(line), format!("p: {message}"));
    }
    let deep = "[".repeat(100_000);
    assert!(refused(&deep).starts_with("p: line 2"), "no stack overflow");
    let skipping = JsonLines::new().skip_broken();
    let rows = skipping.read_bytes::<[f32; 1]>("p", b"[1]\n{}\n[2]\n[]").unwrap();
    assert_eq!((rows.as_slice().concat(), rows.skipped().count()), (vec![1.0, 2.0], 2));
    let empty = JsonLines::new().read_bytes::<[f32; 1]>("p", b"\n").unwrap_err().to_string();
    assert!(empty.starts_with("p: holds no rows"), "{empty}");
}

#[test]
fn any_bytes_give_rows_or_an_error() {
    // Single-byte damage everywhere.
    let json = br#"{"age": 1, "children": 2, "city": "Rome", "member": true}"#;
    for (whole, is_csv) in [(PEOPLE.as_bytes(), true), (&json[..], false)] {
        for place in 0..whole.len() {
            for value in [0, b'"', b',', b'\n', 0x80, 0xff] {
                let mut bytes = whole.to_vec();
                bytes[place] = value;
                let result = match is_csv {
                    true => Csv::comma().read_bytes::<Person>("damaged", &bytes),
                    false => JsonLines::new().read_bytes::<Person>("damaged", &bytes),
                };
                if let Err(error) = result {
                    assert!(error.to_string().starts_with("damaged: "), "{error}");
                }
            }
        }
    }
}
