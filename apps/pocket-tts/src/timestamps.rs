//! Writes the times of sentences and words beside the speech. It must not know the model.

use std::io::Write;
use std::path::PathBuf;

use pocket_tts_captions::{CaptionFormat, Captions, TimedSentence, TimedWord};
use pocket_tts_core::TimingEvent;
use pocket_tts_files::AtomicFile;

use crate::exit::Failure;
use crate::settings::Settings;

/// The warning about a model whose attention heads are unknown.
pub(crate) const ONLY_SENTENCES: &str = "the attention of this model is unknown, so only the times of sentences are written; \
                                         see `pocket-tts find-timestamp-heads`";

/// Collects the times of a run; of none if no file is wanted.
pub(crate) struct Timestamps {
    file: Option<(AtomicFile, PathBuf, CaptionFormat)>,
    sample_rate_hz: u32,
    sentences: Vec<TimedSentence>,
    /// The words of the sentence that is being heard.
    words: Vec<TimedWord>,
}

impl Timestamps {
    /// Creates the file, so that a wrong path is found before anything is spoken.
    pub(crate) fn open(settings: &Settings, sample_rate_hz: u32) -> Result<Self, Failure> {
        let file = match &settings.timestamps {
            None => None,
            Some((path, format)) => Some((AtomicFile::create(path)?, path.clone(), *format)),
        };
        Ok(Self { file, sample_rate_hz, sentences: Vec::new(), words: Vec::new() })
    }

    /// Takes the events of a stream that begins at this sample of the speech.
    pub(crate) fn take(&mut self, events: Vec<TimingEvent>, start_of_stream: u64) {
        let seconds = |sample: u64| (start_of_stream + sample) as f64 / f64::from(self.sample_rate_hz);
        for event in events {
            match event {
                TimingEvent::WordEnd(word) => self.words.push(TimedWord {
                    start_s: seconds(word.start),
                    end_s: seconds(word.end),
                    text: word.text,
                    source: word.source,
                }),
                TimingEvent::SentenceEnd(sentence) => self.sentences.push(TimedSentence {
                    start_s: seconds(sentence.start),
                    end_s: seconds(sentence.end),
                    text: sentence.text,
                    source: sentence.source,
                    words: std::mem::take(&mut self.words),
                }),
                _ => {}
            }
        }
    }

    /// Writes the file. `original` is the text of the run, which may have ended inside a sentence.
    pub(crate) fn save(mut self, original: &str) -> Result<(), Failure> {
        if let [first, ..] = self.words.as_slice() {
            let last = &self.words[self.words.len() - 1];
            let texts: Vec<&str> = self.words.iter().map(|word| word.text.as_str()).collect();
            self.sentences.push(TimedSentence {
                text: texts.join(" "),
                source: first.source.start..last.source.end,
                start_s: first.start_s,
                end_s: last.end_s,
                words: std::mem::take(&mut self.words),
            });
        }
        let Some((mut file, path, format)) = self.file else { return Ok(()) };
        let captions = Captions { original: original.to_owned(), sentences: self.sentences };
        let text = captions.write(format);
        file.write_all(text.as_bytes())
            .map_err(|source| Failure::Write { target: path.display().to_string(), source })?;
        Ok(file.commit()?)
    }
}
