//! From the frames of sentences to the samples that a caller hears: speed, volume and pauses. It must not know how
//! frames are generated.

use pocket_tts_audio::{SpeedChanger, SpeedError};

/// A piece of speech or of a pause.
///
/// At the model's own speed a piece of speech is a frame (80 ms). At another speed pieces have other lengths. A pause comes
/// in pieces of a frame at most, each sample of which is exactly 0.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AudioChunk {
    /// Samples in `-1.0..=1.0` except for rare overshoots and added volume, at the model's sample rate; never empty.
    pub samples: Vec<f32>,
    /// The sentence they belong to, counted from 0 in each request. A pause belongs to the sentence before it, or to the
    /// first. At a speed other than 1, the border between two sentences is exact to 0.1 s.
    pub sentence: usize,
}

/// How one sentence is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SentencePlayback {
    /// How many times as fast as the model speaks, from 0.25 to 4.
    pub(crate) speed: f64,
    /// The factor of each sample.
    pub(crate) gain: f32,
    /// Samples of silence after the sentence.
    pub(crate) pause_after: u64,
    /// Whether it is the last one of its part.
    pub(crate) ends_part: bool,
}

/// The playback of a request: a state machine that takes frames in order and gives chunks.
///
/// The sentences of a part change their speed as one signal, so that no seam is heard, up to a pause, which isn't stretched.
/// So a part sounds the same whatever comes before and after it.
#[derive(Debug)]
pub(crate) struct Playback {
    sentences: Vec<SentencePlayback>,
    sample_rate_hz: u32,
    /// Samples of a pause's chunk at most.
    pause_chunk: usize,
    changer: Option<SpeedChanger>,
    /// Samples that were taken by [`next_chunk`](Self::next_chunk).
    played: u64,
    /// `played` when the part began whose speed is changed now, its samples so far, and its speed.
    part: (u64, u64, f64),
    /// A chunk that comes before the pause.
    waiting: Option<AudioChunk>,
    /// Samples that are left of the pause.
    pause: u64,
    /// The sentence that the pause belongs to.
    pause_sentence: usize,
}

impl Playback {
    /// A playback that begins with `lead` samples of silence. A pause comes in chunks of `pause_chunk` samples at most.
    pub(crate) fn new(
        sentences: Vec<SentencePlayback>,
        lead: u64,
        sample_rate_hz: u32,
        pause_chunk: usize,
    ) -> Self {
        let (changer, waiting, pause_sentence) = (None, None, 0);
        Self {
            sentences,
            sample_rate_hz,
            pause_chunk,
            changer,
            played: 0,
            part: (0, 0, 1.0),
            waiting,
            pause: lead,
            pause_sentence,
        }
    }

    /// Takes a frame of a sentence. All waiting chunks must have been taken before.
    pub(crate) fn push(&mut self, sentence: usize, mut samples: Vec<f32>) -> Result<(), SpeedError> {
        let SentencePlayback { speed, gain, .. } = self.sentences[sentence];
        #[expect(clippy::float_cmp, reason = "exactly 1 is what is passed on unchanged")]
        let is_changed = gain != 1.0;
        if is_changed {
            for sample in &mut samples {
                *sample *= gain;
            }
        }
        let changer = match &mut self.changer {
            Some(changer) => changer,
            none => {
                self.part = (self.played, 0, speed);
                none.insert(SpeedChanger::new(speed, self.sample_rate_hz)?)
            }
        };
        self.part.1 += samples.len() as u64;
        let samples = changer.push(&samples);
        self.give(sentence, samples);
        Ok(())
    }

    /// Ends a sentence. All waiting chunks must have been taken before.
    pub(crate) fn end_sentence(&mut self, sentence: usize) {
        let SentencePlayback { pause_after, ends_part, .. } = self.sentences[sentence];
        if ends_part || pause_after > 0 {
            let rest = self.changer.take().map(SpeedChanger::finish).unwrap_or_default();
            self.give(sentence, rest);
        }
        (self.pause, self.pause_sentence) = (pause_after, sentence);
    }

    /// Where in what is played the next frame begins, in samples; at another speed to about 0.1 s. All waiting chunks
    /// must have been taken before.
    pub(crate) fn position(&self) -> u64 {
        let (start, samples, speed) = self.part;
        if self.changer.is_some() { start + (samples as f64 / speed).round() as u64 } else { self.played }
    }

    /// The next chunk that is ready.
    pub(crate) fn next_chunk(&mut self) -> Option<AudioChunk> {
        if let Some(chunk) = self.waiting.take() {
            self.played += chunk.samples.len() as u64;
            return Some(chunk);
        }
        let length = self.pause.min(self.pause_chunk as u64);
        self.pause -= length;
        self.played += length;
        (length > 0)
            .then(|| AudioChunk { samples: vec![0.0; length as usize], sentence: self.pause_sentence })
    }

    /// Whether a chunk is ready.
    pub(crate) fn has_chunk(&self) -> bool {
        self.waiting.is_some() || self.pause > 0
    }

    /// Drops the chunks that are ready.
    pub(crate) fn stop(&mut self) {
        (self.waiting, self.pause) = (None, 0);
    }

    fn give(&mut self, sentence: usize, samples: Vec<f32>) {
        if !samples.is_empty() {
            self.waiting = Some(AudioChunk { samples, sentence });
        }
    }
}
