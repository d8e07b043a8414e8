//! The three kinds of work, and how each is done. It must not know whose turn it is.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use pocket_tts_tensor::discard_panic;

use crate::{
    Result,
    parts::Parts,
    synthesis::{Plan, Speaker, Writer, Written, write_together},
};

/// A sentence of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) request: u64,
    pub(super) sentence: usize,
}

/// What a worker takes from the board.
#[derive(Debug)]
pub(super) enum Job {
    /// Read a sentence.
    Read(Place, Arc<Plan>),
    /// Write the next latent of each, in one pass over the weights.
    Write(Vec<(Place, Box<Writer>)>),
    /// Turn consecutive latents into samples.
    Speak(Place, Box<Speaker>, Vec<Vec<f32>>),
}

/// What a worker puts back.
#[derive(Debug)]
pub(super) enum Outcome {
    Read(Place, Result<Box<Writer>>),
    Written(Vec<(Place, Box<Writer>, Result<Written>)>),
    Spoken(Place, Box<Speaker>, Result<Vec<Vec<f32>>>),
    /// The work panicked, and what it held is lost.
    Panicked(Kind, Vec<Place>),
}

/// The kind of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
    Speak,
}

impl Job {
    /// Whether latents may be written by turns with it without anybody waiting longer for their first sound.
    pub(super) fn leaves_time_to_write(&self) -> bool {
        matches!(self, Self::Speak(_, _, latents) if latents.len() > 1)
    }

    /// Does the work. A panic, which is a bug, ends the requests of this job and no others.
    pub(super) fn run(self, parts: &Parts) -> Outcome {
        let (kind, places) = match &self {
            Self::Read(place, _) => (Kind::Read, vec![*place]),
            Self::Write(writers) => (Kind::Write, writers.iter().map(|(place, _)| *place).collect()),
            Self::Speak(place, ..) => (Kind::Speak, vec![*place]),
        };
        contained(kind, places, || self.work(parts))
    }

    fn work(self, parts: &Parts) -> Outcome {
        match self {
            Self::Read(place, plan) => {
                Outcome::Read(place, Writer::begin(parts, &plan, place.sentence).map(Box::new))
            }
            Self::Write(mut writers) => {
                let mut each: Vec<&mut Writer> =
                    writers.iter_mut().map(|(_, writer)| &mut **writer).collect();
                let written = write_together(parts, &mut each);
                let outcomes = writers.into_iter().zip(written);
                Outcome::Written(
                    outcomes.map(|((place, writer), written)| (place, writer, written)).collect(),
                )
            }
            Self::Speak(place, mut speaker, latents) => {
                let chunks = speaker.speak(&latents);
                Outcome::Spoken(place, speaker, chunks)
            }
        }
    }
}

/// What the work makes, or what is lost if it panics.
pub(super) fn contained(kind: Kind, places: Vec<Place>, work: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        discard_panic(payload);
        Outcome::Panicked(kind, places)
    })
}
