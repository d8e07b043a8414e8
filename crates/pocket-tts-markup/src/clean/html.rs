//! Makes plain words of HTML.

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};
use pocket_tts_spans::MappedText;

use super::cleaning::Cleaning;
use super::html_tags::{HtmlMeaning, has_certain_end, html_meaning, is_note_class};
use super::html_text::mapped;
use crate::composer::{Composer, Gap};

pub(super) fn clean(original: &MappedText, cleaning: &Cleaning) -> MappedText {
    let mut composer = Composer::new(cleaning.keeps_emoji);
    HtmlReader::new(cleaning).read(original, &mut composer);
    composer.take()
}

/// Reads HTML, in one piece or in several.
#[derive(Debug)]
pub(super) struct HtmlReader<'a> {
    cleaning: &'a Cleaning,
    skipped: Option<Skipped>,
    lists: Vec<List>,
    /// How many elements of code are open.
    code_depth: usize,
    row: Option<Row>,
}

/// An element that is left out.
#[derive(Debug)]
struct Skipped {
    name: String,
    /// How many elements of this name are open.
    depth: usize,
}

/// An open list.
#[derive(Debug)]
struct List {
    /// The number of its next item.
    number: Option<i64>,
    has_item: bool,
}

/// An open row of a table.
#[derive(Debug)]
struct Row {
    has_cell: bool,
}

/// A start tag.
#[derive(Debug, Default)]
struct StartTag {
    name: String,
    attribute: String,
    alt: String,
    class: String,
    start: Option<i64>,
    is_hidden: bool,
    is_closed: bool,
}

impl StartTag {
    fn set_attribute(&mut self, value: &str) {
        match self.attribute.as_str() {
            "alt" => value.clone_into(&mut self.alt),
            "class" => value.clone_into(&mut self.class),
            "start" => self.start = value.trim().parse().ok(),
            _ => {}
        }
    }
}

impl<'a> HtmlReader<'a> {
    pub(super) fn new(cleaning: &'a Cleaning) -> Self {
        Self { cleaning, skipped: None, lists: Vec::new(), code_depth: 0, row: None }
    }

    /// Whether text is left out at present.
    pub(super) fn is_skipping(&self) -> bool {
        self.skipped.is_some()
    }

