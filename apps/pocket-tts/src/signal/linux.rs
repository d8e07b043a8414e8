//! Signals on Linux, which reports the ignored ones.

use std::{fs, io, thread};

use super::number::Signal;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

/// Calls `action` with each signal that asks the program to end, and that is not ignored.
pub(crate) fn on_each(action: impl Fn(Signal) + Send + 'static) -> io::Result<()> {
    let ignored = ignored(&fs::read_to_string("/proc/self/status").unwrap_or_default());
    let handled = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| (ignored >> (signal - 1)) & 1 == 0);
    let mut signals = Signals::new(handled)?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            action(Signal(signal));
        }
    })?;
    Ok(())
}

/// Ends the program as the signal does without a handler.
pub(crate) fn end_by(signal: Signal) {
    // If that fails, the caller exits.
    drop(emulate_default_handler(signal.0));
}

/// The bit mask of ignored signals in `/proc/self/status`, from signal 1 on.
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
