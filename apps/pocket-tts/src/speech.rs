//! The speech of a run, one stream after the other: one for a whole text, several for a text that is still being written.
//! It must not know where the audio goes.

use pocket_tts_core::{
    Error, GenerateOptions, Script, ScriptReader, SpeechStream, TextReport, TtsModel, Voice, VoiceSource,
};

use crate::console::Console;
use crate::exit::Failure;
use crate::input::Text;
use crate::settings::Settings;
use crate::standard_input::StandardInput;
use crate::text_problem::no_text;

/// The speech of a text.
pub(crate) struct Speech<'a> {
    setup: SpeechSetup<'a>,
    text: Remaining,
    /// The text so far, as it was written.
    original: String,
}

/// Who speaks, and how.
#[derive(Clone, Copy)]
struct SpeechSetup<'a> {
    model: &'a TtsModel,
    voice: &'a Voice,
    settings: &'a Settings,
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
    reader: ScriptReader,
    /// The options of the next stream, which goes on after the ones before.
    options: GenerateOptions,
    /// Sentences that have not been read.
    unread: Vec<String>,
    /// Sentences that have been read but not spoken, as they have no words: some may follow.
    held: Script,
    /// Why they can't be spoken.
    refusal: Option<Error>,
    /// Sentences that the model has spoken.
    sentences: u64,
    report: TextReport,
}

impl<'a> Speech<'a> {
    pub(crate) fn new(text: Text, model: &'a TtsModel, voice: &'a Voice, settings: &'a Settings) -> Self {
        let text = match text {
            Text::Whole(text) => Remaining::Whole(text),
            Text::Growing(input) => Remaining::Growing(Box::new(Growing {
                input: *input,
                reader: model.script_reader(&settings.options),
                options: settings.options.clone(),
                unread: Vec::new(),
                held: Script::default(),
                refusal: None,
                sentences: 0,
                report: TextReport::default(),
            })),
        };
        Self { setup: SpeechSetup { model, voice, settings }, text, original: String::new() }
    }

    /// The first stream. There is always one.
    pub(crate) fn first(&mut self) -> Result<SpeechStream, Failure> {
        if let Remaining::Growing(growing) = &mut self.text
            && let Some(text) = growing.whole_text()?
        {
            self.text = Remaining::Whole(text);
        }
        if let Some(stream) = self.next(|| false)? {
            return Ok(stream);
        }
        let refusal = match &mut self.text {
            Remaining::Growing(growing) => growing.refusal.take(),
            _ => None,
        };
        Err(refusal.map_or_else(|| no_text("to speak"), |error| self.setup.settings.named(error)))
    }

    /// The next stream; `None` at the end, or once `is_over`. May wait for more text.
    pub(crate) fn next(&mut self, is_over: impl Fn() -> bool) -> Result<Option<SpeechStream>, Failure> {
        match &mut self.text {
            Remaining::Nothing => Ok(None),
            Remaining::Whole(text) => {
                let SpeechSetup { model, voice, settings } = self.setup;
                let stream = model.stream(text, voice, &settings.options);
                self.original = std::mem::take(text);
                self.text = Remaining::Nothing;
                stream.map(Some).map_err(|error| failure(settings, error))
            }
            Remaining::Growing(growing) => growing.next(self.setup, &mut self.original, is_over),
        }
    }

    /// The text that was spoken so far, as it was written.
    pub(crate) fn original(&self) -> &str {
        &self.original
    }

    /// Whether the text is still being written.
    pub(crate) fn is_growing(&self) -> bool {
        matches!(self.text, Remaining::Growing(_))
    }

    /// Warns of the problems of a text that was being written. The problems of a whole text are known before.
    pub(crate) fn warn_of_text(&self, console: &Console) {
        let Remaining::Growing(growing) = &self.text else { return };
        let mut report = growing.report.clone();
        // The last sentences may have no words.
        growing.refusal.iter().for_each(|refusal| report.add_refusal(refusal));
        for warning in report.warnings() {
            console.warn(&warning.to_string());
        }
    }
}

impl Growing {
    /// All of the text, if it can't be read sentence by sentence. Waits for it.
    fn whole_text(&mut self) -> Result<Option<String>, Failure> {
        self.unread = self.input.sentences(|| false)?;
        if !self.options.needs_whole_text(&self.unread.concat()) {
            return Ok(None);
        }
        let mut text = std::mem::take(&mut self.unread).concat();
        loop {
            let more = self.input.sentences(|| false)?;
            if more.is_empty() {
                return Ok(Some(text));
            }
            text.extend(more);
        }
    }

    fn next(
        &mut self,
        SpeechSetup { model, voice, settings }: SpeechSetup<'_>,
        original: &mut String,
        is_over: impl Fn() -> bool,
    ) -> Result<Option<SpeechStream>, Failure> {
        loop {
            if self.unread.is_empty() {
                self.unread = self.input.sentences(&is_over)?;
            }
            if self.unread.is_empty() {
                return Ok(None);
            }
            for sentence in self.unread.drain(..) {
                let offset = original.len();
                original.push_str(&sentence);
                let script = self.reader.read(&sentence).map_err(|error| failure(settings, error))?;
                self.held.append(script.shifted(offset));
            }
            let find_voice = |name: &str| model.voice(&VoiceSource::Named(name.to_owned()));
            match model.stream_script(&self.held, voice, find_voice, &self.options) {
                Ok(stream) => {
                    self.sentences += stream.token_counts().len() as u64;
                    self.options = self
                        .options
                        .clone()
                        .seed(stream.seed())
                        .first_sentence(self.sentences)
                        .pause_before(stream.pause_after());
                    self.report.merge(stream.text_report());
                    self.held = Script::default();
                    self.refusal = None;
                    return Ok(Some(stream));
                }
                Err(error) if error.is_nothing_to_say() => self.refusal = Some(error),
                Err(error) => return Err(failure(settings, error)),
            }
        }
    }
}

/// Why a text can't be spoken. Its mark-up can name voices, but not by the place of a file.
fn failure(settings: &Settings, error: Error) -> Failure {
    match error {
        Error::UnknownVoice { name, meant, known } => {
            let meant = meant.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
            Failure::Usage(format!(
                "the mark-up of the text names the voice `{name}`, which does not exist; {meant}known voices are {}",
                known.join(", ")
            ))
        }
        other => settings.named(other),
    }
}
