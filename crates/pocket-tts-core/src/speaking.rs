//! Speaking with a model: from a text to a stream.

use pocket_tts_audio::Audio;
use pocket_tts_spans::MappedText;

use crate::{
    GenerateOptions, Result, Script, ScriptReader, SpeechPart, SpeechStream, TextReport, TtsModel, Voice,
    VoiceSource,
    front_end::ScriptPart,
    request::{self, ReadPart},
};

impl TtsModel {
    /// Speaks `text` to its end.
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream), and any error that ends a stream early: audio is returned complete or not at all.
    pub fn generate(&self, text: &str, voice: &Voice, options: &GenerateOptions) -> Result<Audio> {
        let mut samples = Vec::new();
        for chunk in self.stream(text, voice, options)? {
            samples.extend(chunk?.samples);
        }
        Ok(Audio { samples, sample_rate_hz: self.sample_rate_hz() })
    }

    /// Speaks `text` and returns each frame as soon as it is generated. Characters that the model can't read are left out;
    /// [`SpeechStream::text_report`] lists them. Voices that the text's mark-up names are this model's own
    /// ([`stream_script`](Self::stream_script) takes others).
    ///
    /// # Errors
    ///
    /// Before any audio is generated: if the text holds nothing to say ([`Error::is_nothing_to_say`](crate::Error::is_nothing_to_say)),
    /// an option is outside its range, the mark-up is invalid or names a voice that doesn't exist, or the voice belongs to
    /// another model.
    pub fn stream(&self, text: &str, voice: &Voice, options: &GenerateOptions) -> Result<SpeechStream> {
        let script = self.script(text, options)?;
        self.stream_script(&script, voice, |name| self.voice(&VoiceSource::Named(name.to_owned())), options)
    }

    /// Reads `text` as the options say: cleans it, reads its mark-up, applies the dictionary and normalizes it. Takes time and
    /// memory in proportion to the length of the text.
    ///
    /// # Errors
    ///
    /// [`Error::Markup`](crate::Error::Markup) if the mark-up is invalid.
    pub fn script(&self, text: &str, options: &GenerateOptions) -> Result<Script> {
        options.front_end.read(text, self.language())
    }

    /// A reader of a text that is written piece by piece.
    pub fn script_reader(&self, options: &GenerateOptions) -> ScriptReader {
        ScriptReader::new(options.front_end.clone(), self.language())
    }

    /// Speaks a script. `find_voice` returns the voices that it names; `voice` speaks the rest.
    ///
    /// ```
    /// # fn main() -> pocket_tts_core::Result<()> {
    /// # #[cfg(feature = "tiny")] {
    /// use pocket_tts_core::{GenerateOptions, TextFormat, TtsModel};
    ///
    /// let model = TtsModel::builder().embedded().build()?;
    /// let voice = model.voice(&model.default_voice())?;
    /// let options = GenerateOptions::default().normalize(true).markup(TextFormat::Auto);
    /// let script = model.script("It costs $5. [pause:500ms] [voice:me] Really?", &options)?;
    /// assert_eq!(script.voice_names(), ["me"]);
    /// for chunk in model.stream_script(&script, &voice, |_name| Ok(voice.clone()), &options)? {
    ///     println!("{} samples", chunk?.samples.len());
    /// }
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`stream_parts`](Self::stream_parts), and the errors of `find_voice`.
    pub fn stream_script(
        &self,
        script: &Script,
        voice: &Voice,
        mut find_voice: impl FnMut(&str) -> Result<Voice>,
        options: &GenerateOptions,
    ) -> Result<SpeechStream> {
        let named = script.voice_names().into_iter().map(|name| Ok((name, find_voice(name)?)));
        let named: Vec<(&str, Voice)> = named.collect::<Result<_>>()?;
        let parts = script.parts.iter().map(|part| match part {
            ScriptPart::Pause(pause) => ReadPart::Pause(*pause),
            ScriptPart::Speech { text, style } => {
                let named = named.iter().find(|(name, _)| style.voice.as_deref() == Some(*name));
                ReadPart::Speech {
                    text,
                    voice: named.map_or(voice, |(_, voice)| voice),
                    rate: f64::from(style.rate),
                    volume_db: style.volume_db,
                }
            }
        });
        let parts: Vec<ReadPart<'_>> = parts.collect();
        let (plan, about) = request::plan(self.parts(), self.id(), &parts, options)?;
        SpeechStream::start(self.scheduler(), plan, about)
    }

    /// Speaks several parts in order, as [`stream`](Self::stream) does one: texts with their own voices, rates and volumes,
    /// and pauses between them. The dictionary and normalization of the options apply to each text; its mark-up is not read.
    ///
    /// Sentences are counted across the parts. A sentence's noise depends on the seed and its number among the sentences, so
    /// pauses, rates and volumes change none. Parts without words are left out if there is a pause or another part with
    /// words. Pauses alone are valid, and give silence.
    ///
    /// ```
    /// # fn main() -> pocket_tts_core::Result<()> {
    /// # #[cfg(feature = "tiny")] {
    /// use std::time::Duration;
    /// # use pocket_tts_core::{GenerateOptions, SpeechPart, TtsModel};
    ///
    /// let model = TtsModel::builder().embedded().build()?;
    /// let voice = model.voice(&model.default_voice())?;
    /// let speech = |text, rate| SpeechPart::Speech { text, voice: &voice, rate, volume_db: 0.0 };
    /// let half_a_second = SpeechPart::Pause(Duration::from_millis(500));
    /// let parts = [speech("Ready?", 1.0), half_a_second, speech("Go!", 1.5)];
    /// for chunk in model.stream_parts(&parts, &GenerateOptions::default())? {
    ///     println!("{} samples", chunk?.samples.len());
    /// }
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream), and if a rate, a volume or a pause is outside its range. That no part has anything to say
    /// is an error if there is no pause either.
    pub fn stream_parts(&self, parts: &[SpeechPart<'_>], options: &GenerateOptions) -> Result<SpeechStream> {
        let read = |part: &SpeechPart<'_>| match part {
            SpeechPart::Speech { text, .. } => Some(options.front_end.read_plain(text, self.language())),
            SpeechPart::Pause(_) => None,
        };
        let texts: Vec<Option<MappedText>> = parts.iter().map(read).collect();
        let read = parts.iter().zip(&texts).filter_map(|(part, read)| match *part {
            SpeechPart::Speech { voice, rate, volume_db, .. } => {
                read.as_ref().map(|text| ReadPart::Speech { text, voice, rate, volume_db })
            }
            SpeechPart::Pause(pause) => Some(ReadPart::Pause(pause)),
        });
        let parts: Vec<ReadPart<'_>> = read.collect();
        let (plan, about) = request::plan(self.parts(), self.id(), &parts, options)?;
        SpeechStream::start(self.scheduler(), plan, about)
    }

    /// A request of one part without mark-up that has passed all checks.
    pub(crate) fn plan(
        &self,
        text: &str,
        voice: &Voice,
        options: &GenerateOptions,
    ) -> Result<(crate::synthesis::RequestPlan, crate::stream::About)> {
        let text = options.front_end.read_plain(text, self.language());
        let part = ReadPart::Speech { text: &text, voice, rate: 1.0, volume_db: 0.0 };
        request::plan(self.parts(), self.id(), &[part], options)
    }

    /// How many tokens (word pieces) the model reads of `text`.
    ///
    /// # Errors
    ///
    /// If the text holds nothing to say.
    pub fn token_count(&self, text: &str) -> Result<usize> {
        Ok(self.check_text(text, &GenerateOptions::default())?.token_count)
    }

    /// The problems of `text` as this model reads it, without speaking. Time and memory are linear in the length of the text.
    ///
    /// ```
    /// # fn main() -> pocket_tts_core::Result<()> {
    /// # #[cfg(feature = "tiny")] {
    /// # use pocket_tts_core::{GenerateOptions, TtsModel};
    /// let model = TtsModel::builder().embedded().build()?;
    /// let text = "It costs 22 pounds, or 4 \u{a3}.";
    /// let report = model.check_text(text, &GenerateOptions::default())?;
    /// let left_out: Vec<(char, usize)> =
    ///     report.unknown_characters.iter().map(|unknown| (unknown.character, unknown.count)).collect();
    /// assert_eq!(left_out, [('2', 2), ('4', 1), ('\u{a3}', 1)]);
    /// for warning in report.warnings() {
    ///     eprintln!("{warning}");
    /// }
    /// assert!(model.check_text(text, &GenerateOptions::default().normalize(true))?.is_empty());
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream): if the text holds nothing to say, its mark-up is invalid, or an option is outside its
    /// range. Voices that it names are not looked for.
    pub fn check_text(&self, text: &str, options: &GenerateOptions) -> Result<TextReport> {
        let script = self.script(text, options)?;
        request::report(self.parts(), &script, options)
    }
}
