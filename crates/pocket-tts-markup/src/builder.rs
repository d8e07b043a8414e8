//! Builds a script part by part.

use std::ops::Range;
use std::time::Duration;

use pocket_tts_spans::MappedText;

use crate::composer::{Composer, Gap};
use crate::script::{Hint, HintKind, Part, Script, Speech, Style};

/// A script that is being built.
#[derive(Debug)]
pub(crate) struct ScriptBuilder {
    parts: Vec<Part>,
    /// The style of the text that comes next.
    pub(crate) style: Style,
    /// The text of the speech that is being built, and its style.
    current: Composer,
    current_style: Style,
    hints: Vec<Hint>,
}

impl ScriptBuilder {
    pub(crate) fn new(style: Style) -> Self {
        Self {
            parts: Vec::new(),
            current_style: style.clone(),
            style,
            current: Composer::new(true),
            hints: Vec::new(),
        }
    }

    /// Appends text as it is.
    pub(crate) fn push_unchanged(&mut self, piece: &MappedText) {
        self.settle_style(piece);
        self.current.push_unchanged(piece);
    }

    /// Appends text. Its white space becomes single spaces.
    pub(crate) fn push(&mut self, piece: &MappedText) {
        self.settle_style(piece);
        self.current.push(piece);
    }

    /// Appends words that stand for `source` of the original.
    pub(crate) fn push_words(&mut self, words: &str, source: Range<usize>) {
        let mut piece = MappedText::default();
        piece.push_replacement(words, source.clone());
        self.settle_style(&piece);
        self.current.push_words(words, source);
    }

    /// Begins a new speech if the style has changed. White space alone has no style.
    fn settle_style(&mut self, piece: &MappedText) {
        if self.current_style != self.style && !piece.text().trim_start().is_empty() {
            self.finish_speech();
            self.current_style = self.style.clone();
        }
    }

    /// Makes the gap before the next word at least `gap`.
    pub(crate) fn gap(&mut self, gap: Gap) {
        self.current.gap(gap);
    }

    /// Ends the sentence, if there is one.
    pub(crate) fn end_sentence(&mut self) {
        self.current.end_sentence();
    }

    /// Begins a hint of the text that comes next. Returns what [`Self::end_hint`] needs.
    pub(crate) fn begin_hint(&mut self) -> usize {
        if self.current_style != self.style {
            self.finish_speech();
            self.current_style = self.style.clone();
        }
        self.current.text().len()
    }

    /// Ends the hint that began at `start`.
    pub(crate) fn end_hint(&mut self, start: usize, kind: HintKind) {
        let whole = self.current.text().text();
        // The gap before the text is not part of it.
        let range = whole.len() - whole[start..].trim_start().len()..whole.len();
        if !range.is_empty() {
            self.hints.push(Hint { range, kind });
        }
    }

    /// Appends a pause.
    pub(crate) fn pause(&mut self, pause: Duration) {
        if !pause.is_zero() {
            self.finish_speech();
            self.parts.push(Part::Pause(pause));
        }
    }

    fn finish_speech(&mut self) {
        let whole = self.current.take();
        let mut hints = std::mem::take(&mut self.hints);
        let start = whole.len() - whole.text().trim_start().len();
        let text = whole.trimmed();
        if text.is_empty() {
            return;
        }
        for hint in &mut hints {
            let inside = |at: usize| at.saturating_sub(start).min(text.len());
            hint.range = inside(hint.range.start)..inside(hint.range.end);
        }
        hints.retain(|hint| !hint.range.is_empty());
        self.parts.push(Part::Speech(Speech { text, style: self.current_style.clone(), hints }));
    }

    /// The script.
    pub(crate) fn finish(mut self) -> Script {
        self.finish_speech();
        Script { parts: self.parts }
    }
}
