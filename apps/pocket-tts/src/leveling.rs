//! Brings speech to the loudness of the settings. It must not know where the speech goes.

use std::borrow::Cow;

use pocket_tts_audio::{Leveler, LoudnessSpool};

use crate::console::Console;
use crate::exit::Failure;

/// How far from the target a file may be without a warning, in LU.
const TOLERANCE_LU: f64 = 0.1;
/// Where sound is kept, for messages.
const SPOOL: &str = "a temporary file";

/// Brings sound to a loudness.
#[derive(Debug)]
pub(crate) enum Leveling {
    /// At once, by a gain that is known before.
    Streamed(Box<Leveler>),
    /// At the end, when all of the sound has been measured.
    Whole { spool: Box<LoudnessSpool>, target_lufs: f64, console: Console },
}

impl Leveling {
    /// For a file, if it is to have a loudness.
    pub(crate) fn of_file(
        target_lufs: Option<f64>,
        sample_rate_hz: u32,
        console: &Console,
    ) -> Result<Option<Self>, Failure> {
        let Some(target_lufs) = target_lufs else { return Ok(None) };
        let spool = LoudnessSpool::new(target_lufs, sample_rate_hz);
        let spool = Box::new(spool.map_err(|error| Failure::write(SPOOL, error))?);
        Ok(Some(Self::Whole { spool, target_lufs, console: console.clone() }))
    }

    /// For sound that is heard while it is generated.
    pub(crate) fn of_stream(voice_gain_db: f64, sample_rate_hz: u32) -> Self {
        Self::Streamed(Box::new(Leveler::new(voice_gain_db, sample_rate_hz)))
    }

    /// Takes samples, and returns the ones that can be passed on.
    pub(crate) fn push<'a>(&mut self, samples: &'a [f32]) -> Result<Cow<'a, [f32]>, Failure> {
        match self {
            Self::Streamed(leveler) => Ok(leveler.push(samples).into()),
            Self::Whole { spool, .. } => {
                spool.push(samples).map_err(|error| Failure::write(SPOOL, error))?;
                Ok(Cow::Borrowed(&[]))
            }
        }
    }

    /// Passes the rest on. `silence` samples of silence will follow.
    pub(crate) fn finish(
        self,
        silence: usize,
        mut write: impl FnMut(&[f32]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let (spool, target_lufs, console) = match self {
            Self::Streamed(leveler) => return write(&leveler.finish()),
            Self::Whole { spool, target_lufs, console } => (spool, target_lufs, console),
        };
        let failure = |error| Failure::write(SPOOL, error);
        let mut leveled = spool.finish(silence).map_err(failure)?;
        while let Some(samples) = leveled.next_block().map_err(failure)? {
            write(&samples)?;
        }
        match leveled.loudness_lufs() {
            None => console.warn(
                "the loudness is unchanged, as the speech is too short or too quiet to be measured (0.4 s are needed)",
            ),
            Some(found) if (found - target_lufs).abs() > TOLERANCE_LU => console.warn(&format!(
                "the loudness is {found:.1} LUFS rather than {target_lufs}, as the peaks of the speech leave no room for \
                 more"
            )),
            Some(_) => {}
        }
        Ok(())
    }
}
