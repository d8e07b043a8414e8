//! Speech while it is being made: one thread writes latents, another turns them into samples.

use std::{
    iter::FusedIterator,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use crate::{
    Error, Result,
    parts::Parts,
    synthesis::{Speaker, Writer, Written},
};

/// Latents that may wait for the codec.
const WAITING_LATENTS: usize = 16;
/// Chunks that may wait for the caller; a caller who stops pulling stops the work.
const WAITING_CHUNKS: usize = 32;

/// The next piece of speech: one frame (80 ms).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AudioChunk {
    /// Samples in `-1.0..=1.0` but for rare overshoots, at the model's sample rate.
    pub samples: Vec<f32>,
    /// The sentence they belong to, counted from 0.
    pub sentence: usize,
}

/// Audio of one request, made ahead of the caller by a few seconds at most.
///
/// Each item is a frame; an error is the last item, and a stream that ends without one is complete
/// or was cancelled. Dropping the stream ends the work within a frame.
#[derive(Debug)]
pub struct SpeechStream {
    /// `None` once the stream has ended, which frees threads that wait to hand something over.
    chunks: Option<Receiver<Result<Event>>>,
    cancelled: Arc<AtomicBool>,
    sentence: usize,
    unfinished_sentences: usize,
    about: About,
}

/// What is known of a stream from the begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    pub(crate) seed: u64,
    pub(crate) overlong_sentences: usize,
}

/// Stops a [`SpeechStream`] from elsewhere; the stream then ends within one frame.
#[derive(Debug, Clone)]
pub struct CancelHandle(Arc<AtomicBool>);

enum Event {
    Samples(Vec<f32>),
    SentenceEnd {
        reached_limit: bool,
    },
    /// Without it an end of the channel means that a thread died.
    Done,
}

impl SpeechStream {
    pub(crate) fn start(parts: &Arc<Parts>, writer: Writer, about: About) -> Result<Self> {
        let cancelled = Arc::<AtomicBool>::default();
        let (latents_in, latents_out) = sync_channel(WAITING_LATENTS);
        let (chunks_in, chunks) = sync_channel(WAITING_CHUNKS);
        let speaker = Speaker::new(Arc::clone(parts));
        let stop = Arc::clone(&cancelled);
        spawn("tts-speaker", move || speak(speaker, &latents_out, &chunks_in, &stop))?;
        let stop = Arc::clone(&cancelled);
        spawn("tts-writer", move || write(writer, &latents_in, &stop))?;
        Ok(Self { chunks: Some(chunks), cancelled, sentence: 0, unfinished_sentences: 0, about })
    }

    /// A handle that another thread can stop this stream with.
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle(Arc::clone(&self.cancelled))
    }

    /// The seed of the noise: the one asked for, or the one drawn.
    pub fn seed(&self) -> u64 {
        self.about.seed
    }

    /// Sentences of the whole text that have more tokens than `max_tokens` and no mark to cut them at;
    /// the model may skip words in them.
    pub fn overlong_sentences(&self) -> usize {
        self.about.overlong_sentences
    }

    /// Sentences so far that were cut at their frame limit before the model ended them, which often
    /// means that it lost its way in them.
    pub fn unfinished_sentences(&self) -> usize {
        self.unfinished_sentences
    }
}

impl CancelHandle {
    /// Ends the stream. The audio already handed out is whole frames.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Iterator for SpeechStream {
    type Item = Result<AudioChunk>;

    fn next(&mut self) -> Option<Self::Item> {
        let last = loop {
            let chunks = self.chunks.as_ref()?;
            if self.cancelled.load(Ordering::Relaxed) {
                break None;
            }
            match chunks.recv() {
                Ok(Ok(Event::Samples(samples))) => {
                    return Some(Ok(AudioChunk { samples, sentence: self.sentence }));
                }
                Ok(Ok(Event::SentenceEnd { reached_limit })) => {
                    self.sentence += 1;
                    self.unfinished_sentences += usize::from(reached_limit);
                }
                Ok(Ok(Event::Done)) => break None,
                Ok(Err(error)) => break Some(Err(error)),
                // A cancelled stream's threads leave without a word; any other's must not.
                Err(_) if self.cancelled.load(Ordering::Relaxed) => break None,
                Err(_) => break Some(Err(Error::WorkerPanicked)),
            }
        };
        self.chunks = None;
        last
    }
}

impl FusedIterator for SpeechStream {}

impl Drop for SpeechStream {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// Writes until the text ends, an error is sent, or nobody listens.
fn write(mut writer: Writer, latents: &SyncSender<Result<Option<Written>>>, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let written = writer.next();
        let last = !matches!(written, Ok(Some(_)));
        if latents.send(written).is_err() || last {
            return;
        }
    }
}

/// Speaks what is written until it ends, an error is passed on, or nobody listens.
fn speak(
    mut speaker: Speaker,
    latents: &Receiver<Result<Option<Written>>>,
    chunks: &SyncSender<Result<Event>>,
    stop: &AtomicBool,
) {
    for written in latents {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let event = match written {
            Ok(Some(Written::Frame(latent))) => speaker.speak(latent).map(Event::Samples),
            Ok(Some(Written::SentenceEnd { reached_limit })) => {
                speaker.end_sentence();
                Ok(Event::SentenceEnd { reached_limit })
            }
            Ok(None) => Ok(Event::Done),
            Err(error) => Err(error),
        };
        let last = matches!(event, Ok(Event::Done) | Err(_));
        if chunks.send(event).is_err() || last {
            return;
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.map(drop).map_err(|source| Error::Thread { source })
}
