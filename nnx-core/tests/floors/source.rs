//! Sources as tokens: what a file names from the root, without comments, strings and tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Identifiers, `::` and single characters; no comments, strings, characters or lifetimes.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let after = &rest[word..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let (Some(hashes), "r" | "br" | "cr") = (raw_string(after), &rest[..word]) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = word + hashes + 1;
            rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
        } else if first == '"' {
            closed(rest, '"')
        } else if first == '\'' {
            // A character ends in a quote; a lifetime doesn't.
            let quoted = rest.len() > 2
                && (rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\''));
            if quoted { closed(rest, '\'') } else { 1 }
        } else {
            let length = if word > 0 {
                word
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.extend((!first.is_whitespace()).then(|| rest[..length].to_owned()));
            length
        };
        rest = &rest[length..];
    }
    tokens
}

/// The number of `#` if a raw string's quote follows.
fn raw_string(text: &str) -> Option<usize> {
    let quote = text.trim_start_matches('#');
    quote.starts_with('"').then(|| text.len() - quote.len())
}

/// How long a string or a character is, quotes included.
fn closed(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// The end of the item that begins at `start`: after the matching brace, or after a `;` before any brace.
fn item_end(tokens: &[String], start: usize) -> usize {
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().skip(start) {
        match token.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => return i + 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return i + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The tokens without items under `#[cfg(test)]` or `#[cfg(all(test, ..))]`, and the names of the files
/// that such an item declares.
pub(crate) fn without_tests(tokens: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut kept, mut files, mut i) = (Vec::new(), Vec::new(), 0);
    while i < tokens.len() {
        let attribute = tokens[i..].starts_with(&["#", "[", "cfg", "("].map(str::to_owned));
        let close = i + tokens[i..].iter().position(|token| token == "]").unwrap_or(0);
        if attribute && tokens[i..close].iter().any(|token| token == "test") {
            let end = item_end(tokens, close + 1);
            if let [keyword, name, semicolon] = &tokens[close + 1..end]
                && keyword == "mod"
                && semicolon == ";"
            {
                files.push(name.clone());
            }
            i = end;
        } else {
            kept.push(tokens[i].clone());
            i += 1;
        }
    }
    (kept, files)
}

/// What a file names from the root: the first parts of paths. `depth` is that of its module.
pub(crate) fn from_root(tokens: &[String], depth: usize) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // Closing braces of modules written inline.
    let mut inline = Vec::new();
    for i in 0..tokens.len() {
        inline.retain(|&end| i < end);
        if tokens[i] == "mod" && tokens.get(i + 2).is_some_and(|brace| brace == "{") {
            inline.push(item_end(tokens, i));
        }
        let at = |k: usize| tokens.get(i + k).map(String::as_str);
        let inside = i > 0 && tokens[i - 1] == "::";
        let start = match at(0) {
            Some("crate" | "nnx_core") if !inside && at(1) == Some("::") => 2,
            Some("super") if !inside => {
                let supers = (0..).take_while(|k| at(2 * k) == Some("super")).count();
                if supers < depth + inline.len() || at(2 * supers - 1) != Some("::") {
                    continue;
                }
                2 * supers
            }
            _ => continue,
        };
        if at(start) != Some("{") {
            names.extend(at(start).map(str::to_owned));
            continue;
        }
        let (mut nested, mut first) = (0, true);
        for token in &tokens[i + start..item_end(tokens, i + start)] {
            match token.as_str() {
                "{" => nested += 1,
                "}" => nested -= 1,
                "," if nested == 1 => first = true,
                name if first && nested == 1 => {
                    names.insert(name.to_owned());
                    first = false;
                }
                _ => {}
            }
        }
    }
    names
}

/// The source files: path below `src`, and tokens without tests.
pub(crate) fn sources() -> Vec<(String, Vec<String>)> {
    fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).expect("a directory of sources") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => collect(&path, files),
                false => files.push(path),
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut files, mut tests) = (Vec::new(), Vec::new());
    collect(&src, &mut files);
    let mut sources = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "rs")) {
        let text = fs::read_to_string(file).expect("a source in UTF-8");
        let (tokens, declared) = without_tests(&tokens(&text));
        let own = file.file_stem().is_some_and(|stem| stem == "mod" || stem == "lib");
        let below = if own { file.with_file_name("") } else { file.with_extension("") };
        tests.extend(declared.iter().map(|name| below.join(name)));
        sources.push((file, tokens));
    }
    sources.retain(|(file, _)| {
        !tests.iter().any(|test| file.starts_with(test) || file.with_extension("") == *test)
    });
    let name = |file: &Path| {
        file.strip_prefix(&src).expect("below src").to_string_lossy().replace('\\', "/")
    };
    sources.into_iter().map(|(file, tokens)| (name(file), tokens)).collect()
}
