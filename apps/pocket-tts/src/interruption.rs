//! Ctrl-C and requests to terminate, for as long as there is an unfinished file to take away.
//!
//! It must not know what is being written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pocket_tts_core::CancelHandle;

use crate::exit::INTERRUPTED;

/// How long the work has to end by itself, and to take its file away.
const PATIENCE: Duration = Duration::from_secs(1);

/// Tells whether the user wants the work to end.
#[derive(Debug, Default)]
pub(crate) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// From now on Ctrl-C and requests to terminate cancel `stream`; one that comes a
    /// second later ends the program at once.
    ///
    /// Where one of these signals is ignored, as under `nohup`, nothing is changed: whoever started the
    /// program has decided.
    pub(crate) fn watch(stream: CancelHandle) -> Self {
        Self::act(move || stream.cancel())
    }

    /// From now on such a signal only lets [`seen`](Self::seen) tell of it; a later one ends the program.
    pub(crate) fn heed() -> Self {
        Self::act(|| {})
    }

    fn act(action: impl Fn() + Send + 'static) -> Self {
        let seen = Arc::<AtomicBool>::default();
        let handler_seen = Arc::clone(&seen);
        let mut first: Option<Instant> = None;
        let installed = ctrlc::try_set_handler(move || match first {
            None => {
                first = Some(Instant::now());
                handler_seen.store(true, Ordering::Relaxed);
                action();
            }
            Some(first) if first.elapsed() >= PATIENCE => end_now(),
            // It is the same wish twice: `timeout` and shells tell the program and then its whole group.
            Some(_) => {}
        });
        // Without a handler the system's own stays, which ends the program.
        drop(installed);
        Self(seen)
    }

    /// Whether the user wanted the work to end.
    pub(crate) fn seen(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[expect(clippy::exit, reason = "the user asks for it a second time, so the first was not obeyed in time")]
fn end_now() {
    std::process::exit(i32::from(INTERRUPTED));
}
