//! Tells from a text what it is written in.

use super::input_format::InputFormat;

/// What a text is written in; [`InputFormat::Auto`] documents the rules.
pub(super) fn detect(text: &str) -> InputFormat {
    if is_html(text) {
        InputFormat::Html
    } else if Signs::of(text).kinds() >= 2 {
        InputFormat::Markdown
    } else {
        InputFormat::Text
    }
}

fn is_html(text: &str) -> bool {
    let mut start = text.trim_start_matches('\u{FEFF}').trim_start();
    if start.starts_with("<?xml") {
        start = start.split_once("?>").map_or("", |(_, rest)| rest.trim_start());
    }
    let begins = |with: &str| start.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    begins("<!doctype html") || begins("<html>") || begins("<html ")
}

/// How many lines of a text have each of the unmistakable signs of Markdown.
#[derive(Debug, Default)]
struct Signs {
    fences: usize,
    headings: usize,
    bold_lines: usize,
    links: usize,
    table_rules: usize,
    list_items: usize,
}

impl Signs {
    fn of(text: &str) -> Self {
        let mut signs = Self::default();
        for line in text.lines() {
            let line = line.trim_start();
            signs.fences += usize::from(line.starts_with("```") || line.starts_with("~~~"));
            signs.headings += usize::from(line.strip_prefix('#').is_some_and(|rest| {
                let rest = rest.trim_start_matches('#');
                line.len() - rest.len() <= 6 && rest.starts_with(' ')
            }));
            signs.bold_lines += usize::from(has_bold(line));
            signs.links += usize::from(line.contains("]("));
            signs.table_rules += usize::from(is_table_rule(line));
            let is_item =
                ["- ", "* ", "+ "].iter().any(|bullet| line.starts_with(bullet)) || is_numbered(line);
            signs.list_items += usize::from(is_item);
        }
        signs
    }

    fn kinds(&self) -> usize {
        let items = self.list_items / 2;
        let kinds = [self.fences, self.headings, self.bold_lines, self.links, self.table_rules, items];
        kinds.into_iter().filter(|count| *count > 0).count()
    }
}

/// Whether a line has `**words**`.
fn has_bold(line: &str) -> bool {
    line.split_once("**").is_some_and(|(_, rest)| {
        let is_word = |character: char| !character.is_whitespace() && character != '*';
        rest.starts_with(is_word)
            && rest.split_once("**").is_some_and(|(inside, _)| inside.ends_with(is_word))
    })
}

/// Whether a line is the one below a table's head.
fn is_table_rule(line: &str) -> bool {
    line.contains('|') && line.contains("--") && line.chars().all(|character| "|-: \t".contains(character))
}

fn is_numbered(line: &str) -> bool {
    let rest = line.trim_start_matches(|character: char| character.is_ascii_digit());
    rest.len() < line.len() && (rest.starts_with(". ") || rest.starts_with(") "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_html() {
        for text in [
            "<!DOCTYPE html>\n<p>",
            "\u{feff} <html lang=en>",
            "<HTML><body>",
            "<?xml version='1.0'?>\n<html xmlns='x'>",
        ] {
            assert_eq!(detect(text), InputFormat::Html, "{text}");
        }
    }

    #[test]
    fn several_signs_make_markdown() {
        for text in [
            "# Title\n\nSee [this](https://example.com).",
            "Use **bold** words:\n\n```rust\nfn main() {}\n```",
            "1. **One**\n2. Two",
            "## Table\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        ] {
            assert_eq!(detect(text), InputFormat::Markdown, "{text}");
        }
    }

    #[test]
    fn plain_text_stays_text() {
        for text in [
            "",
            "Hello, world.",
            "- Hello, he said.\n- Hello, she said.",
            "Issue #5 is 2 * 3 * 4, **really.",
            "# 1 in the charts",
            "if a <b and c> d",
            "<b>Not a page</b>",
            "a | b -- c",
        ] {
            assert_eq!(detect(text), InputFormat::Text, "{text}");
        }
    }
}
