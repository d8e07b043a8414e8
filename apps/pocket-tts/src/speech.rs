//! The speech of a run, one stream after the other: one for a whole text, several for a text that is still being written.
//! It must not know where the audio goes.

use std::time::Duration;

use pocket_tts_core::{GenerateOptions, SpeechPart, SpeechStream, TextReport, TtsModel, Voice};

use crate::console::Console;
use crate::exit::Failure;
use crate::input::{Text, no_text};
use crate::settings::Settings;
use crate::standard_input::StandardInput;

/// The speech of a text.
pub(crate) struct Speech<'a> {
    model: &'a TtsModel,
    voice: &'a Voice,
    settings: &'a Settings,
    text: Remaining,
}

/// The text that is still to be spoken.
enum Remaining {
    Whole(String),
    Growing(Box<Growing>),
    Nothing,
}

/// A text that is still being written.
///
/// Each sentence is read by itself, and sentences are counted on, so that the speech depends on the sentences and the seed,
/// not on when they came.
struct Growing {
    input: StandardInput,
    options: GenerateOptions,
    /// Sentences without words, which may be followed by some.
    held: Vec<String>,
    /// Why they can't be spoken.
    refusal: Option<pocket_tts_core::Error>,
    /// Sentences that the model has spoken.
    sentences: u64,
    /// The pause before the next sentence.
    pause: Duration,
    report: TextReport,
}

impl<'a> Speech<'a> {
    pub(crate) fn new(text: Text, model: &'a TtsModel, voice: &'a Voice, settings: &'a Settings) -> Self {
        let text = match text {
            Text::Whole(text) => Remaining::Whole(text),
            Text::Growing(input) => Remaining::Growing(Box::new(Growing {
                input,
                options: settings.options.clone(),
                held: Vec::new(),
                refusal: None,
                sentences: 0,
                pause: Duration::ZERO,
                report: TextReport::default(),
            })),
        };
        Self { model, voice, settings, text }
    }

    /// The first stream. There is always one.
    pub(crate) fn first(&mut self) -> Result<SpeechStream, Failure> {
        if let Some(stream) = self.next(|| false)? {
            return Ok(stream);
        }
        let refusal = match &mut self.text {
            Remaining::Growing(growing) => growing.refusal.take(),
            _ => None,
        };
        Err(refusal.map_or_else(|| no_text("to speak"), |error| self.settings.named(error)))
    }

    /// The next stream; `None` at the end, or once `is_over`. May wait for more text.
    pub(crate) fn next(&mut self, is_over: impl Fn() -> bool) -> Result<Option<SpeechStream>, Failure> {
        match &mut self.text {
            Remaining::Nothing => Ok(None),
            Remaining::Whole(text) => {
                let stream = self.model.stream(text, self.voice, &self.settings.options);
                self.text = Remaining::Nothing;
                stream.map(Some).map_err(|error| self.settings.named(error))
            }
            Remaining::Growing(growing) => {
                growing.next(self.model, self.voice, is_over).map_err(|failure| match failure {
                    Failure::Speech(error) => self.settings.named(error),
                    other => other,
                })
            }
        }
    }

    /// Whether the text is still being written.
    pub(crate) fn is_growing(&self) -> bool {
        matches!(self.text, Remaining::Growing(_))
    }

    /// Warns of the problems of a text that was being written. Those of a whole text are known before its speech.
    pub(crate) fn warn_of_text(&self, console: &Console) {
        let Remaining::Growing(growing) = &self.text else { return };
        for warning in growing.report.warnings() {
            console.warn(&warning.to_string());
        }
        if let Some(refusal) = &growing.refusal {
            console.warn(&refusal.to_string());
        }
    }
}

impl Growing {
    fn next(
        &mut self,
        model: &TtsModel,
        voice: &Voice,
        is_over: impl Fn() -> bool,
    ) -> Result<Option<SpeechStream>, Failure> {
        loop {
            let sentences = self.input.sentences(&is_over)?;
            if sentences.is_empty() {
                return Ok(None);
            }
            self.held.extend(sentences);
            let pause = (!self.pause.is_zero()).then_some(SpeechPart::Pause(self.pause));
            let speech =
                self.held.iter().map(|text| SpeechPart::Speech { text, voice, rate: 1.0, volume_db: 0.0 });
            let parts: Vec<SpeechPart<'_>> = pause.into_iter().chain(speech).collect();
            let options = self.options.clone().first_sentence(self.sentences);
            match model.stream_parts(&parts, &options) {
                // Only the pause would be heard.
                Ok(stream) if stream.token_counts().is_empty() => {}
                Ok(stream) => {
                    self.options = options.seed(stream.seed());
                    self.sentences += stream.token_counts().len() as u64;
                    self.pause = stream.pause_after();
                    self.report.merge(stream.text_report());
                    self.held.clear();
                    self.refusal = None;
                    return Ok(Some(stream));
                }
                Err(error) if error.is_nothing_to_say() => self.refusal = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
