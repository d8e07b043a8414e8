//! Reads SSML into a script.

use std::ops::Range;

use pocket_tts_spans::MappedText;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::attributes::{ENTITIES_HELP, Tag};
use super::element::Element;
use super::xml_errors::xml_fault;
use crate::builder::ScriptBuilder;
use crate::composer::Gap;
use crate::error::{Fault, shown};
use crate::limits::Budget;
use crate::marks::{Mark, next_mark};
use crate::script::{HintKind, Style};

/// Whether a text is SSML: `<speak` comes first, apart from white space, comments and what XML allows before it.
pub fn is_ssml(text: &str) -> bool {
    let mut rest = text.trim_start_matches('\u{FEFF}').trim_start();
    loop {
        if let Some(after) = rest.strip_prefix("<speak") {
            return after.starts_with(|next: char| next.is_whitespace() || next == '>' || next == '/');
        }
        let end = if rest.starts_with("<?xml") {
            "?>"
        } else if rest.starts_with("<!--") {
            "-->"
        } else if rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype")) {
            // Only one of SSML: a document type declares the root element.
            let name = rest[9..].trim_start();
            return name.strip_prefix("speak").is_some_and(|after| !after.starts_with(char::is_alphanumeric));
        } else {
            return false;
        };
        let Some(at) = rest.find(end) else { return false };
        rest = rest[at + end.len()..].trim_start();
    }
}

/// Reads SSML.
pub(crate) fn read(text: &MappedText, builder: &mut ScriptBuilder, budget: &mut Budget) -> Result<(), Fault> {
    SsmlReader { text, builder, budget, open: Vec::new(), is_over: false }.read()
}

/// An element that is open.
struct Open {
    element: Element,
    offset: usize,
    /// The style around it.
    style: Style,
    /// Where its text begins: in the speech for `say-as`, in the SSML for `sub`.
    start: usize,
}

struct SsmlReader<'a> {
    text: &'a MappedText,
    builder: &'a mut ScriptBuilder,
    budget: &'a mut Budget,
    /// From the root inwards.
    open: Vec<Open>,
    /// Whether the root is closed.
    is_over: bool,
}

