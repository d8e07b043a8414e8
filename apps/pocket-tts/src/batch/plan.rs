//! What is to be done, found before anything is spoken. Problems that no model is needed for are reported here.

use std::path::Path;

use super::job::{Job, JobMaker};
use super::log::Completed;
use super::manifest::{Manifest, Place};
use super::outputs::Outputs;
use super::report::Report;
use super::shard::Shard;
use crate::exit::Failure;
use crate::model_choice::ModelChoice;

/// The lines to speak, by model.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// In the order of their first lines.
    pub(super) models: Vec<(ModelChoice, Vec<Place>)>,
}

/// How lines are chosen.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) shard: Shard,
    /// The files that are left as they are.
    pub(super) completed: Completed,
    pub(super) fail_fast: bool,
}

impl Choice {
    /// Whether the outputs of a line are left as they are.
    fn has(&self, folder: &Path, job: &Job) -> bool {
        self.completed.has(folder, &job.name, job.captions.as_deref(), job.digest)
    }
}

impl Plan {
    /// Reads the whole manifest.
    pub(super) fn make(
        manifest: &Manifest,
        maker: &JobMaker,
        choice: &Choice,
        report: &Report<'_>,
    ) -> Result<Self, Failure> {
        let mut plan = Self::default();
        let mut outputs = Outputs::default();
        manifest.for_each_line(|place, line| {
            let number = place.number;
            // The names of other parts' lines count, too, so that all parts agree on which line is a duplicate.
            let named = line.and_then(|text| maker.named(number, text)).and_then(|named| {
                outputs.take(named.name(), number)?;
                named.captions().map_or(Ok(()), |captions| outputs.take(captions, number))?;
                Ok(named)
            });
            if !choice.shard.has(number) {
                return Ok(());
            }
            let outline = named.and_then(|named| maker.outline(named));
            match outline.and_then(|outline| maker.complete(outline)) {
                Ok(job) if choice.has(maker.folder(), &job) => report.skipped(number, &job.name),
                Ok(job) => {
                    plan.add(job.settings.model, place);
                    Ok(())
                }
                Err(failure) => {
                    report.failed(number, &failure)?;
                    if choice.fail_fast { Err(report.failure()) } else { Ok(()) }
                }
            }
        })?;
        Ok(plan)
    }

    /// The number of lines to speak.
    pub(super) fn lines(&self) -> usize {
        self.models.iter().map(|(_, places)| places.len()).sum()
    }

    fn add(&mut self, model: ModelChoice, place: Place) {
        match self.models.iter_mut().find(|(known, _)| *known == model) {
            Some((_, places)) => places.push(place),
            None => self.models.push((model, vec![place])),
        }
    }
}
