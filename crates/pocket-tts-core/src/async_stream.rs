//! Speech for callers that are tasks rather than threads. It must not know a runtime.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::{FusedStream, Stream};

use crate::{AudioChunk, Result, SpeechStream};

/// A [`SpeechStream`] for asynchronous code: a [`Stream`] that any runtime can poll.
///
/// The model's own threads make the speech; polling takes what is there and never waits. What is true of the
/// [`SpeechStream`] is true of this: it ends after an error, and dropping it ends the work.
///
/// ```
/// # fn main() -> pocket_tts_core::Result<()> {
/// # #[cfg(feature = "tiny")] futures_lite::future::block_on(async {
/// use futures_lite::StreamExt;
/// # use pocket_tts_core::{GenerateOptions, TtsModel};
///
/// # let model = TtsModel::builder().embedded().build()?;
/// # let voice = model.voice(&model.default_voice())?;
/// let mut speech = model.stream("Hello.", &voice, &GenerateOptions::default())?.into_async();
/// while let Some(chunk) = speech.next().await {
///     println!("{} samples", chunk?.samples.len());
/// }
/// # Ok::<(), pocket_tts_core::Error>(())
/// # })?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct AsyncSpeechStream {
    speech: SpeechStream,
}

impl AsyncSpeechStream {
    /// The stream behind this one, for all that it tells besides its sound.
    pub fn get_ref(&self) -> &SpeechStream {
        &self.speech
    }

    /// The same, to take from it what it tells besides its sound.
    pub fn get_mut(&mut self) -> &mut SpeechStream {
        &mut self.speech
    }

    /// The stream for a thread again, from where this one is.
    pub fn into_blocking(self) -> SpeechStream {
        self.speech
    }
}

impl SpeechStream {
    /// The same speech for asynchronous code.
    pub fn into_async(self) -> AsyncSpeechStream {
        AsyncSpeechStream { speech: self }
    }
}

impl Stream for AsyncSpeechStream {
    type Item = Result<AudioChunk>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let speech = &mut self.speech;
            if let Some(chunk) = speech.next_chunk() {
                return Poll::Ready(Some(Ok(chunk)));
            }
            if speech.has_ended() {
                return Poll::Ready(None);
            }
            let event = ready!(speech.poll_event(context));
            if let Some(error) = speech.take(event) {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

impl FusedStream for AsyncSpeechStream {
    fn is_terminated(&self) -> bool {
        self.speech.has_ended()
    }
}
