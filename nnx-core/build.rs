//! Writes four tables of Rust code for `size`: the arithmetic of two decimal digits (sums, differences,
//! products); the division of a number by one digit; the digits of `Group<0>` to `Group<999>`; and the names
//! `U0` to `U999`.
use std::{env, fmt::Write, fs, path::Path};

fn main() {
    let mut groups = String::new();
    let mut names = String::new();
    for n in 0..1000 {
        let (hundreds, tens, ones) = (n / 100, n / 10 % 10, n % 10);
        let (zero, one, divisor) = (u8::from(n == 0), u8::from(n == 1), divisor(n));
        writeln!(
            groups,
            "group!({n}, D{hundreds}, D{tens}, D{ones}, Bit{zero}, Bit{one}, {divisor});"
        )
        .expect("writing to a string can't fail");
        writeln!(names, "/// The size {n}.\npub type U{n} = Const<{n}>;")
            .expect("writing to a string can't fail");
    }
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    let tables = [
        ("groups.rs", groups),
        ("names.rs", names),
        ("digits.rs", digits()),
        (
            "short.rs",
            divisions().map(|(d, r)| format!("state!({d} {r} Cut{d}{r} Left{d}{r});\n")).collect(),
        ),
    ];
    for (file, text) in tables {
        fs::write(Path::new(&out).join(file), text).expect("OUT_DIR is writable");
    }
    println!("cargo::rerun-if-changed=build.rs");
}

/// Each one-digit divisor, with each remainder that it can have.
fn divisions() -> impl Iterator<Item = (u32, u32)> {
    (1..10).flat_map(|divisor| (0..divisor).map(move |left| (divisor, left)))
}

/// The type that divides by a number: `ByZero` for 0; `Short`, in one pass over the digits, if the number is a
/// product of one-digit numbers; otherwise `Long`.
fn divisor(number: u32) -> String {
    if number == 0 {
        return "ByZero".to_owned();
    }
    let mut left = number;
    let mut passes = Vec::new();
    for digit in (2..10).rev() {
        while left.is_multiple_of(digit) {
            left /= digit;
            passes.push(format!("By<{digit}, 0>"));
        }
    }
    if left > 1 {
        return "Long<<Self as Digits>::Behind<Z>>".to_owned();
    }
    let pass = passes.into_iter().reduce(|pass, digit| format!("Both<{pass}, {digit}>"));
    format!("Short<{}>", pass.unwrap_or_else(|| "By<1, 0>".to_owned()))
}

/// The trait `Digit` and its ten implementations. An operation on two digits matches on the left digit first,
/// and then calls an associated type of the right digit: `D7::Add<D8, C>` is `D8::Add7<C>`.
fn digits() -> String {
    let mut code = String::from(
        "/// A decimal digit.\npub trait Digit: 'static {\n\
         /// The digit as a value.\nconst DIGIT: usize;\n\
         /// `10 U + self`, without a leading zero.\ntype Append<U: Nat>: Nat;\n\
         /// The group of the digits `X`, `Y` and self.\ntype Behind<X: Digit, Y: Digit>: Digits;\n",
    );
    for (name, arguments, kind) in OPERATIONS {
        let bounds = arguments.replace('C', ", C: Bit");
        writeln!(
            code,
            "/// See `OPERATIONS` in `build.rs`.\ntype {name}<R: Digit{bounds}>: {kind};"
        )
        .expect("writing to a string can't fail");
        for left in 0..10 {
            let bounds = arguments.replace('C', "<C: Bit>");
            writeln!(
                code,
                "/// The same with {left} on the left.\ntype {name}{left}{bounds}: {kind};"
            )
            .expect("writing to a string can't fail");
        }
    }
    for tens in 0..100 {
        if tens < 10 {
            code += &format!(
                "/// Row {tens} of the table of `Behind`.\ntype Tens{tens}<X: Digit>: Digits;\n"
            );
        }
        code += &format!("/// Entry {tens} of the table of `Behind`.\ntype Group{tens}: Digits;\n");
    }
    for (divisor, left) in divisions() {
        code += &format!(
            "/// The next digit of the quotient by {divisor}, where the remainder so far is {left} and this is the next\n\
             /// digit of the dividend.\ntype Cut{divisor}{left}: Digit;\n\
             /// The state of that division after the digit.\ntype Left{divisor}{left}: DivisionState;\n"
        );
    }
    code += "}\n";
    for digit in 0..10_i32 {
        let append = if digit == 0 { "U::Ten".to_owned() } else { format!("N<U, D{digit}>") };
        code += &format!(
            "/// The digit {digit}.\n#[derive(Debug)]\npub struct D{digit};\n\
             #[diagnostic::do_not_recommend]\nimpl Digit for D{digit} {{\n\
             const DIGIT: usize = {digit};\ntype Append<U: Nat> = {append};\n\
             type Behind<X: Digit, Y: Digit> = Y::Tens{digit}<X>;\n"
        );
        for (name, arguments, _) in OPERATIONS {
            let bounds = arguments.replace('C', ", C: Bit");
            let given = arguments.replace('C', "<C>");
            code += &format!("type {name}<R: Digit{bounds}> = R::{name}{digit}{given};\n");
            for left in 0..10 {
                let bounds = arguments.replace('C', "<C: Bit>");
                code += &format!("type {name}{left}{bounds} = {};\n", entry(name, left, digit));
            }
        }
        for ones in 0..10 {
            code += &format!("type Tens{ones}<X: Digit> = X::Group{digit}{ones};\n")
                .replace("Group0", "Group");
        }
        for (divisor, left) in divisions() {
            let number = 10 * left + digit.unsigned_abs();
            code += &format!(
                "type Cut{divisor}{left} = D{};\ntype Left{divisor}{left} = By<{divisor}, {}>;\n",
                number / divisor,
                number % divisor
            );
        }
        for rest in 0..100 {
            code += &format!("type Group{rest} = Group<{}>;\n", 100 * digit + rest);
        }
        code += "}\n";
    }
    code
}

/// Name, bound of the parameter `C`, and kind of result. `Add` and `Carry` are the digit and the carry of
/// `left + right + C`. `Sub` and `Borrow` are the digit and the borrow of `left - right - C`. `Low` and `High`
/// are the two digits of `left * right`.
const OPERATIONS: [(&str, &str, &str); 6] = [
    ("Add", "C", "Digit"),
    ("Carry", "C", "Bit"),
    ("Sub", "C", "Digit"),
    ("Borrow", "C", "Bit"),
    ("Low", "", "Digit"),
    ("High", "", "Digit"),
];

fn entry(operation: &str, left: i32, right: i32) -> String {
    let digit = |n: i32| format!("D{}", n.rem_euclid(10));
    let chosen =
        |with: i32, without: i32| format!("C::IfDigit<{}, {}>", digit(with), digit(without));
    let bit = |with: bool, without: bool| match (with, without) {
        (true, true) => "Bit1".to_owned(),
        (false, false) => "Bit0".to_owned(),
        _ => "C".to_owned(),
    };
    let (sum, difference, product) = (left + right, left - right, left * right);
    match operation {
        "Add" => chosen(sum + 1, sum),
        "Carry" => bit(sum + 1 > 9, sum > 9),
        "Sub" => chosen(difference - 1, difference),
        "Borrow" => bit(difference - 1 < 0, difference < 0),
        "Low" => digit(product),
        _ => digit(product / 10),
    }
}