impl SsmlReader<'_> {
    fn read(mut self) -> Result<(), Fault> {
        let whole = self.text.text();
        let base = whole.len() - whole.trim_start_matches('\u{FEFF}').len();
        let mut reader = Reader::from_str(&whole[base..]);
        loop {
            let start = base + reader.buffer_position() as usize;
            let event = reader.read_event();
            let event = event.map_err(|error| xml_fault(base + reader.error_position() as usize, &error))?;
            let range = start..base + reader.buffer_position() as usize;
            match event {
                Event::Start(tag) => self.start(&range, &tag)?,
                Event::Empty(tag) => {
                    self.start(&range, &tag)?;
                    self.end(range.end);
                }
                Event::End(_) => self.end(range.start),
                Event::Text(_) => self.text(range)?,
                Event::CData(_) => {
                    // Without `<![CDATA[` and `]]>`.
                    let inside = range.start + 9..range.end.saturating_sub(3).max(range.start + 9);
                    self.words(&inside, &self.text.slice(inside.clone()))?;
                }
                Event::GeneralRef(reference) => self.reference(&range, &reference)?,
                Event::Comment(_) => {}
                Event::Decl(_) if self.open.is_empty() && !self.is_over => {}
                Event::Decl(_) | Event::PI(_) => {
                    let help = "remove everything from <? to ?>";
                    return Err(Fault::new(range.start, "processing instructions are not supported", help));
                }
                Event::DocType(_) => {
                    let help = "remove everything from <!DOCTYPE to >";
                    return Err(Fault::new(range.start, "document types are not supported", help));
                }
                Event::Eof => return self.finish(range.start),
            }
        }
    }

    fn finish(self, end: usize) -> Result<(), Fault> {
        if let Some(open) = self.open.last() {
            let name = self.text.text()[open.offset + 1..].split(['>', '/', ' ', '\t', '\r', '\n']).next();
            let name = shown(name.unwrap_or_default());
            return Err(Fault::new(
                open.offset,
                format!("<{name}> is not closed"),
                format!("write </{name}>"),
            ));
        }
        if !self.is_over {
            return Err(Fault::new(
                end,
                "the text has no <speak>",
                "write the text between <speak> and </speak>",
            ));
        }
        Ok(())
    }

    fn start(&mut self, range: &Range<usize>, tag: &BytesStart<'_>) -> Result<(), Fault> {
        let offset = range.start;
        self.budget.count_mark(offset)?;
        let is_root = self.open.is_empty();
        if !is_root {
            self.budget.check_depth(offset, self.open.len() - 1)?;
        }
        let tag = Tag::read(self.text.text(), offset, tag)?;
        self.check_place(&tag, is_root)?;
        let around = self.builder.style.clone();
        let element = Element::read(tag, &mut self.builder.style, self.budget)?;
        let mut start = range.end;
        match &element {
            Element::Speak | Element::Styled | Element::Sub(_) => {}
            Element::Paragraph => self.builder.gap(Gap::Paragraph),
            Element::Sentence => {
                self.builder.end_sentence();
                self.builder.gap(Gap::Space);
            }
            Element::Break(pause) => {
                self.budget.count_pause(offset, *pause)?;
                self.builder.pause(*pause);
            }
            Element::SayAs(_) => start = self.builder.begin_hint(),
        }
        self.open.push(Open { element, offset, style: around, start });
        Ok(())
    }

    /// Checks that an element may stand here.
    fn check_place(&self, tag: &Tag<'_>, is_root: bool) -> Result<(), Fault> {
        if self.is_over {
            return Err(after_end(tag.offset));
        }
        if is_root && tag.name != "speak" {
            let problem = format!("<{}> stands where <speak> must begin", shown(tag.name));
            return Err(Fault::new(tag.offset, problem, "write the text between <speak> and </speak>"));
        }
        if !is_root && tag.name == "speak" {
            return Err(Fault::new(tag.offset, "<speak> stands inside another", "write it only once"));
        }
        match self.open.last().map(|open| &open.element) {
            Some(Element::SayAs(_)) => Err(only_text(tag.offset, "say-as")),
            Some(Element::Sub(_)) => Err(only_text(tag.offset, "sub")),
            Some(Element::Break(_)) => Err(not_empty(tag.offset)),
            _ => Ok(()),
        }
    }

    /// Closes the innermost element, whose text ends at `end`.
    fn end(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        match open.element {
            // A voice that a mark in brackets has chosen lasts beyond paragraphs and sentences.
            Element::Paragraph => {
                self.builder.gap(Gap::Paragraph);
                self.builder.style.language = open.style.language;
            }
            Element::Sentence => {
                self.builder.end_sentence();
                self.builder.gap(Gap::Space);
                self.builder.style.language = open.style.language;
            }
            Element::SayAs(kind) => self.builder.end_hint(open.start, HintKind::SayAs(kind)),
            Element::Sub(alias) => {
                let source = self.text.source_of(open.start..end.max(open.start));
                let start = self.builder.begin_hint();
                self.builder.push_words(&alias, source);
                self.builder.end_hint(start, HintKind::Verbatim);
            }
            Element::Speak | Element::Styled => self.builder.style = open.style,
            Element::Break(_) => {}
        }
        self.is_over = self.open.is_empty();
    }

    fn reference(&mut self, range: &Range<usize>, reference: &BytesRef<'_>) -> Result<(), Fault> {
        let character = match &**reference {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => reference.resolve_char_ref().ok().flatten(),
        };
        let character = character.filter(|character| !character.is_control() || character.is_whitespace());
        let Some(character) = character else {
            let problem = format!("the entity `{}` is unknown", shown(reference));
            return Err(Fault::new(range.start, problem, ENTITIES_HELP));
        };
        let mut piece = MappedText::default();
        piece.push_replacement(character.encode_utf8(&mut [0; 4]), self.text.source_of(range.clone()));
        self.words(range, &piece)
    }

    /// Speaks text that can't hold marks.
    fn words(&mut self, range: &Range<usize>, piece: &MappedText) -> Result<(), Fault> {
        let is_blank = piece.text().trim().is_empty();
        if self.open.is_empty() {
            let is_start = !self.is_over;
            return match (is_blank, is_start) {
                (true, _) => Ok(()),
                (false, true) => {
                    let help = "write the text between <speak> and </speak>";
                    Err(Fault::new(range.start, "text stands before <speak>", help))
                }
                (false, false) => Err(after_end(range.start)),
            };
        }
        match self.open.last().map(|open| &open.element) {
            Some(Element::Break(_)) if !is_blank => return Err(not_empty(range.start)),
            // The alias is spoken instead.
            Some(Element::Break(_) | Element::Sub(_)) => {}
            _ => self.builder.push(piece),
        }
        Ok(())
    }

    /// Speaks text that can hold marks.
    fn text(&mut self, range: Range<usize>) -> Result<(), Fault> {
        let takes_marks = self.open.last().is_some_and(|open| {
            !matches!(open.element, Element::SayAs(_) | Element::Sub(_) | Element::Break(_))
        });
        let whole = &self.text.text()[..range.end];
        let (mut done, mut from) = (range.start, range.start);
        while takes_marks && let Some(found) = next_mark(whole, from) {
            let (mark_range, mark) = found?;
            self.words(&range, &self.text.slice(done..mark_range.start))?;
            (done, from) = (mark_range.end, mark_range.end);
            match mark {
                Mark::Escape { end } => from = end,
                Mark::Pause(pause) => {
                    self.budget.count_mark(mark_range.start)?;
                    self.budget.count_pause(mark_range.start, pause)?;
                    self.builder.pause(pause);
                }
                Mark::Voice(name) => {
                    self.budget.count_mark(mark_range.start)?;
                    self.budget.check_name(mark_range.start, name.unwrap_or_default())?;
                    self.builder.style.voice = name.map(str::to_owned);
                }
            }
        }
        self.words(&(done..range.end), &self.text.slice(done..range.end))
    }
}

fn after_end(offset: usize) -> Fault {
    Fault::new(offset, "something stands after </speak>", "write the text between <speak> and </speak>")
}

fn only_text(offset: usize, name: &str) -> Fault {
    Fault::new(offset, format!("<{name}> holds another element"), format!("write only text into <{name}>"))
}

fn not_empty(offset: usize) -> Fault {
    Fault::new(offset, "<break> is not empty", "write <break/>")
}
