//! Speaks the lines of a model, several at once. It must not know which lines there are.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use pocket_tts_core::{SpeechStream, TtsModel};
use pocket_tts_files::{SaveError, remove_abandoned_files};

use super::job::{Job, JobMaker};
use super::log::{Entry, Log, now_ms};
use super::manifest::{Manifest, Place};
use super::report::{Report, SpokenLine};
use super::voices::Voices;
use crate::checked_speech::CheckedSpeech;
use crate::console::Console;
use crate::exit::Failure;
use crate::input::Text;
use crate::interruption::Interruption;
use crate::leveling::Leveling;
use crate::output::Sink;
use crate::speaking::cut_sentences;
use crate::speech::Speech;
use crate::timestamps::{ONLY_SENTENCES, Timestamps};

/// What lines are spoken with.
pub(super) struct LineSpeaker<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) maker: &'a JobMaker,
    pub(super) log: &'a Log,
    pub(super) report: &'a Report<'a>,
    pub(super) interruption: &'a Interruption,
    pub(super) fail_fast: bool,
}

/// The work of several threads on the lines of a model.
struct LineWork<'a> {
    speaker: &'a LineSpeaker<'a>,
    model: &'a TtsModel,
    voices: Voices<'a>,
    /// Folders that exist.
    folders: Mutex<HashSet<PathBuf>>,
    /// Whether no further line is begun, and lines that are being spoken end.
    is_over: AtomicBool,
    /// Whether the user has been told that captions have no times of words.
    has_told: AtomicBool,
}

impl LineSpeaker<'_> {
    /// Reports that the model of the lines at these places can't be loaded.
    ///
    /// The error is one that ends the whole: none of a model.
    pub(super) fn fail(&self, failure: Failure, places: &[Place]) -> Result<(), Failure> {
        if ends_all(&failure) {
            return Err(failure);
        }
        let count = if self.fail_fast { 1 } else { places.len() };
        places.iter().take(count).try_for_each(|place| self.report.failed(place.number, &failure))
    }

    /// Speaks the lines at these places, at most `jobs` at once. Lines that fail are reported.
    ///
    /// The error is one that ends the whole: none of a line.
    pub(super) fn speak(&self, model: &TtsModel, places: &[Place], jobs: usize) -> Result<(), Failure> {
        let work = LineWork {
            speaker: self,
            model,
            voices: Voices::new(model),
            folders: Mutex::default(),
            is_over: AtomicBool::new(false),
            has_told: AtomicBool::new(false),
        };
        let next = AtomicUsize::new(0);
        let outcomes: Vec<Result<(), Failure>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..jobs.min(places.len()))
                .map(|_| {
                    scope.spawn(|| {
                        while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                            if work.is_over() {
                                break;
                            }
                            work.line(*place)?;
                        }
                        Ok(())
                    })
                })
                .collect();
            let bug = || Failure::Internal("a thread has panicked".to_owned());
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(bug()))).collect()
        });
        outcomes.into_iter().collect()
    }
}

