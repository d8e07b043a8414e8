//! Plays speech while it is being generated. It must not know texts or files.

use std::time::{Duration, Instant};

use pocket_tts_play::{LeadIn, Piece, PlayError, Played, Player, StopHandle, outputs};

use crate::console::Console;
use crate::exit::Failure;
use crate::interruption::Interruption;
use crate::leveling::Leveling;

/// Seconds of speech for each token, until some has been heard. Models speak some three to four tokens in a second.
const SECONDS_PER_TOKEN: f64 = 1.0 / 3.0;
/// Speech of which less has been generated says nothing of the rest.
const LEAST_SPEECH_S: f64 = 2.0;
/// Sound for which less time was waited was there before.
const LEAST_WAIT: Duration = Duration::from_millis(5);
/// A user who waits longer for the first sound is told why, in seconds.
const LONG_WAIT_S: f64 = 3.0;

/// Speech that is being played.
pub(crate) struct Playing<'a> {
    console: &'a Console,
    player: Player,
    leveling: Option<Leveling>,
    sample_rate_hz: u32,
    start: Instant,
    lead_in: LeadIn,
    /// Since when the next sound is waited for.
    idle_since: Instant,
    is_held: bool,
    has_told: bool,
    first_heard: Option<Duration>,
    length: Length,
}

/// How long the speech of a stream will be, from what is known of it.
#[derive(Debug)]
struct Length {
    seconds_per_token: f64,
    /// Tokens of each sentence.
    token_counts: Vec<usize>,
    sentence: usize,
    /// Seconds of speech before the current sentence, and so far.
    before_s: f64,
    so_far_s: f64,
}

/// Checks before the work that there is something to play with.
pub(crate) fn check() -> Result<(), Failure> {
    if outputs().is_empty() { Err(PlayError::NoOutput.into()) } else { Ok(()) }
}

impl<'a> Playing<'a> {
    /// Opens the sound output. From now on a signal silences it at once. `speed` is the one of the settings.
    pub(crate) fn open(
        console: &'a Console,
        interruption: &Interruption,
        sample_rate_hz: u32,
        speed: f64,
        leveling: Option<Leveling>,
    ) -> Result<Self, Failure> {
        let player = Player::open(sample_rate_hz)?;
        interruption.silences(player.stop_handle());
        Ok(Self {
            console,
            player,
            leveling,
            sample_rate_hz,
            start: Instant::now(),
            lead_in: LeadIn::default(),
            idle_since: Instant::now(),
            is_held: false,
            has_told: false,
            first_heard: None,
            length: Length::new(speed),
        })
    }

    /// A stream with these numbers of tokens begins. It is heard from the moment on from which it comes in time.
    pub(crate) fn begin(&mut self, token_counts: &[usize]) {
        self.lead_in.restart();
        self.hold(token_counts);
    }

    /// As [`begin`](Self::begin), for a stream that is written in whole sentences and whose generation begins now.
    pub(crate) fn begin_sentences(&mut self, token_counts: &[usize]) {
        self.lead_in.restart_at(self.start.elapsed());
        self.hold(token_counts);
    }

    fn hold(&mut self, token_counts: &[usize]) {
        self.length.begin(token_counts);
        self.is_held = true;
        self.player.hold();
        self.idle_since = Instant::now();
    }

    /// Plays samples of the stream's sentence of this number. Waits if much sound is still to be heard.
    pub(crate) fn write(&mut self, sentence: usize, samples: &[f32]) -> Result<(), Failure> {
        let was_awaited = self.idle_since.elapsed() >= LEAST_WAIT;
        let sound_s = samples.len() as f64 / f64::from(self.sample_rate_hz);
        self.add(samples)?;
        self.length.add(sentence, sound_s);
        if self.is_held {
            let remaining_s = self.length.remaining_s();
            let ahead_s = self.player.ahead().as_secs_f64();
            let piece = Piece { now: self.start.elapsed(), sound_s, was_awaited };
            if self.lead_in.add(piece, ahead_s, remaining_s) {
                self.release();
            } else {
                self.tell_of_wait(remaining_s);
            }
        }
        self.idle_since = Instant::now();
        Ok(())
    }

