//! Writes the speech of a run to its output, and handles its end: complete, failed or interrupted. It must not know the
//! text.

use std::time::{Duration, Instant};

use pocket_tts_core::SpeechStream;

use crate::checked_speech::CheckedSpeech;
use crate::console::Console;
use crate::exit::{Failure, counted};
use crate::interruption::Interruption;
use crate::leveling::Leveling;
use crate::listening::{Heard, Listening, gaps};
use crate::output::{Output, Sink};
use crate::playing::Playing;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::signal::Signal;
use crate::speech::Speech;
use crate::timestamps::Timestamps;

/// Writes speech to the output of the settings.
pub(crate) struct Speaker<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) console: &'a Console,
    pub(crate) interruption: &'a Interruption,
    pub(crate) sample_rate_hz: u32,
    /// The gain of what is played or streamed, in dB.
    pub(crate) voice_gain_db: Option<f64>,
}

/// Where the speech goes.
struct Destination<'a> {
    sink: Sink,
    listening: Listening<'a>,
    timestamps: Timestamps,
    checked: CheckedSpeech,
}

/// The result of the speech.
pub(crate) struct Spoken {
    pub(crate) duration_s: f64,
    pub(crate) took: Duration,
    /// When it was generated, or rather heard if it is played.
    pub(crate) first_sound: Duration,
    pub(crate) sentences: usize,
    /// Sentences that were spoken again.
    pub(crate) repeated_sentences: usize,
    unfinished_sentences: usize,
    is_played: bool,
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
        let mut destination = self.open()?;
        let spoken = self.write_all(first, speech, &mut destination);
        let Destination { sink, listening, timestamps, checked } = destination;
        let mut spoken = match (spoken, interruption.seen()) {
            (Ok(spoken), None) => spoken,
            (Err(failure), None) => {
                return Err(self.keep_partial(failure, sink, timestamps, speech.original()));
            }
            (_, Some(signal)) => return Err(self.end_early(sink, signal, timestamps, speech.original())),
        };
        sink.finish()?;
        timestamps.save(speech.original())?;
        // The file is complete, so a signal has nothing to clean up.
        interruption.ends_silently();
        let heard = listening.finish();
        // A signal that silenced it ends the program within this call.
        interruption.seen();
        let Heard { played, failure: play_failure } = heard?;
        spoken.is_played = played.is_some();
        speech.warn_of_text(console);
        checked.report(console);
        if let Some(warning) = cut_sentences(spoken.unfinished_sentences) {
            console.warn(&warning);
        }
        if let Some(warning) = played.as_ref().filter(|_| !speech.is_growing()).and_then(gaps) {
            console.warn(&warning);
        }
        console.info(&match (played, output) {
            (None, output) => format!("{spoken}, written to {output}"),
            (Some(played), Output::Nowhere) => format!("{spoken}, played with {}", played.output),
            (Some(played), output) => {
                format!("{spoken}, written to {output} and played with {}", played.output)
            }
        });
        play_failure.map_or(Ok(spoken), Err)
    }

    /// Opens the outputs.
    fn open(&self) -> Result<Destination<'_>, Failure> {
        let Self { settings, console, interruption, sample_rate_hz, voice_gain_db } = *self;
        let output = &settings.output;
        let of_stream = || voice_gain_db.map(|gain_db| Leveling::of_stream(gain_db, sample_rate_hz));
        let of_sink = match output {
            Output::Nowhere => None,
            output if output.is_streamed() => of_stream(),
            _ => Leveling::of_file(settings.loudness_lufs, sample_rate_hz, console)?,
        };
        let sink = output.open(settings.format, sample_rate_hz)?.leveled(of_sink);
        let listening = if settings.play {
            let playing = Playing::open(console, interruption, sample_rate_hz, settings.speed, of_stream());
            Listening::on(playing, *output != Output::Nowhere)?
        } else {
            Listening::off()
        };
        let timestamps = Timestamps::open(settings, sample_rate_hz)?;
        Ok(Destination { sink, listening, timestamps, checked: CheckedSpeech::default() })
    }

    fn write_all(
        &self,
        first: SpeechStream,
        speech: &mut Speech<'_>,
        destination: &mut Destination<'_>,
    ) -> Result<Spoken, Failure> {
        let start = Instant::now();
        let (mut first_sound, mut unfinished_sentences, mut sentences, mut samples) = (None, 0, 0, 0);
        let whole = if speech.is_growing() { &[] } else { first.token_counts() };
        let mut progress = Progress::new(self.console, whole);
        let mut next = Some(first);
        while let Some(mut stream) = next {
            if let Some(playing) = destination.listening.playing() {
                playing.begin(stream.token_counts());
            }
            let start_of_stream = samples;
            while let Some(chunk) = stream.next() {
                let chunk = chunk?;
                samples += chunk.samples.len() as u64;
                destination.timestamps.take(stream.take_timings(), start_of_stream);
                first_sound.get_or_insert_with(|| start.elapsed());
                destination.sink.write(&chunk.samples)?;
                destination.listening.with(|playing| playing.write(chunk.sentence, &chunk.samples))?;
                progress.show(sentences + chunk.sentence, destination.sink.duration_s());
            }
            if let Some(playing) = destination.listening.playing() {
                playing.end();
            }
            destination.timestamps.take(stream.take_timings(), start_of_stream);
            destination.checked.add(stream.checked_sentences());
            unfinished_sentences += stream.unfinished_sentences();
            sentences += stream.token_counts().len();
            next = self.next(speech)?;
        }
        let took = start.elapsed();
        let Destination { sink, listening, checked, .. } = destination;
        let first_sound = listening.first_heard().or(first_sound).unwrap_or(took);
        Ok(Spoken {
            is_played: listening.is_on(),
            duration_s: sink.duration_s(),
            took,
            first_sound,
            sentences,
            repeated_sentences: checked.repeated(),
            unfinished_sentences,
        })
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
    fn keep_partial(&self, failure: Failure, sink: Sink, timestamps: Timestamps, original: &str) -> Failure {
        let is_of_text = matches!(failure, Failure::Speech(_) | Failure::Usage(_) | Failure::Read(_));
        if !is_of_text || !self.settings.keep_partial || sink.is_empty() {
            return failure;
        }
        let duration_s = sink.duration_s();
        if let Err(failure) = sink.finish().and_then(|()| timestamps.save(original)) {
            return failure;
        }
        let output = &self.settings.output;
        self.console.warn(&format!("only the first {duration_s:.1} s of the speech are in {output}"));
        failure
    }

    /// Ends interrupted audio: completes the file or removes it.
    fn end_early(&self, sink: Sink, signal: Signal, timestamps: Timestamps, original: &str) -> Failure {
        let (duration_s, output) = (sink.duration_s(), &self.settings.output);
        // Audio on standard output cannot be removed, so it is completed.
        let is_kept = self.settings.keep_partial || *output == Output::StandardOutput;
        if sink.is_empty() {
            return Failure::Interrupted { signal };
        }
        if !is_kept {
            return Failure::InterruptedSpeech { signal };
        }
        match sink.finish().and_then(|()| timestamps.save(original)) {
            Ok(()) => Failure::Partial { signal, duration_s, target: output.to_string() },
            Err(failure) => failure,
        }
    }
}

impl std::fmt::Display for Spoken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let took_s = self.took.as_secs_f64();
        let first_sound_ms = 1e3 * self.first_sound.as_secs_f64();
        if self.is_played {
            // Generation waits for playing.
            return write!(
                formatter,
                "{:.2} s of speech, heard after {first_sound_ms:.0} ms",
                self.duration_s
            );
        }
        write!(
            formatter,
            "{:.2} s of speech in {took_s:.2} s ({:.2} times real time, first sound after {first_sound_ms:.0} ms)",
            self.duration_s,
            self.duration_s / took_s
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