impl LineWork<'_> {
    /// Speaks a line and reports what became of it.
    fn line(&self, place: Place) -> Result<(), Failure> {
        let report = self.speaker.report;
        let outcome = match self.spoken(place) {
            Ok(Some(line)) => report.spoken(&line),
            Ok(None) => Ok(()),
            Err(failure) if ends_all(&failure) => Err(failure),
            Err(failure) => {
                if self.speaker.fail_fast {
                    self.is_over.store(true, Ordering::Relaxed);
                }
                report.failed(place.number, &failure)
            }
        };
        if outcome.is_err() {
            self.is_over.store(true, Ordering::Relaxed);
        }
        outcome
    }

    /// Speaks a line. `None` if the work ended before the line did; there is no file then.
    fn spoken(&self, place: Place) -> Result<Option<SpokenLine>, Failure> {
        let LineSpeaker { manifest, maker, log, report, .. } = self.speaker;
        let start = Instant::now();
        let text = manifest.line(place)?;
        let named = maker.named(place.number, &text)?;
        let outline = maker.outline(named)?;
        let Job { words, name, captions, settings, digest } = maker.complete(outline)?;
        let path = maker.folder().join(&name);
        self.create_folder_of(&path)?;
        let found = self.voices.find(settings.voice.as_ref(), settings.voice_options)?;
        found.warnings.iter().for_each(|warning| report.warn(warning));
        if captions.is_some() && !self.model.has_word_times() && !self.has_told.swap(true, Ordering::Relaxed)
        {
            report.warn(ONLY_SENTENCES);
        }
        let mut speech = Speech::new(Text::Whole(words), self.model, &found.voice, &settings);
        let mut stream = speech.first()?;
        let sample_rate_hz = self.model.sample_rate_hz();
        let mut timestamps = Timestamps::open(&settings, sample_rate_hz)?;
        // Its warnings belong to the line.
        let console = Console::new(true).keeping_warnings();
        let leveling = Leveling::of_file(settings.loudness_lufs, sample_rate_hz, &console)?;
        let mut sink = settings.output.open(settings.format, sample_rate_hz)?.leveled(leveling);
        if !self.write(&mut stream, &mut sink, &mut timestamps)? {
            return Ok(None);
        }
        let duration_s = sink.duration_s();
        // First, so that no output lacks them.
        timestamps.save(speech.original())?;
        sink.finish()?;
        let size = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
        let entry = Entry {
            name: name.clone(),
            digest: digest.to_string(),
            bytes: size(&path),
            captions_bytes: captions.as_deref().map(|captions| size(&maker.folder().join(captions))),
            time_ms: now_ms(),
            seed: stream.seed(),
            duration_s,
            line: place.number,
        };
        log.add(&entry)?;
        let mut warnings: Vec<String> =
            stream.text_report().warnings().iter().map(ToString::to_string).collect();
        warnings.extend(cut_sentences(stream.unfinished_sentences()));
        let mut checked = CheckedSpeech::default();
        checked.add(stream.checked_sentences());
        checked.report(&console);
        warnings.extend(console.warnings());
        let (seed, sentences) = (stream.seed(), stream.token_counts().len());
        let took_s = start.elapsed().as_secs_f64();
        let repeated_sentences = checked.repeated();
        let number = place.number;
        Ok(Some(SpokenLine {
            number,
            name,
            captions,
            duration_s,
            took_s,
            seed,
            sentences,
            repeated_sentences,
            warnings,
        }))
    }

    /// Writes the speech. Returns whether all of it was written.
    fn write(
        &self,
        stream: &mut SpeechStream,
        sink: &mut Sink,
        timestamps: &mut Timestamps,
    ) -> Result<bool, Failure> {
        while let Some(chunk) = stream.next() {
            sink.write(&chunk?.samples)?;
            timestamps.take(stream.take_timings(), 0);
            if self.is_over() {
                return Ok(false);
            }
        }
        timestamps.take(stream.take_timings(), 0);
        Ok(true)
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed) || self.speaker.interruption.seen().is_some()
    }

    /// Creates the folder of an output, and removes what killed processes left in it.
    fn create_folder_of(&self, path: &Path) -> Result<(), Failure> {
        let Some(folder) = path.parent() else { return Ok(()) };
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if !folders.contains(folder) {
            fs::create_dir_all(folder)
                .map_err(|source| Failure::CreateFolder { path: folder.to_owned(), source })?;
            remove_abandoned_files(folder);
            folders.insert(folder.to_owned());
        }
        Ok(())
    }
}

/// Whether all other lines would fail likewise: the disk is full, or nobody reads the results.
fn ends_all(failure: &Failure) -> bool {
    let cause = match failure {
        Failure::ClosedPipe | Failure::ClosedResults | Failure::Internal(_) => return true,
        Failure::Write { source, .. } | Failure::Save(SaveError::Io { reason: source, .. }) => source.kind(),
        _ => return false,
    };
    matches!(cause, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_ends_all_lines_and_a_wrong_name_one() {
        let write = |kind: ErrorKind| Failure::Write { target: "a.wav".to_owned(), source: kind.into() };
        assert!(ends_all(&write(ErrorKind::StorageFull)) && ends_all(&Failure::ClosedPipe));
        assert!(!ends_all(&write(ErrorKind::PermissionDenied)));
        assert!(!ends_all(&Failure::Usage("wrong".to_owned())));
    }
}
