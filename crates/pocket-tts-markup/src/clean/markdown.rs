//! Makes plain words of Markdown.

use std::ops::Range;

use pocket_tts_spans::MappedText;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::cleaning::Cleaning;
use super::html::HtmlReader;
use super::markdown_source::prepared;
use crate::composer::{Composer, Gap};
use crate::{emoji, marks};

/// GitHub's Markdown, with footnotes, front matter and attributes of headings.
const OPTIONS: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_FOOTNOTES)
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_HEADING_ATTRIBUTES)
    .union(Options::ENABLE_YAML_STYLE_METADATA_BLOCKS)
    .union(Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS)
    .union(Options::ENABLE_GFM);

pub(super) fn clean(original: &MappedText, cleaning: &Cleaning) -> MappedText {
    let source = prepared(original);
    let mut reader = MarkdownReader {
        source: &source,
        cleaning,
        composer: Composer::new(cleaning.keeps_emoji),
        html: HtmlReader::new(cleaning),
        html_block: MappedText::default(),
        skipped_depth: 0,
        lists: Vec::new(),
        is_after_line_end: false,
    };
    for (event, range) in Parser::new_ext(source.text(), OPTIONS).into_offset_iter() {
        reader.read(event, range);
    }
    reader.composer.take()
}

struct MarkdownReader<'a> {
    source: &'a MappedText,
    cleaning: &'a Cleaning,
    composer: Composer,
    html: HtmlReader<'a>,
    /// The block of HTML that is being read.
    html_block: MappedText,
    /// How many elements are open of which the outermost is left out.
    skipped_depth: usize,
    /// The number of the next item of each open list, if it has numbers.
    lists: Vec<Option<u64>>,
    /// Whether the text before ended with the end of a line.
    is_after_line_end: bool,
}

