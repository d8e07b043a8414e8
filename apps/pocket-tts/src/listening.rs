//! Plays speech that may also be written: then a failure of the sound output does not end the work. It must not know texts
//! or files.

use std::time::Duration;

use pocket_tts_play::Played;

use crate::exit::{Failure, counted};
use crate::playing::Playing;

/// Speech that is played, if the user wants that.
pub(crate) struct Listening<'a> {
    playing: Option<Playing<'a>>,
    /// Why playing ended early.
    failure: Option<Failure>,
    /// Whether the speech is also written.
    is_written: bool,
}

/// The end of what was played.
pub(crate) struct Heard {
    /// `None` if nothing was played to its end.
    pub(crate) played: Option<Played>,
    /// Why playing ended early.
    pub(crate) failure: Option<Failure>,
}

impl<'a> Listening<'a> {
    /// Nothing is played.
    pub(crate) fn off() -> Self {
        Self { playing: None, failure: None, is_written: true }
    }

    /// Plays on `playing`. A failure to open it is an error only if the speech is not written.
    pub(crate) fn on(playing: Result<Playing<'a>, Failure>, is_written: bool) -> Result<Self, Failure> {
        match playing {
            Ok(playing) => Ok(Self { playing: Some(playing), failure: None, is_written }),
            Err(failure) if is_written => Ok(Self { playing: None, failure: Some(failure), is_written }),
            Err(failure) => Err(failure),
        }
    }

    /// Whether the speech is heard.
    pub(crate) fn is_on(&self) -> bool {
        self.playing.is_some()
    }

    /// What is played, if anything is.
    pub(crate) fn playing(&mut self) -> Option<&mut Playing<'a>> {
        self.playing.as_mut()
    }

    /// Plays something. A failure is an error only if the speech is not written.
    pub(crate) fn with(
        &mut self,
        play: impl FnOnce(&mut Playing<'a>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Some(playing) = &mut self.playing else { return Ok(()) };
        match play(playing) {
            Err(failure) if self.is_written => {
                self.playing = None;
                self.failure = Some(failure);
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// When the first sound was released, after the output was opened.
    pub(crate) fn first_heard(&self) -> Option<Duration> {
        self.playing.as_ref().and_then(Playing::first_heard)
    }

    /// Plays the speech to its end.
    pub(crate) fn finish(self) -> Result<Heard, Failure> {
        let Self { playing, failure, is_written } = self;
        match playing.map(Playing::finish).transpose() {
            Ok(played) => Ok(Heard { played, failure }),
            Err(failure) if is_written => Ok(Heard { played: None, failure: Some(failure) }),
            Err(failure) => Err(failure),
        }
    }
}

/// The warning about the gaps of what was played, if there were any.
pub(crate) fn gaps(played: &Played) -> Option<String> {
    (played.underruns > 0).then(|| {
        format!(
            "the speech was generated more slowly than it was heard, so it had {}; try --precision int8",
            counted(usize::try_from(played.underruns).unwrap_or(usize::MAX), "gap")
        )
    })
}
