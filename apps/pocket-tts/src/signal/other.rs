//! Signals elsewhere, where nothing tells which of them are ignored.

use super::number::Signal;

/// SIGINT: here nothing tells which of the signals it was.
const CTRL_C: Signal = Signal(2);

/// Calls `action` with each signal that asks the program to end. Where one of them is ignored, all are left alone,
/// since nothing tells which.
pub(crate) fn on_each(action: impl Fn(Signal) + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::try_set_handler(move || action(CTRL_C))
}

/// The caller's own way is taken.
pub(crate) fn end_by(_signal: Signal) {}