impl MarkdownReader<'_> {
    fn read(&mut self, event: Event<'_>, range: Range<usize>) {
        if self.skipped_depth > 0 {
            match event {
                Event::Start(_) => self.skipped_depth += 1,
                Event::End(_) => self.skipped_depth -= 1,
                _ => {}
            }
            return;
        }
        let was_line_end = std::mem::replace(&mut self.is_after_line_end, matches!(event, Event::SoftBreak));
        match event {
            Event::Start(tag) => self.start(&tag, &range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => {
                if was_line_end && !self.cleaning.keeps_emoji && emoji::len_at_start(&text) > 0 {
                    // Chat programs write lists with emoji in place of bullets.
                    self.composer.end_sentence();
                    self.composer.gap(Gap::Line);
                }
                self.text(&text, range);
            }
            Event::Code(text) => self.code(&text, range),
            Event::Html(_) => self.html_block.push(&self.source.slice(range)),
            Event::InlineHtml(_) => {
                let tag = self.source.slice(range);
                self.html.read(&tag, &mut self.composer);
            }
            Event::SoftBreak => self.composer.gap(Gap::Space),
            Event::HardBreak => self.composer.gap(Gap::Line),
            Event::Rule => self.composer.gap(Gap::Paragraph),
            Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: &Range<usize>) {
        match tag {
            Tag::CodeBlock(_) => {
                self.skipped_depth = 1;
                if !self.html.is_skipping() {
                    self.composer.gap(Gap::Paragraph);
                    self.composer
                        .push_words(&self.cleaning.words.code_block, self.source.source_of(range.clone()));
                    self.composer.gap(Gap::Paragraph);
                }
            }
            Tag::MetadataBlock(_) | Tag::FootnoteDefinition(_) => self.skipped_depth = 1,
            Tag::List(first) => {
                if !self.lists.is_empty() {
                    self.composer.end_sentence();
                }
                self.composer.gap(if self.lists.is_empty() { Gap::Paragraph } else { Gap::Line });
                self.lists.push(*first);
            }
            Tag::Item => self.item(range),
            // Before other blocks is a paragraph, except inside items.
            Tag::Heading { .. } | Tag::BlockQuote(_) | Tag::Table(_) => self.composer.gap(Gap::Line),
            _ => {}
        }
    }

    /// Says the number of an item.
    fn item(&mut self, range: &Range<usize>) {
        self.composer.gap(Gap::Line);
        let Some(Some(number)) = self.lists.last_mut() else { return };
        let said = format!("{number}:");
        *number = number.saturating_add(1);
        let sign = self.source.text()[range.clone()].find(char::is_whitespace).unwrap_or(range.len());
        self.composer.push_words(&said, self.source.source_of(range.start..range.start + sign));
        self.composer.gap(Gap::Space);
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::BlockQuote(_) | TagEnd::Table => self.composer.gap(Gap::Paragraph),
            TagEnd::Heading(_) => {
                self.composer.end_sentence();
                self.composer.gap(Gap::Paragraph);
            }
            TagEnd::HtmlBlock => {
                let block = std::mem::take(&mut self.html_block);
                self.composer.gap(Gap::Paragraph);
                self.html.read(&block, &mut self.composer);
                self.composer.gap(Gap::Paragraph);
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.composer.gap(if self.lists.is_empty() { Gap::Paragraph } else { Gap::Line });
            }
            TagEnd::Item | TagEnd::TableHead | TagEnd::TableRow => {
                self.composer.end_sentence();
                self.composer.gap(Gap::Line);
            }
            TagEnd::TableCell => self.composer.comma(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, range: Range<usize>) {
        if self.html.is_skipping() {
            return;
        }
        let source = self.source.text();
        let is_escaped = range.start > 0 && source.as_bytes()[range.start - 1] == b'\\';
        if is_escaped && self.cleaning.has_marks && marks::begins_with_mark(&source[range.start..]) {
            self.composer.push(&self.source.slice(range.start - 1..range.start));
        }
        if source.get(range.clone()) == Some(text) {
            self.composer.push(&self.source.slice(range));
        } else {
            self.composer.push_words(text, self.source.source_of(range));
        }
    }

    fn code(&mut self, text: &str, range: Range<usize>) {
        if self.html.is_skipping() {
            return;
        }
        let piece = self.code_text(text, range);
        self.composer.push_code(&piece, self.cleaning.has_marks);
    }

    /// The text of inline code, each word with its own place. Only white space and signs of quotations differ in the
    /// source.
    fn code_text(&self, text: &str, range: Range<usize>) -> MappedText {
        let mut piece = MappedText::default();
        let (mut done, mut at) = (0, range.start);
        for word in text.split_ascii_whitespace() {
            let start = done + text[done..].len() - text[done..].trim_ascii_start().len();
            let Some(found) = self.source.text()[at..range.end].find(word).map(|found| at + found) else {
                break;
            };
            piece.push_replacement(&text[done..start], self.source.source_of(at..found));
            piece.push(&self.source.slice(found..found + word.len()));
            (done, at) = (start + word.len(), found + word.len());
        }
        piece.push_replacement(&text[done..], self.source.source_of(at..range.end));
        piece
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        clean(&MappedText::new(text), &Cleaning::default()).text().to_owned()
    }

    #[test]
    fn blocks_become_paragraphs_and_sentences() {
        for (markdown, expected) in [
            ("# A\n\nb\nc\n\n## D!\n", "A.\n\nb c\n\nD!"),
            ("Title\n=====\ntext", "Title.\n\ntext"),
            ("Items:\n\n- a\n- b.\n  - c\n- d\n\nend", "Items:\n\na.\nb.\nc.\nd.\n\nend"),
            ("1. a\n2. b\n", "1: a.\n2: b."),
            ("3) a\n\n   more\n\n4) b\n", "3: a\n\nmore.\n\n4: b."),
            ("> a\n> b\n\n---\n\nc", "a b\n\nc"),
            ("- [x] done\n- [ ] to do", "done.\nto do."),
            ("a  \nb\\\nc", "a\nb\nc"),
            ("---\ntitle: x\n---\n\ntext", "text"),
            ("a[^1] b\n\n[^1]: note\n", "a b"),
            ("    code\n\ntext", "Code block.\n\ntext"),
            ("| A | B |\n|---|---|\n| 1 | |\n| ✅ | x. |", "A, B.\n1.\nx."),
        ] {
            assert_eq!(cleaned(markdown), expected, "{markdown}");
        }
    }

    #[test]
    fn inline_signs_are_left_out() {
        for (markdown, expected) in [
            ("*a* **b** ~~c~~ `d` __e__", "a b c d e"),
            ("[text](http://a.b \"title\") and [ref][r]\n\n[r]: http://c.d", "text and ref"),
            ("![a cat](cat.png) https://example.com <https://a.b>", "a cat https://example.com https://a.b"),
            ("a &amp; b &lt; c \\* d", "a & b < c * d"),
            ("a<br>b <kbd>Ctrl</kbd> <!-- no --> H<sub>2</sub>O", "a\nb Ctrl H2O"),
            ("<p align=\"center\"><img alt=\"Logo\" src=\"x\"></p>\n\ntext", "Logo\n\ntext"),
            ("<details>\n<summary>More</summary>\n\n**bold**\n\n</details>", "More.\n\nbold"),
            ("✅ fast\n✅ small\n🎉", "fast.\nsmall."),
        ] {
            assert_eq!(cleaned(markdown), expected, "{markdown}");
        }
    }

    #[test]
    fn marks_survive_and_code_holds_none() {
        for (markdown, expected) in [
            ("a [pause:1s] b", "a [pause:1s] b"),
            ("[voice:alba]: Hello", "[voice:alba] : Hello"),
            ("\\[pause] \\[sic]", "\\[pause] [sic]"),
            ("Write `[pause:x]`.", "Write \\[pause:x]."),
        ] {
            assert_eq!(cleaned(markdown), expected, "{markdown}");
        }
        let cleaning = Cleaning { has_marks: false, ..Cleaning::default() };
        let cleaned = clean(&MappedText::new("\\[pause] `[pause:x]`"), &cleaning);
        assert_eq!(cleaned.text(), "[pause] [pause:x]");
    }

    #[test]
    fn deep_containers_are_spoken() {
        let text = format!("{}a\n{}", ">".repeat(50_000), "b\n".repeat(25_000));
        assert!(cleaned(&text).starts_with("a b b"));
    }
}
