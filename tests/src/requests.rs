//! Collected streams, and waiting for other threads.

use std::{
    thread,
    time::{Duration, Instant},
};

use pocket_tts_core::{GenerateOptions, Result, SpeechStream, TtsModel, Voice};

/// All chunks of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Collected {
    /// The samples of all chunks.
    pub samples: Vec<f32>,
    /// Samples of each chunk.
    pub lengths: Vec<usize>,
    /// The sentence of each chunk.
    pub sentences: Vec<usize>,
    /// Sentences cut at their limit.
    pub unfinished_sentences: usize,
}

/// Streams a text to its end.
///
/// # Errors
///
/// The first error, before or during the audio.
pub fn collect(model: &TtsModel, text: &str, voice: &Voice, options: &GenerateOptions) -> Result<Collected> {
    let mut stream: SpeechStream = model.stream(text, voice, options)?;
    let (mut samples, mut lengths, mut sentences) = (Vec::new(), Vec::new(), Vec::new());
    for chunk in &mut stream {
        let chunk = chunk?;
        lengths.push(chunk.samples.len());
        sentences.push(chunk.sentence);
        samples.extend(chunk.samples);
    }
    Ok(Collected { samples, lengths, sentences, unfinished_sentences: stream.unfinished_sentences() })
}

/// Waits at most half a minute for `condition`, and returns whether it holds.
pub fn wait_until(condition: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}
