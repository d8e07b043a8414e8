//! The end of a run: the audiobook is written while the last of the book is heard. It must not know how either is done.

use std::thread;

use pocket_tts_audio::audiobook::BookInfo;

use super::assembly::Assembly;
use super::hearing::Hearing;
use super::parts::Passages;
use super::passages::BookPlan;
use super::speaking::Reading;
use super::steps::Step;
use crate::exit::Failure;
use crate::listening::Heard;

/// What follows once all passages have been spoken.
pub(super) struct Ending<'a> {
    pub(super) reading: &'a Reading<'a>,
    pub(super) plan: &'a BookPlan,
    pub(super) passages: &'a Passages<'a>,
    /// The passages that are still to be played.
    pub(super) rest: &'a [Step<'a>],
}

impl Ending<'_> {
    /// Writes the audiobook, if one is wanted, and plays the rest.
    pub(super) fn run(
        &self,
        assembly: Option<&Assembly<'_>>,
        info: &BookInfo,
        mut hearing: Hearing<'_>,
    ) -> Result<Heard, Failure> {
        let Some(stop_handle) = hearing.stop_handle() else {
            assembly.map_or(Ok(()), |assembly| assembly.write(info))?;
            return hearing.finish();
        };
        let interruption = self.reading.interruption;
        thread::scope(|scope| {
            let write = |assembly: &Assembly<'_>| {
                let written = assembly.write(info);
                match &written {
                    // Nothing is left to be cleaned up after a signal.
                    Ok(()) => interruption.ends_silently(),
                    Err(_) => stop_handle.stop(),
                }
                written
            };
            let writing = assembly.map(|assembly| scope.spawn(move || write(assembly)));
            if writing.is_none() {
                interruption.ends_silently();
            }
            let heard = self.play(hearing);
            match writing.map(thread::ScopedJoinHandle::join) {
                Some(Err(panic)) => std::panic::resume_unwind(panic),
                Some(Ok(written)) => written?,
                None => {}
            }
            heard
        })
    }

    fn play(&self, mut hearing: Hearing<'_>) -> Result<Heard, Failure> {
        self.reading.play_all(self.rest, self.plan, self.passages, &mut hearing)?;
        hearing.finish()
    }
}
