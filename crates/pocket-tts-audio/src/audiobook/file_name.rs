//! Names of chapters' files that all file systems allow.

use super::info::{ChapterPlace, shortened};

/// Some encrypted file systems allow 143 bytes; the rest is for the number and the extension.
const MAX_TITLE_BYTES: usize = 120;
/// Numbers have two digits at least.
const LEAST_DIGITS: usize = 2;

/// `01 - Title.mp3`, or `01.mp3` for a title without any allowed character. Numbers have equally many digits, so that
/// names sort in order, and two names never differ in their titles only.
pub(super) fn chapter_file_name(place: ChapterPlace, title: &str, extension: &str) -> String {
    let ChapterPlace { number, count } = place;
    let digits = count.to_string().len().max(LEAST_DIGITS);
    let title = safe(title);
    if title.is_empty() {
        return format!("{number:0digits$}.{extension}");
    }
    format!("{number:0digits$} - {title}.{extension}")
}

/// The title without characters that a file system refuses or that can't be seen, and not too long.
fn safe(title: &str) -> String {
    let replaced = title.chars().filter_map(|letter| match letter {
        ':' | '/' | '\\' | '|' => Some('-'),
        '"' => Some('\''),
        other if is_left_out(other) => None,
        other if other.is_control() || other.is_whitespace() => Some(' '),
        other => Some(other),
    });
    let replaced: String = replaced.collect();
    let words = replaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    // Windows removes dots and spaces at the end of a name. The extension follows, but the title may be shown alone.
    shortened(&words, MAX_TITLE_BYTES).trim_end_matches(['.', ' ', '-']).to_owned()
}

/// Whether the letter is refused and has no substitute, or marks the direction of text or the order of bytes.
fn is_left_out(letter: char) -> bool {
    let is_mark =
        matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    is_mark || matches!(letter, '<' | '>' | '?' | '*' | '\u{200b}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: usize, count: usize, title: &str, extension: &str) -> String {
        chapter_file_name(ChapterPlace { number, count }, title, extension)
    }

    #[test]
    fn names_are_safe() {
        let cases = [
            ("The Start", "01 - The Start.mp3"),
            ("", "01.mp3"),
            ("  ...  ", "01.mp3"),
            ("CON", "01 - CON.mp3"),
            ("../../etc/passwd", "01 - ..-..-etc-passwd.mp3"),
            ("What? \"Yes\": <No>|*\\", "01 - What 'Yes'- No.mp3"),
            ("a\u{202e}b\n\tc\u{a0}d", "01 - ab c d.mp3"),
            ("第一章 🐉", "01 - 第一章 🐉.mp3"),
            ("End.", "01 - End.mp3"),
        ];
        for (title, expected) in cases {
            assert_eq!(name(1, 9, title, "mp3"), expected, "{title:?}");
        }
    }

    #[test]
    fn names_are_short_and_sort_in_order() {
        let long = name(1_000, 1_000, &"🐉".repeat(500), "flac");
        assert!(long.len() <= 143 && long.chars().filter(|letter| *letter == '🐉').count() == 30, "{long}");
        let mut names: Vec<_> = (1..=1_000).map(|number| name(number, 1_000, "", "wav")).collect();
        let in_order = names.clone();
        names.sort();
        assert_eq!(names, in_order);
        assert_eq!(names[0], "0001.wav");
    }
}
