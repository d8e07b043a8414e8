//! Values as people write them in arguments and variables. It must not know which setting they are for.

/// A number; which ones make sense is decided where it is used.
pub(crate) fn number(text: &str) -> Result<f32, String> {
    text.trim().parse().map_err(|_| "it must be a number".to_owned())
}

/// A whole number that is no count of anything, such as a seed.
pub(crate) fn whole_number(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| format!("it must be a whole number from 0 to {}", u64::MAX))
}

/// A number of things.
pub(crate) fn count(text: &str) -> Result<usize, String> {
    text.trim().parse().map_err(|_| "it must be a whole number of 0 or more".to_owned())
}

/// A switch.
pub(crate) fn switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it must be 1, true, yes or on, or else 0, false, no or off".to_owned()),
    }
}
