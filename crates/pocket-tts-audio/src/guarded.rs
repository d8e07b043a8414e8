//! Runs a decoder on its own thread. Decoders are large and files may be hostile: a panic becomes an error, and a decoder
//! that takes too long is abandoned.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::error::AudioError;

/// The name of decoder threads, for panic hooks that handle their panics separately.
pub const DECODER_THREAD: &str = "tts-decoder";

/// The result of `work` on another thread, or an error if it panics or times out.
pub(crate) fn guarded<T: Send + 'static>(
    max_time: Duration,
    work: impl FnOnce() -> Result<T, AudioError> + Send + 'static,
) -> Result<T, AudioError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let decoder = thread::Builder::new().name(DECODER_THREAD.to_owned());
    // After a time-out the receiver is gone.
    let started = decoder.spawn(move || drop(sender.send(work())));
    started.map_err(|reason| AudioError::Thread { reason })?;
    match receiver.recv_timeout(max_time) {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Timeout) => Err(AudioError::TooSlow { max_time }),
        Err(RecvTimeoutError::Disconnected) => {
            Err(AudioError::Decoder { reason: "the decoder panicked, so the file is damaged".to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_or_never_ends_is_an_error() {
        let panics = guarded::<()>(Duration::from_secs(10), || panic!("as a broken decoder would"));
        assert!(matches!(panics, Err(AudioError::Decoder { .. })), "{panics:?}");
        let never_ends = guarded::<()>(Duration::from_millis(20), || {
            thread::sleep(Duration::from_secs(1000));
            Ok(())
        });
        assert!(matches!(never_ends, Err(AudioError::TooSlow { .. })), "{never_ends:?}");
    }
}
