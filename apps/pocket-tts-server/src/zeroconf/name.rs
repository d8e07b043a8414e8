//! The name under which the network sees the Wyoming port.

/// Longest name: a DNS label has at most 63 bytes, and a name in use gets ` (2)` or more appended.
pub(crate) const MAX_NAME_BYTES: usize = 58;
/// The name without the machine's.
const PROGRAM: &str = "Pocket TTS";

/// What is wrong with a name, if anything is.
pub(crate) fn problem_of_name(name: &str) -> Option<String> {
    let is_plain = !name.chars().any(|character| character.is_control() || matches!(character, '.' | '\\'));
    (!is_plain || name.is_empty() || name.len() > MAX_NAME_BYTES).then(|| {
        format!(
            "it must be a name of 1 to {MAX_NAME_BYTES} bytes without `.`, `\\` and control characters, or true for \
             one made of this machine's name, or false"
        )
    })
}

/// The default name. It contains the machine's, so that servers on two machines have two names.
pub(crate) fn default_name() -> String {
    name_on(&gethostname::gethostname().to_string_lossy())
}

fn name_on(machine: &str) -> String {
    let machine = machine.split('.').next().unwrap_or_default();
    let mut name = format!("{PROGRAM} on ");
    for character in machine.chars().filter(|character| !character.is_control() && *character != '\\') {
        if name.len() + character.len_utf8() <= MAX_NAME_BYTES {
            name.push(character);
        }
    }
    if machine.is_empty() || machine == "localhost" { PROGRAM.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_the_machine_s_and_always_allowed() {
        assert_eq!(name_on("kitchen.example.org"), "Pocket TTS on kitchen");
        assert_eq!((name_on(""), name_on("localhost.localdomain")), (PROGRAM.to_owned(), PROGRAM.to_owned()));
        for machine in ["a\\b\n", &"long".repeat(30), &"ä".repeat(60), "Küche"] {
            assert_eq!(problem_of_name(&name_on(machine)), None, "{machine}");
        }
        assert_eq!(problem_of_name(&default_name()), None);
        assert_eq!(problem_of_name("Küche (oben)"), None);
        for wrong in ["", "a.b", "a\\b", "a\nb", &"n".repeat(59)] {
            assert!(problem_of_name(wrong).unwrap().contains("1 to 58 bytes"), "{wrong}");
        }
    }
}
