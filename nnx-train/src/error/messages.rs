//! Phrases for the messages of errors.

/// The first bytes of a file that isn't an IDX file.
pub(super) fn start(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "is empty".into();
    }
    let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("starts with {}", hex.join(" "))
}

/// The content of an IDX file with `rank` dimensions.
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

/// A list of names for a message, at most twenty of them.
pub(super) fn list(names: &[String]) -> String {
    const SHOWN: usize = 20;
    match names {
        [] => "no files".into(),
        names if names.len() <= SHOWN => names.join(", "),
        names => format!("{} and {} more", names[..SHOWN].join(", "), names.len() - SHOWN),
    }
}