    /// Reads a piece of HTML.
    pub(super) fn read(&mut self, source: &MappedText, composer: &mut Composer) {
        let mut tag = StartTag::default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, span: Span<usize>| -> Option<()> {
            match event {
                CallbackEvent::OpenStartTag { name } => {
                    tag = StartTag { name: text(name), ..StartTag::default() }
                }
                CallbackEvent::AttributeName { name } => {
                    tag.attribute = text(name);
                    tag.is_hidden |= name == b"hidden";
                }
                CallbackEvent::AttributeValue { value } => tag.set_attribute(&text(value)),
                CallbackEvent::CloseStartTag { self_closing } => {
                    tag.is_closed = self_closing;
                    let at = source.source_of(span.start..span.end).end;
                    self.start(&tag, at, composer);
                }
                CallbackEvent::EndTag { name } => {
                    self.end(&text(name), composer);
                }
                CallbackEvent::String { value } if !self.is_skipping() => {
                    let piece = mapped(source, span.start..span.end, &text(value));
                    if self.code_depth > 0 {
                        composer.push_code(&piece, self.cleaning.has_marks);
                    } else {
                        composer.push(&piece);
                    }
                }
                _ => {}
            }
            None
        });
        emitter.naively_switch_states(true);
        Tokenizer::new_with_emitter(source.text(), emitter).for_each(drop);
    }

    fn start(&mut self, tag: &StartTag, at: usize, composer: &mut Composer) {
        if let Some(skipped) = &mut self.skipped {
            skipped.depth += usize::from(skipped.name == tag.name && !tag.is_closed);
            return;
        }
        let meaning = html_meaning(&tag.name);
        let is_left_out = meaning == HtmlMeaning::Skipped || tag.is_hidden || is_note_class(&tag.class);
        if meaning == HtmlMeaning::CodeBlock {
            composer.gap(Gap::Paragraph);
            composer.push_words(&self.cleaning.words.code_block, at..at);
            composer.gap(Gap::Paragraph);
        }
        if (is_left_out || meaning == HtmlMeaning::CodeBlock) && has_certain_end(&tag.name) {
            if !tag.is_closed {
                self.skipped = Some(Skipped { name: tag.name.clone(), depth: 1 });
            }
            return;
        }
        match meaning {
            HtmlMeaning::Block | HtmlMeaning::Heading | HtmlMeaning::Rule => composer.gap(Gap::Paragraph),
            HtmlMeaning::Line | HtmlMeaning::Break => composer.gap(Gap::Line),
            HtmlMeaning::List => self.start_list(tag, composer),
            HtmlMeaning::Item => self.start_item(at, composer),
            HtmlMeaning::Row => {
                self.end_row(composer);
                self.row = Some(Row { has_cell: false });
            }
            HtmlMeaning::Cell => self.start_cell(composer),
            HtmlMeaning::Image => composer.push_words(&tag.alt, at..at),
            HtmlMeaning::Code if !tag.is_closed => self.code_depth += 1,
            _ => {}
        }
    }

    fn start_list(&mut self, tag: &StartTag, composer: &mut Composer) {
        if self.lists.last().is_some_and(|list| list.has_item) {
            composer.end_sentence();
        }
        composer.gap(if self.lists.is_empty() { Gap::Paragraph } else { Gap::Line });
        let number = (tag.name == "ol").then(|| tag.start.unwrap_or(1));
        self.lists.push(List { number, has_item: false });
    }

    fn start_item(&mut self, at: usize, composer: &mut Composer) {
        if let Some(list) = self.lists.last_mut() {
            if list.has_item {
                composer.end_sentence();
            }
            list.has_item = true;
            composer.gap(Gap::Line);
            if let Some(number) = &mut list.number {
                composer.push_words(&format!("{number}:"), at..at);
                composer.gap(Gap::Space);
                *number = number.saturating_add(1);
            }
        } else {
            composer.gap(Gap::Line);
        }
    }

    fn start_cell(&mut self, composer: &mut Composer) {
        if let Some(row) = &mut self.row {
            if row.has_cell {
                composer.comma();
            }
            row.has_cell = true;
        }
        composer.gap(Gap::Space);
    }

    fn end_row(&mut self, composer: &mut Composer) {
        if self.row.take().is_some_and(|row| row.has_cell) {
            composer.end_sentence();
        }
        composer.gap(Gap::Line);
    }

    fn end(&mut self, name: &str, composer: &mut Composer) {
        if let Some(skipped) = &mut self.skipped {
            skipped.depth -= usize::from(skipped.name == name);
            if skipped.depth == 0 {
                self.skipped = None;
            }
            return;
        }
        match html_meaning(name) {
            HtmlMeaning::Block => {
                if name == "table" {
                    self.end_row(composer);
                }
                composer.gap(Gap::Paragraph);
            }
            HtmlMeaning::Heading => {
                composer.end_sentence();
                composer.gap(Gap::Paragraph);
            }
            HtmlMeaning::Line | HtmlMeaning::Item => {
                composer.end_sentence();
                composer.gap(Gap::Line);
            }
            HtmlMeaning::List => {
                if self.lists.pop().is_some_and(|list| list.has_item) {
                    composer.end_sentence();
                }
                composer.gap(if self.lists.is_empty() { Gap::Paragraph } else { Gap::Line });
            }
            HtmlMeaning::Row => self.end_row(composer),
            HtmlMeaning::Code => self.code_depth = self.code_depth.saturating_sub(1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        clean(&MappedText::new(text), &Cleaning::default()).text().to_owned()
    }

    #[test]
    fn pages_become_paragraphs_and_sentences() {
        for (html, expected) in [
            (
                "<!doctype html><html><head><title>T</title><style>p{}</style></head><body><h1>A</h1><p>b\n c<p>d",
                "A.\n\nb c\n\nd",
            ),
            ("<ul><li>a<li>b!</ul><ol start=3><li>c</li><li>d</li></ol>e", "a.\nb!\n\n3: c.\n4: d.\n\ne"),
            ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "a.\nb.\nc."),
            ("<table><tr><th>A<th>B<tr><td>1</td><td></td><td>3</td></tr></table>x", "A, B.\n1, 3.\n\nx"),
            ("a<br>b<hr>c &amp; d&nbsp;e &copy;", "a\nb\n\nc & d\u{a0}e ©"),
            ("a<!-- no --> <script>var x = '<p>no</p>';</script>b", "a b"),
            (
                "<p>x<img src=a alt='a cat'> y</p><pre><code>no\n</code></pre>z",
                "xa cat y\n\nCode block.\n\nz",
            ),
            ("<div hidden>no <div>no</div></div>yes<sup class=\"reference\">[1]</sup>.", "yes."),
            ("<svg><text>no</text></svg>a<ruby>漢<rp>(</rp><rt>kan</rt></ruby>", "a漢"),
            ("<code>[pause:x]</code> [pause]", "\\[pause:x] [pause]"),
            ("a < b && c <3", "a < b && c <3"),
        ] {
            assert_eq!(cleaned(html), expected, "{html}");
        }
    }
}
