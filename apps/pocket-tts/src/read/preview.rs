//! The list of a book's chapters.

use serde_json::json;

use super::outcome::left_out;
use super::selection::Selected;
use super::source::Source;
use crate::exit::Failure;
use crate::standard_output;

/// Characters of text that are spoken in a second, with their spaces, about.
const CHARACTERS_PER_SECOND: f64 = 14.0;
/// Columns of a title.
const TITLE_WIDTH: usize = 48;

/// Prints the chapters with their lengths, and what is left out.
pub(super) fn print(
    book: &Source,
    chapters: &[Selected<'_>],
    speed: f64,
    as_json: bool,
) -> Result<(), Failure> {
    let text = if as_json {
        format!("{}\n", to_json(book, chapters, speed))
    } else {
        to_text(book, chapters, speed)
    };
    standard_output::print(&text)
}

fn seconds(characters: usize, speed: f64) -> f64 {
    characters as f64 / CHARACTERS_PER_SECOND / speed
}

/// A duration as hours, minutes and seconds.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

fn totals(chapters: &[Selected<'_>]) -> (usize, usize) {
    let count = |(words, characters): (usize, usize), selected: &Selected<'_>| {
        (words + selected.chapter.words(), characters + selected.chapter.characters())
    };
    chapters.iter().fold((0, 0), count)
}

fn to_text(book: &Source, chapters: &[Selected<'_>], speed: f64) -> String {
    let author = book.info.author.as_ref().map(|author| format!(" by {author}")).unwrap_or_default();
    let mut text = format!("{}{author}\n\n", book.info.title);
    let mut row = |number: &str, title: &str, words: usize, characters: usize| {
        let mut title: String = title.chars().take(TITLE_WIDTH + 1).collect();
        if title.chars().count() > TITLE_WIDTH {
            title.pop();
            title.pop();
            title.push('…');
        }
        let length = clock(seconds(characters, speed));
        let unit = if words == 1 { "word" } else { "words" };
        text.extend([format!("{number:>4}  {title:<TITLE_WIDTH$}  {words:>7} {unit:<5}  {length:>10}\n")]);
    };
    for Selected { number, chapter } in chapters {
        row(&number.to_string(), &chapter.title, chapter.words(), chapter.characters());
    }
    let (words, characters) = totals(chapters);
    row("", "all, with an estimate of the length", words, characters);
    if let Some(left_out) = left_out(&book.left_out) {
        let place = if chapters.len() < book.chapters.len() { " in the whole book" } else { "" };
        text.extend([format!("\nLeft out{place}: {left_out}.\n")]);
    }
    text
}

fn to_json(book: &Source, chapters: &[Selected<'_>], speed: f64) -> serde_json::Value {
    let rounded = |characters| seconds(characters, speed).round();
    let chapter = |Selected { number, chapter }: &Selected<'_>| {
        json!({
            "number": number,
            "title": chapter.title,
            "words": chapter.words(),
            "estimated_seconds": rounded(chapter.characters()),
        })
    };
    let (words, characters) = totals(chapters);
    json!({
        "title": book.info.title,
        "author": book.info.author,
        "language": book.info.language,
        "year": book.info.year,
        "has_cover": book.info.cover.is_some(),
        "chapters": chapters.iter().map(chapter).collect::<Vec<_>>(),
        "words": words,
        "estimated_seconds": rounded(characters),
        "left_out": {
            "notes": book.left_out.notes,
            "tables": book.left_out.tables,
            "code_blocks": book.left_out.code_blocks,
            "images": book.left_out.images,
            "sections": book.left_out.sections,
            "missing_pages": book.left_out.missing_pages,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_on_a_clock() {
        for (seconds, expected) in
            [(0.4, "0:00"), (71.0, "1:11"), (3_599.6, "1:00:00"), (36_061.0, "10:01:01")]
        {
            assert_eq!(clock(seconds), expected);
        }
    }
}
