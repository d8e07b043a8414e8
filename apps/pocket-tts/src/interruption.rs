//! Ctrl-C and requests to terminate, for as long as there may be an unfinished file to take away.
//!
//! A signal that is ignored, as by `nohup` or of a script's background jobs, stays ignored: that was decided where the program was
//! started. It must not know what is being written.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pocket_tts_core::CancelHandle;
use pocket_tts_files::remove_unfinished_files;

use crate::console::Console;
use crate::exit::Failure;

/// How long the work has to end by itself, and to take its file away.
const PATIENCE: Duration = Duration::from_secs(1);

/// The number of a signal that asked the program to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signal(i32);

impl Signal {
    /// What shells report of a command that the signal ended.
    pub(crate) fn exit_code(self) -> u8 {
        u8::try_from(128 + self.0).unwrap_or(u8::MAX)
    }
}

/// Tells whether the user wants the work to end.
pub(crate) struct Interruption(Arc<Mutex<State>>);

struct State {
    work: Work,
    /// The first signal, and when it came.
    wanted: Option<(Signal, Instant)>,
}

/// What a signal interrupts.
enum Work {
    /// It ends at once.
    Sudden,
    /// It ends at once, and as if nobody had heeded the signal.
    Silent,
    /// It ends when this is cancelled.
    Stream(CancelHandle),
    /// It looks at [`Interruption::seen`] from time to time.
    Steps,
}

impl Interruption {
    /// From now on a signal removes unfinished files and ends the program. To be called once.
    pub(crate) fn heed() -> Self {
        let state = Arc::new(Mutex::new(State { work: Work::Sudden, wanted: None }));
        let handled = Arc::clone(&state);
        // Without a handler the system's own stays, which ends the program.
        drop(signals::on_each(move |signal| handle(&handled, signal)));
        Self(state)
    }

    /// From now on a signal cancels `stream`; one that comes a second later ends the program at once.
    pub(crate) fn cancels(&self, stream: CancelHandle) {
        self.set(Work::Stream(stream));
    }

    /// From now on a signal only lets [`seen`](Self::seen) tell of it; one that comes a second later ends the program.
    pub(crate) fn only_tells(&self) {
        self.set(Work::Steps);
    }

    /// From now on a signal ends the program as if nobody heeded it.
    pub(crate) fn ends_silently(&self) {
        self.set(Work::Silent);
    }

    /// The signal by which the user wanted the work to end.
    pub(crate) fn seen(&self) -> Option<Signal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).wanted.map(|(signal, _)| signal)
    }

    fn set(&self, work: Work) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).work = work;
    }
}

fn handle(state: &Mutex<State>, signal: Signal) {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    match (&state.work, state.wanted) {
        (Work::Sudden, _) => {
            remove_unfinished_files();
            Console::new(false).failure(&Failure::Interrupted { signal });
            end_now(signal);
        }
        (Work::Silent, _) => {
            remove_unfinished_files();
            signals::end_by(signal);
            end_now(signal);
        }
        (_, Some((_, first))) if first.elapsed() >= PATIENCE => {
            remove_unfinished_files();
            end_now(signal);
        }
        // It is the same wish twice: `timeout` and shells tell the program and then its whole group.
        (_, Some(_)) => {}
        (work, None) => {
            if let Work::Stream(stream) = work {
                stream.cancel();
            }
            state.wanted = Some((signal, Instant::now()));
        }
    }
}

#[expect(clippy::exit, reason = "the user wants it, and the work doesn't end by itself, or not in time")]
fn end_now(signal: Signal) {
    std::process::exit(i32::from(signal.exit_code()));
}

#[cfg(target_os = "linux")]
mod signals {
    use std::{fs, io, thread};

    use super::Signal;
    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        iterator::Signals,
        low_level::emulate_default_handler,
    };

    /// Calls `action` with each signal that asks the program to end, and that is not ignored.
    pub(super) fn on_each(action: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
        let ignored = ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
        let heeded =
            [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| (ignored >> (signal - 1)) & 1 == 0);
        let mut signals = Signals::new(heeded)?;
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            for signal in signals.forever() {
                action(Signal(signal));
            }
        })?;
        Ok(())
    }

    /// Ends the program as the signal does that nobody heeds.
    pub(super) fn end_by(signal: Signal) {
        // Where that fails, the caller has another way.
        drop(emulate_default_handler(signal.0));
    }

    /// The ignored signals, from the lowest bit on, by what the system says of the process.
    fn ignored(status: &str) -> u64 {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }

    #[cfg(test)]
    mod tests {
        use super::{SIGHUP, ignored};

        #[test]
        fn the_system_tells_which_signals_are_ignored() {
            let status = "SigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n";
            assert_eq!(ignored(status), 0x1001);
            assert_eq!((ignored(status) >> (SIGHUP - 1)) & 1, 1);
            assert_eq!(ignored(""), 0);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod signals {
    use super::Signal;

    /// SIGINT: here nothing tells which of the signals it was.
    const CTRL_C: Signal = Signal(2);

    /// Calls `action` with each signal that asks the program to end. Where one of them is ignored, all are left alone,
    /// since nothing tells which.
    pub(super) fn on_each(action: impl Fn(Signal) + Send + 'static) -> Result<(), ctrlc::Error> {
        ctrlc::try_set_handler(move || action(CTRL_C))
    }

    /// The caller's own way is taken.
    pub(super) fn end_by(_signal: Signal) {}
}
