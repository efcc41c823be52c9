//! Findings in words, for the messages.

/// How a file of the wrong kind begins.
pub(super) fn start(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "is empty".into();
    }
    let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("starts with {}", hex.join(" "))
}

/// What an IDX file of so many dimensions is used for.
pub(super) fn content(rank: u8) -> String {
    match rank {
        1 => "labels".into(),
        3 => "images".into(),
        _ => format!("an array of {rank} dimensions"),
    }
}

/// The element types of the IDX format.
pub(super) fn element(code: u8) -> &'static str {
    match code {
        0x09 => "signed bytes",
        0x0b => "16-bit integers",
        0x0c => "32-bit integers",
        0x0d => "32-bit floats",
        0x0e => "64-bit floats",
        _ => "values of an unknown type",
    }
}

/// Names for a message; the first twenty will do to recognise a directory.
pub(super) fn list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    match names {
        [] => "no files".into(),
        names if names.len() <= SHOWN => names.join(", "),
        names => format!("{} and {} more", names[..SHOWN].join(", "), names.len() - SHOWN),
    }
}
