//! Writes two tables: `Group<0>` to `Group<999>` with their binary naturals, and the names `U0` to `U999`.
use std::{env, fmt::Write, fs, path::Path};

fn main() {
    let mut groups = String::new();
    let mut names = String::new();
    for n in 0..1000 {
        let nat = match n {
            0 => "UTerm".to_owned(),
            _ => format!("UInt<<Group<{}> as Digits>::Nat, B{}>", n / 2, n % 2),
        };
        let (zero, one) = (u8::from(n == 0), u8::from(n == 1));
        // A group doubled, and doubled plus one: the three digits that stay and the one that carries.
        let (even, odd) = (2 * n, 2 * n + 1);
        writeln!(
            groups,
            "group!({n}, {nat}, B{zero}, B{one}, {}, B{}, {}, B{});",
            even % 1000,
            even / 1000,
            odd % 1000,
            odd / 1000,
        )
        .expect("writing to a string can't fail");
        writeln!(names, "/// The size {n}.\npub type U{n} = Const<{n}>;")
            .expect("writing to a string can't fail");
    }
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    for (file, text) in [("groups.rs", groups), ("names.rs", names)] {
        fs::write(Path::new(&out).join(file), text).expect("OUT_DIR is writable");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
