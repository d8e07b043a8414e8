//! The names of outputs: paths below the folder, and nowhere else on any system.

use std::path::Path;

use pocket_tts_audio::AudioFormat;

use crate::exit::Failure;

/// Digits of the name of a line without one. Fixed, so that a manifest that grows keeps its names.
const DIGITS: usize = 6;
/// The longest name of a file or folder, in bytes: the limit of most file systems, with room for an extension.
const MAX_PART_BYTES: usize = 240;
/// The longest name as a whole, in bytes.
const MAX_NAME_BYTES: usize = 1_024;

/// The name of a line without one.
pub(super) fn of_number(number: u64) -> String {
    format!("{number:0DIGITS$}")
}

/// Checks that a name stays below the folder, and that every system can have a file of that name.
pub(super) fn check(name: &str) -> Result<(), Failure> {
    let problem = if name.len() > MAX_NAME_BYTES {
        Some(format!("it is longer than {MAX_NAME_BYTES} bytes"))
    } else {
        name.split('/').find_map(problem_of_part)
    };
    match problem {
        None => Ok(()),
        Some(problem) => Err(Failure::Usage(format!(
            "`{name}` can't be the name of an output: {problem}; use letters, digits, - and _, and / between folders"
        ))),
    }
}

fn problem_of_part(part: &str) -> Option<String> {
    let forbidden = |letter: &char| letter.is_control() || "\\:*?\"<>|".contains(*letter);
    if part.is_empty() {
        return Some("it is empty, begins or ends with / or has // in it".to_owned());
    }
    if part.starts_with('.') {
        return Some("no file or folder in it may begin with a dot".to_owned());
    }
    if part.ends_with(['.', ' ']) {
        return Some("no file or folder in it may end with a dot or a blank".to_owned());
    }
    if part.len() > MAX_PART_BYTES {
        return Some(format!("a file or folder in it is longer than {MAX_PART_BYTES} bytes"));
    }
    part.chars().find(forbidden).map(|letter| format!("it may not contain {letter:?}"))
}

/// The name with an extension: its own if that is one of audio, or else the usual one of the format.
pub(super) fn with_extension(name: &str, format: Option<AudioFormat>) -> String {
    if AudioFormat::of_path(Path::new(name)).is_some() {
        return name.to_owned();
    }
    format!("{name}.{}", format.unwrap_or(AudioFormat::Wav).extensions()[0])
}

/// The same text for all names that are one file. Some systems don't tell capital letters from others.
pub(super) fn identity(name: &str) -> String {
    if cfg!(any(windows, target_os = "macos")) { name.to_lowercase() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_below_the_folder() {
        for name in ["a", "a.wav", "v1.2", "chapter 1/007", "\u{e9}\u{4e2d}", "-x", "a/b/c.mp3"] {
            assert!(check(name).is_ok(), "{name}");
        }
        let long = "a".repeat(241);
        for name in [
            "", "/a", "../a", "a/../b", "./a", "a//b", "a/", ".hidden", "a/.b", "a.", "a ", "c:a", "a\\b",
            "a\nb", &long,
        ] {
            let failure = check(name).unwrap_err().to_string();
            assert!(failure.contains("can't be the name of an output"), "{name}: {failure}");
        }
        assert!(check(&"a/".repeat(600)).is_err());
    }

    #[test]
    fn the_extension_is_the_name_s_own_or_the_usual_one() {
        assert_eq!(with_extension("a.MP3", Some(AudioFormat::Wav)), "a.MP3");
        assert_eq!(with_extension("v1.2", Some(AudioFormat::Opus)), "v1.2.opus");
        assert_eq!(with_extension(&of_number(7), None), "000007.wav");
    }
}
