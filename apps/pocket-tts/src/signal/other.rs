//! Signals on other systems, which do not report which ones are ignored.

use super::number::Signal;

/// SIGINT: the handler does not know which signal it was.
const CTRL_C: Signal = Signal(2);

/// Calls `action` with each signal that asks the program to end.
pub(crate) fn on_each(action: impl Fn(Signal) + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::try_set_handler(move || action(CTRL_C))
}

/// Does nothing: the caller exits.
pub(crate) fn end_by(_signal: Signal) {}
