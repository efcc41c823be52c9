//! Data that is made up from a seed: series, reviews, dates. Each item depends on the seed and its number alone.

use std::f32::consts::TAU;

use nnx_train::Random;

/// A short and a long wave with a trend and noise: 40 to 160 values.
pub(crate) fn series(seed: u64, index: u64) -> Vec<f32> {
    let mut random = Random::at(seed, 0, index);
    let [short, long] = [random.between(6.0, 12.0), random.between(20.0, 40.0)];
    let [phase, other] = [0; 2].map(|_| random.between(0.0, TAU));
    let (trend, share) = (random.between(-0.01, 0.01), random.between(0.2, 0.8));
    let length = 40 + random.below(121);
    let mut value = |t: f32| {
        let short = share * (TAU * t / short + phase).sin();
        let long = (1.0 - share) * (TAU * t / long + other).sin();
        short + long + trend * t + 0.05 * random.normal() as f32
    };
    (0..length).map(|t| value(t as f32)).collect()
}

/// A review of one to three statements, and its class: 0 if all are bad, 2 if all are good, otherwise 1.
pub(crate) fn review(seed: u64, index: u64) -> (String, usize) {
    const SUBJECTS: [&str; 10] = [
        "the food",
        "the service",
        "our room",
        "the view",
        "the music",
        "breakfast",
        "the staff",
        "the bed",
        "the garden",
        "the price",
    ];
    const GOOD: [&str; 8] =
        ["good", "lovely", "great", "friendly", "perfect", "charming", "a joy", "excellent"];
    const BAD: [&str; 8] =
        ["bad", "awful", "poor", "a mess", "terrible", "dull", "shabby", "disappointing"];
    // Words that invert the next word, and words that don't.
    const NOT: [&str; 4] = ["was not", "was never", "was anything but", "was hardly"];
    const IS: [&str; 5] = ["was", "was really", "was always", "was nothing but", "was so"];
    let mut random = Random::at(seed, 1, index);
    let mut one = |of: &[&'static str]| of[random.below(of.len())];
    let mut verdicts = Vec::new();
    let mut statement = || {
        let (is_good, is_negated) = (one(&["y", "n"]) == "y", one(&["y", "n", "n"]) == "y");
        verdicts.push(is_good != is_negated);
        let (verb, word) =
            (if is_negated { &NOT[..] } else { &IS }, if is_good { GOOD } else { BAD });
        format!("{} {} {}", one(&SUBJECTS), one(verb), one(&word))
    };
    let first = statement();
    let rest: Vec<String> = match index % 3 {
        0 => vec![],
        1 => vec![statement()],
        _ => vec![statement(), statement()],
    };
    let mut text = first;
    for statement in rest {
        text = format!("{text}{} {statement}", one(&[",", " and", " but", "."]));
    }
    let class = match verdicts.iter().filter(|is_good| **is_good).count() {
        0 => 0,
        good if good == verdicts.len() => 2,
        _ => 1,
    };
    (text, class)
}

/// The characters of dates. The first one, whose token is 0, isn't in any: it marks the start and the end of the
/// output.
pub(crate) const DATES: &str = "\n ',-./0123456789abcdefghijklmnopqrstuvwxyzADFJMNOS";

/// A date as somebody writes it, and by ISO 8601: `May 3, 98` and `1998-05-03`.
pub(crate) fn date(seed: u64, index: u64) -> (String, String) {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [usize; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut random = Random::at(seed, 2, index);
    let (year, month) = (1950 + random.below(100), random.below(12));
    let (day, name) = (1 + random.below(DAYS[month]), MONTHS[month]);
    let written = match random.below(6) {
        0 => format!("{day} {name} {year}"),
        1 => format!("{name} {day}, {year}"),
        2 => format!("{day}. {}. {year}", month + 1),
        3 => format!("the {day} of {name} in {year}"),
        4 => format!("{} {day}, '{:02}", &name[..3], year % 100),
        _ => format!("{year}/{}/{day}", month + 1),
    };
    (written, format!("{year}-{:02}-{day:02}", month + 1))
}
