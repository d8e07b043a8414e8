//! The options of a request that say how its text is read.

use pocket_tts_markup::{Dictionary, InputFormat, TextFormat, is_ssml};
use pocket_tts_normalize::{Language, Rule};

use crate::GenerateOptions;

impl GenerateOptions {
    /// Puts numbers, dates, money, abbreviations and the like into words, in the language of the text. Default: off, as in
    /// the Python package.
    #[must_use]
    pub fn normalize(mut self, normalize: bool) -> Self {
        self.front_end.normalize = normalize;
        self
    }

    /// Disables a rule of [`normalize`](Self::normalize).
    #[must_use]
    pub fn without_rule(mut self, rule: Rule) -> Self {
        self.front_end.disabled_rules.push(rule);
        self
    }

    /// The language in which the text is normalized. Default: the model's, which is English if its name tells none.
    #[must_use]
    pub fn text_language(mut self, language: impl Into<Option<Language>>) -> Self {
        self.front_end.language = language.into();
        self
    }

    /// Reads mark-up: pauses, voices and SSML (see the README of `pocket-tts-markup`). Default: none, so that all of the text
    /// is spoken.
    #[must_use]
    pub fn markup(mut self, format: impl Into<Option<TextFormat>>) -> Self {
        self.front_end.markup = format.into();
        self
    }

    /// Makes plain words of Markdown or HTML, and leaves out emoji. Default: the text stays as it is.
    #[must_use]
    pub fn input_format(mut self, format: impl Into<Option<InputFormat>>) -> Self {
        self.front_end.input_format = format.into();
        self
    }

    /// How words are pronounced. Default: as they are written.
    #[must_use]
    pub fn dictionary(mut self, dictionary: impl Into<Option<Dictionary>>) -> Self {
        self.front_end.dictionary = dictionary.into();
        self
    }

    /// Whether a text that begins so must be there whole before it can be read: SSML, Markdown and HTML. Other texts can be
    /// read sentence by sentence with a [`ScriptReader`](crate::ScriptReader).
    pub fn needs_whole_text(&self, beginning: &str) -> bool {
        let is_ssml = match self.front_end.markup {
            Some(TextFormat::Ssml) => true,
            Some(TextFormat::Auto) => is_ssml(beginning) || may_become_ssml(beginning),
            _ => false,
        };
        is_ssml || !matches!(self.front_end.input_format, None | Some(InputFormat::Text))
    }
}

/// Whether a text begins with what may stand before the root of SSML.
fn may_become_ssml(beginning: &str) -> bool {
    let start = beginning.trim_start_matches('\u{feff}').trim_start();
    start.starts_with("<?xml") || start.starts_with("<!")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssml_markdown_and_html_are_read_whole() {
        let options = GenerateOptions::default;
        let [text, ssml] = ["Good morning.", " <speak>Good morning."];
        let declared = options().markup(TextFormat::Auto);
        assert!(
            declared.needs_whole_text("<?xml version=\"1.0\"?>\n")
                && !declared.needs_whole_text("<b>Hi.</b>")
        );
        assert!(!options().needs_whole_text(ssml));
        for format in [TextFormat::Auto, TextFormat::Plain, TextFormat::Ssml] {
            let options = options().markup(format).input_format(InputFormat::Text);
            assert_eq!(options.needs_whole_text(text), format == TextFormat::Ssml);
            assert_eq!(options.needs_whole_text(ssml), format != TextFormat::Plain);
        }
        for format in [InputFormat::Markdown, InputFormat::Html, InputFormat::Auto] {
            assert!(options().input_format(format).needs_whole_text(text));
        }
    }
}
