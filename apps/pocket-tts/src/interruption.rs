//! Handles Ctrl-C and other signals while there may be an unfinished file to remove.
//!
//! A signal that is ignored, as by `nohup` or in background jobs of a script, stays ignored. It must not know what is
//! being written.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pocket_tts_core::CancelHandle;
use pocket_tts_files::remove_unfinished_files;
use pocket_tts_play::StopHandle;

use crate::console::Console;
use crate::exit::Failure;
use crate::signal::{Signal, end_by, on_each};

/// How long the work may take to end and to remove its file.
const GRACE_PERIOD: Duration = Duration::from_secs(1);

/// The handler of signals, and whether one has arrived.
pub(crate) struct Interruption(Arc<Mutex<InterruptionState>>);

struct InterruptionState {
    work: Work,
    /// What is being played.
    sound: Option<StopHandle>,
    /// The first signal, and when it came.
    wanted: Option<(Signal, Instant)>,
}

/// What a signal interrupts.
enum Work {
    /// It ends at once.
    Sudden,
    /// It ends at once, as without a handler.
    Silent,
    /// It ends when this is cancelled.
    Stream(CancelHandle),
    /// It checks [`Interruption::seen`] from time to time.
    Steps,
}

impl Interruption {
    /// Installs the handler: a signal removes unfinished files and ends the program. To be called once.
    pub(crate) fn install() -> Self {
        let state = Arc::new(Mutex::new(InterruptionState { work: Work::Sudden, sound: None, wanted: None }));
        let handled = Arc::clone(&state);
        // Without a handler signals end the program.
        drop(on_each(move |signal| handle(&handled, signal)));
        Self(state)
    }

    /// From now on a signal cancels `stream`. A signal at least a second later ends the program at once.
    pub(crate) fn cancels(&self, stream: CancelHandle) {
        self.set(Work::Stream(stream));
    }

    /// From now on a signal is only recorded for [`seen`](Self::seen). A signal at least a second later ends the program.
    pub(crate) fn only_records(&self) {
        self.set(Work::Steps);
    }

    /// From now on a signal also silences `sound` at once.
    pub(crate) fn silences(&self, sound: StopHandle) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).sound = Some(sound);
    }

    /// From now on a signal ends the program as without a handler.
    pub(crate) fn ends_silently(&self) {
        self.set(Work::Silent);
    }

    /// The first signal, if one has arrived.
    pub(crate) fn seen(&self) -> Option<Signal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).wanted.map(|(signal, _)| signal)
    }

    fn set(&self, work: Work) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).work = work;
    }
}

fn handle(state: &Mutex<InterruptionState>, signal: Signal) {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(sound) = &state.sound {
        sound.stop();
    }
    match (&state.work, state.wanted) {
        (Work::Sudden, _) => {
            remove_unfinished_files();
            Console::new(false).failure(&Failure::Interrupted { signal });
            end_now(signal);
        }
        (Work::Silent, _) => {
            remove_unfinished_files();
            end_by(signal);
            end_now(signal);
        }
        (_, Some((_, first))) if first.elapsed() >= GRACE_PERIOD => {
            remove_unfinished_files();
            end_now(signal);
        }
        // `timeout` and shells signal the program and then its process group.
        (_, Some(_)) => {}
        (work, None) => {
            if let Work::Stream(stream) = work {
                stream.cancel();
            }
            state.wanted = Some((signal, Instant::now()));
        }
    }
}

#[expect(clippy::exit, reason = "the user wants it, and the work does not end in time")]
fn end_now(signal: Signal) {
    std::process::exit(i32::from(signal.exit_code()));
}
