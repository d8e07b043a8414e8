//! Suggests a known name for a mistyped one.

/// Returns the advice that follows an unknown name: the closest known one, or else all of them.
///
/// `what` names the list, as in "known settings are". All names have the prefix, which does not count for the distance.
pub(crate) fn advice(name: &str, known: &[String], what: &str, prefix: &str) -> String {
    match closest(name, known, prefix) {
        Some(closest) => format!("did you mean `{closest}`?"),
        None => format!("known {what} are {}", known.join(", ")),
    }
}

/// The known name with the fewest edits, if they are few enough for a typing mistake.
fn closest<'a>(name: &str, known: &'a [String], prefix: &str) -> Option<&'a str> {
    let letters = |name: &str| name.strip_prefix(prefix).unwrap_or(name).to_lowercase();
    let name = letters(name);
    let allowed = (name.chars().count() / 4).max(1);
    let distances = known.iter().map(|known| (strsim::osa_distance(&name, &letters(known)), known));
    let close = distances.filter(|(distance, _)| *distance <= allowed);
    close.min_by_key(|(distance, _)| *distance).map(|(_, known)| known.as_str())
}

#[cfg(test)]
mod tests {
    use super::advice;

    #[test]
    fn a_typing_mistake_is_corrected_and_anything_else_gets_the_list() {
        let known = ["port".to_owned(), "max_streams".to_owned()];
        assert_eq!(advice("prot", &known, "settings", ""), "did you mean `port`?");
        assert_eq!(advice("Max_stream", &known, "settings", ""), "did you mean `max_streams`?");
        assert_eq!(advice("pitch", &known, "settings", ""), "known settings are port, max_streams");
        let known = ["PREFIX_VOICE".to_owned()];
        assert_eq!(
            advice("PREFIX_PITCH", &known, "variables", "PREFIX_"),
            "known variables are PREFIX_VOICE"
        );
    }
}
