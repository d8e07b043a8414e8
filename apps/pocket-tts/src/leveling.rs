//! Brings speech to the loudness of the settings. It must not know where the speech goes.

use std::borrow::Cow;

use pocket_tts_audio::{Leveler, LoudnessMeter, LoudnessSpool};
use pocket_tts_core::{TtsModel, Voice};

use crate::console::Console;
use crate::exit::Failure;
use crate::settings::Settings;

/// The seed of the sentence that measures a voice, so that the same voice always gets the same gain.
const SEED: u64 = 0;
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
    /// For a file, if the settings have a loudness.
    pub(crate) fn of_file(
        settings: &Settings,
        sample_rate_hz: u32,
        console: &Console,
    ) -> Result<Option<Self>, Failure> {
        let Some(target_lufs) = settings.loudness_lufs else { return Ok(None) };
        let spool = LoudnessSpool::new(target_lufs, sample_rate_hz);
        let spool = Box::new(spool.map_err(|error| Failure::write(SPOOL, error))?);
        Ok(Some(Self::Whole { spool, target_lufs, console: console.clone() }))
    }

    /// For sound that is heard while it is generated.
    pub(crate) fn of_stream(voice_gain_db: f64, sample_rate_hz: u32) -> Self {
        Self::Streamed(Box::new(Leveler::new(voice_gain_db, sample_rate_hz)))
    }

    /// Takes samples, and returns those that can be passed on.
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

/// The gain with which this voice has the loudness of the settings, in dB, if something needs to know it before the speech:
/// what is played or streamed. The voice says `text` for that.
pub(crate) fn voice_gain_db(
    settings: &Settings,
    model: &TtsModel,
    voice: &Voice,
    text: &str,
) -> Result<Option<f64>, Failure> {
    let Some(target_lufs) = settings.loudness_lufs else { return Ok(None) };
    if !settings.play && !settings.output.is_streamed() {
        return Ok(None);
    }
    let options = settings.options.clone().seed(SEED);
    let audio = model.generate(text, voice, &options).map_err(|error| settings.named(error))?;
    let meter = LoudnessMeter::new(audio.sample_rate_hz);
    let mut meter =
        meter.map_err(|error| Failure::Internal(format!("the voice cannot be measured: {error}")))?;
    meter.push(&audio.samples);
    // A voice that says nothing has no loudness.
    Ok(Some(meter.loudness_lufs().map_or(0.0, |own_lufs| target_lufs - own_lufs)))
}
