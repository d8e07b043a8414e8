//! Writes the speech of a run to its output, and handles its end: complete, failed or interrupted. It must not know the
//! text.

use std::time::{Duration, Instant};

use pocket_tts_core::SpeechStream;

use crate::console::Console;
use crate::exit::{Failure, counted};
use crate::interruption::Interruption;
use crate::output::{Output, Sink};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::signal::Signal;
use crate::speech::Speech;

/// Writes speech to the output of the settings.
pub(crate) struct Speaker<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) console: &'a Console,
    pub(crate) interruption: &'a Interruption,
    pub(crate) sample_rate_hz: u32,
}

/// The result of the speech.
pub(crate) struct Spoken {
    pub(crate) duration_s: f64,
    pub(crate) took: Duration,
    pub(crate) first_sound: Duration,
    pub(crate) sentences: usize,
    unfinished_sentences: usize,
}

impl Speaker<'_> {
    /// Writes the first stream, and all others.
    pub(crate) fn speak(&self, first: SpeechStream, speech: &mut Speech<'_>) -> Result<Spoken, Failure> {
        let Self { settings, console, interruption, .. } = self;
        let output = &settings.output;
        // A pipe leaves nothing to clean up, so the signal may end the program.
        if output.can_be_ended_early() {
            interruption.cancels(first.cancel_handle());
        } else {
            interruption.ends_silently();
        }
        let mut sink = output.open(settings.format, self.sample_rate_hz)?;
        let spoken = self.write_all(first, speech, &mut sink);
        let spoken = match (spoken, interruption.seen()) {
            (Ok(spoken), None) => spoken,
            (Err(failure), None) => return Err(self.keep_partial(failure, sink)),
            (_, Some(signal)) => return Err(self.end_early(sink, signal)),
        };
        sink.finish()?;
        speech.warn_of_text(console);
        if let Some(warning) = cut_sentences(spoken.unfinished_sentences) {
            console.warn(&warning);
        }
        console.info(&format!("{spoken}, written to {output}"));
        Ok(spoken)
    }

    fn write_all(
        &self,
        first: SpeechStream,
        speech: &mut Speech<'_>,
        sink: &mut Sink,
    ) -> Result<Spoken, Failure> {
        let start = Instant::now();
        let (mut first_sound, mut unfinished_sentences, mut sentences) = (None, 0, 0);
        let whole = if speech.is_growing() { &[] } else { first.token_counts() };
        let mut progress = Progress::new(self.console, whole);
        let mut next = Some(first);
        while let Some(mut stream) = next {
            for chunk in &mut stream {
                let chunk = chunk?;
                first_sound.get_or_insert_with(|| start.elapsed());
                sink.write(&chunk.samples)?;
                progress.show(sentences + chunk.sentence, sink.duration_s());
            }
            unfinished_sentences += stream.unfinished_sentences();
            sentences += stream.token_counts().len();
            next = self.next(speech)?;
        }
        let took = start.elapsed();
        let first_sound = first_sound.unwrap_or(took);
        Ok(Spoken { duration_s: sink.duration_s(), took, first_sound, sentences, unfinished_sentences })
    }

    /// The next stream; `None` at the end of the text, or after a signal.
    fn next(&self, speech: &mut Speech<'_>) -> Result<Option<SpeechStream>, Failure> {
        let is_over = || self.interruption.seen().is_some();
        if !self.settings.output.can_be_ended_early() {
            return speech.next(is_over);
        }
        self.interruption.only_records();
        let next = speech.next(is_over)?;
        if let Some(stream) = &next {
            self.interruption.cancels(stream.cancel_handle());
        }
        // A signal between the two cancels nothing.
        Ok(next.filter(|_| !is_over()))
    }

    /// Completes the audio so far after a failure of the text or of its speech, if the user wants that.
    fn keep_partial(&self, failure: Failure, sink: Sink) -> Failure {
        let is_of_text = matches!(failure, Failure::Speech(_) | Failure::Usage(_) | Failure::Read(_));
        if !is_of_text || !self.settings.keep_partial || sink.is_empty() {
            return failure;
        }
        let duration_s = sink.duration_s();
        if let Err(failure) = sink.finish() {
            return failure;
        }
        let output = &self.settings.output;
        self.console.warn(&format!("only the first {duration_s:.1} s of the speech are in {output}"));
        failure
    }

    /// Ends interrupted audio: completes the file or removes it.
    fn end_early(&self, sink: Sink, signal: Signal) -> Failure {
        let (duration_s, output) = (sink.duration_s(), &self.settings.output);
        // Audio on standard output cannot be removed, so it is completed.
        let is_kept = self.settings.keep_partial || *output == Output::StandardOutput;
        if sink.is_empty() {
            return Failure::Interrupted { signal };
        }
        if !is_kept {
            return Failure::InterruptedSpeech { signal };
        }
        match sink.finish() {
            Ok(()) => Failure::Partial { signal, duration_s, target: output.to_string() },
            Err(failure) => failure,
        }
    }
}

impl std::fmt::Display for Spoken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let took_s = self.took.as_secs_f64();
        write!(
            formatter,
            "{:.2} s of speech in {took_s:.2} s ({:.2} times real time, first sound after {:.0} ms)",
            self.duration_s,
            self.duration_s / took_s,
            1e3 * self.first_sound.as_secs_f64()
        )
    }
}

/// The warning about this number of sentences that ended at their limit, if there are any.
pub(crate) fn cut_sentences(count: usize) -> Option<String> {
    (count > 0).then(|| {
        format!(
            "{} cut before the model ended by itself, so the speech may be wrong there; try shorter sentences, or \
             --temperature 0.3 with another --seed",
            was(count, "sentence")
        )
    })
}

fn was(count: usize, noun: &str) -> String {
    format!("{} {}", counted(count, noun), if count == 1 { "was" } else { "were" })
}