    /// Plays samples that belong to no stream. Waits as [`write`](Self::write) does.
    pub(crate) fn add(&mut self, samples: &[f32]) -> Result<(), Failure> {
        match &mut self.leveling {
            None => Ok(self.player.write(samples)?),
            Some(leveling) => Ok(self.player.write(&leveling.push(samples)?)?),
        }
    }

    /// The stream has ended, and another one may follow later.
    pub(crate) fn end(&mut self) {
        if self.is_held {
            self.release();
        }
    }

    /// Plays the speech to its end.
    pub(crate) fn finish(mut self) -> Result<Played, Failure> {
        if let Some(leveling) = self.leveling.take() {
            leveling.finish(0, |samples| Ok(self.player.write(samples)?))?;
        }
        Ok(self.player.finish()?)
    }

    /// A handle with which another thread can silence the speech.
    pub(crate) fn stop_handle(&self) -> StopHandle {
        self.player.stop_handle()
    }

    /// When the first sound was released, after the output was opened.
    pub(crate) fn first_heard(&self) -> Option<Duration> {
        self.first_heard
    }

    fn release(&mut self) {
        self.is_held = false;
        self.first_heard.get_or_insert_with(|| self.start.elapsed());
        self.player.release();
    }

    fn tell_of_wait(&mut self, remaining_s: f64) {
        let (Some(speed), Some(wait_s)) = (self.lead_in.times_real_time(), self.lead_in.wait_s(remaining_s))
        else {
            return;
        };
        if !self.has_told && self.first_heard.is_none() && wait_s > LONG_WAIT_S {
            self.has_told = true;
            self.console.info(&format!(
                "speech is generated at {speed:.2} times real time here, so it is heard in about {wait_s:.0} s"
            ));
        }
    }
}

impl Length {
    /// The length of speech at this speed.
    fn new(speed: f64) -> Self {
        let seconds_per_token = SECONDS_PER_TOKEN / speed;
        Self { seconds_per_token, token_counts: Vec::new(), sentence: 0, before_s: 0.0, so_far_s: 0.0 }
    }

    fn begin(&mut self, token_counts: &[usize]) {
        self.learn(self.token_counts.len(), self.so_far_s);
        self.token_counts = token_counts.to_vec();
        (self.sentence, self.before_s, self.so_far_s) = (0, 0.0, 0.0);
    }

    fn add(&mut self, sentence: usize, sound_s: f64) {
        if sentence > self.sentence {
            (self.sentence, self.before_s) = (sentence, self.so_far_s);
            self.learn(sentence, self.before_s);
        }
        self.so_far_s += sound_s;
    }

    /// The first `sentences` took `seconds`.
    fn learn(&mut self, sentences: usize, seconds: f64) {
        let tokens: usize = self.token_counts.iter().take(sentences).sum();
        if tokens > 0 && seconds >= LEAST_SPEECH_S {
            self.seconds_per_token = seconds / tokens as f64;
        }
    }

    /// Seconds that follow, if the other sentences are like the ones so far.
    fn remaining_s(&self) -> f64 {
        let tokens: usize = self.token_counts.iter().skip(self.sentence).sum();
        let expected_s = self.before_s + tokens as f64 * self.seconds_per_token;
        (expected_s - self.so_far_s).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_estimated_from_tokens_and_then_from_what_was_heard() {
        let mut length = Length::new(1.0);
        let is = |length: &Length, expected: f64| {
            let found = length.remaining_s();
            assert!((found - expected).abs() < 1e-9, "{found} s, not {expected}");
        };
        length.begin(&[9, 12, 9]);
        is(&length, 10.0);
        length.add(0, 2.5);
        is(&length, 7.5);
        length.add(0, 2.0);
        // Each token took half a second, so 10.5 s follow the first sentence.
        length.add(1, 0.5);
        is(&length, 10.0);
        length.add(1, 20.0);
        is(&length, 0.0);
        length.begin(&[10]);
        is(&length, 10.0 * 25.0 / 30.0);
    }

    #[test]
    fn fast_speech_is_shorter() {
        let mut length = Length::new(2.0);
        length.begin(&[12]);
        assert!((length.remaining_s() - 2.0).abs() < 1e-9);
    }
}
