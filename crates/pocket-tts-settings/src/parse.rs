//! Parses values as people write them in arguments and variables.
//!
//! An error says what the value must be.

/// Messages of the standard library about numbers, and what to say instead.
const NUMBER_ERRORS: [(&str, &str); 5] = [
    ("invalid digit found in string", "it must be a whole number"),
    ("cannot parse integer from empty string", "it must be a whole number"),
    ("cannot parse float from empty string", "it must be a number"),
    ("invalid float literal", "it must be a number"),
    ("number too large to fit in target type", "it must be a smaller number"),
];

/// Replaces a message of the standard library about numbers at the end of a text by plain words.
pub fn in_plain_words(text: &str) -> String {
    let found = NUMBER_ERRORS.into_iter().find_map(|(theirs, ours)| Some((text.strip_suffix(theirs)?, ours)));
    found.map_or_else(|| text.to_owned(), |(beginning, ours)| format!("{beginning}{ours}"))
}

/// Parses a number. The caller checks its range.
///
/// # Errors
///
/// If the text is not a number.
pub fn number(text: &str) -> Result<f32, String> {
    text.trim().parse().map_err(|_| "it must be a number".to_owned())
}

/// Parses a whole number that does not count anything, such as a seed.
///
/// # Errors
///
/// If the text is not a whole number of 64 bits.
pub fn whole_number(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| format!("it must be a whole number from 0 to {}", u64::MAX))
}

/// Parses a count.
///
/// # Errors
///
/// If the text is not a whole number of 0 or more.
pub fn count(text: &str) -> Result<usize, String> {
    text.trim().parse().map_err(|_| "it must be a whole number of 0 or more".to_owned())
}

/// Parses a switch.
///
/// # Errors
///
/// If the text is none of the words for on and off.
pub fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it must be 1, true, yes or on, or else 0, false, no or off".to_owned()),
    }
}
