//! The sources and outputs of an export, checked before the work.
//!
//! It must not know models.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf, is_separator};

use pocket_tts_core::{Location, VoiceSource};
use pocket_tts_files::AtomicFile;

use super::existing::may_be_replaced;
use crate::exit::Failure;
use crate::model_choice::voice_name;
use crate::output::clear_abandoned;

/// The usual extensions of recordings, which select the files of a folder. The format is recognized by the content.
const RECORDINGS: [&str; 14] =
    ["wav", "wave", "mp3", "flac", "ogg", "oga", "opus", "webm", "m4a", "m4b", "mp4", "aac", "aiff", "aif"];
/// The number of files that a message names.
const MOST_NAMED: usize = 3;
const EXPORTED: &str = "safetensors";

/// A whole export.
#[derive(Debug)]
pub(crate) struct ExportPlan {
    pub(crate) jobs: Vec<ExportJob>,
    /// Files of folders that do not look like recordings.
    pub(crate) left_out: Vec<String>,
    /// Sources whose outputs would have the same name.
    pub(crate) clashing: Vec<(String, Failure)>,
    /// The number of jobs that were skipped because their output exists.
    pub(crate) existing: usize,
    /// The folder of the outputs, unless the output is a single file.
    folder: Option<PathBuf>,
}

/// One voice.
#[derive(Debug)]
pub(crate) struct ExportJob {
    pub(crate) name: String,
    pub(crate) source: VoiceSource,
    pub(crate) target: PathBuf,
}

impl ExportJob {
    /// Whether the output has the extension of exported voices.
    pub(crate) fn has_usual_extension(&self) -> bool {
        self.target.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(EXPORTED))
    }
}

impl ExportPlan {
    /// Finds the recordings and their outputs.
    pub(crate) fn new(sources: &[String], output: &Path) -> Result<Self, Failure> {
        if output.as_os_str() == "-" {
            return Err(Failure::Usage(
                "the output is `-`, but voices are not written to standard output; name a file (./- for a file named -)"
                    .to_owned(),
            ));
        }
        let (mut found, mut left_out, mut has_folder) = (Vec::new(), Vec::new(), false);
        for text in sources {
            if Path::new(text).is_dir() {
                has_folder = true;
                recordings_in(Path::new(text), &mut found, &mut left_out)?;
            } else {
                let wrong =
                    |error| Failure::Usage(format!("`{text}` is not the location of a voice: {error}"));
                found.push(VoiceSource::parse(text).map_err(wrong)?);
            }
        }
        let ends_as_folder = output.to_string_lossy().ends_with(is_separator);
        let into_folder = has_folder || found.len() > 1 || ends_as_folder || output.is_dir();
        if into_folder && output.exists() && !output.is_dir() {
            return Err(Failure::Usage(format!(
                "the output {} is a file, but several voices need a folder; name one as the last argument",
                output.display()
            )));
        }
        let folder = into_folder.then(|| output.to_owned());
        let (jobs, clashing) = if let Some(folder) = &folder {
            jobs_into(folder, found)
        } else {
            let job = |source| ExportJob { name: voice_name(&source), source, target: output.to_owned() };
            (found.into_iter().map(job).collect(), Vec::new())
        };
        Ok(Self { jobs, left_out, clashing, existing: 0, folder })
    }

    /// Removes the jobs whose output exists.
    pub(crate) fn skip_existing(&mut self) {
        let all = self.jobs.len();
        self.jobs.retain(|job| !job.target.exists());
        self.existing = all - self.jobs.len();
    }

    /// Checks before the work that its results can be written, and creates the folder for them. Files that are not
    /// exported voices are replaced only with `force`.
    pub(crate) fn check(&self, force: bool) -> Result<(), Failure> {
        for target in self.jobs.iter().map(|job| &job.target) {
            let source = self.jobs.iter().find(|job| is_file(&job.source, target));
            if let Some(job) = source {
                return Err(Failure::Usage(format!(
                    "the output {} is the source {} itself, which would be lost; name another file or folder",
                    target.display(),
                    job.name
                )));
            }
        }
        if !force {
            self.refuse_other_kinds()?;
        }
        if let Some(folder) = &self.folder {
            fs::create_dir_all(folder)
                .map_err(|source| Failure::CreateFolder { path: folder.clone(), source })?;
        }
        if let Some(job) = self.jobs.first() {
            clear_abandoned(&job.target);
        }
        match self.jobs.as_slice() {
            [job] => Ok(AtomicFile::create(&job.target).map(drop)?),
            _ => Ok(()),
        }
    }

    fn refuse_other_kinds(&self) -> Result<(), Failure> {
        let targets = self.jobs.iter().map(|job| &job.target);
        let others: Vec<String> = targets
            .filter(|target| !may_be_replaced(target))
            .map(|target| target.display().to_string())
            .collect();
        let (one, problem) = match others.as_slice() {
            [] => return Ok(()),
            [one] => (one.clone(), "exists and is not an exported voice"),
            [first, ..] if others.len() > MOST_NAMED => {
                (format!("{first} and {} other files", others.len() - 1), "exist and are not exported voices")
            }
            several => (several.join(" and "), "exist and are not exported voices"),
        };
        Err(Failure::Usage(format!(
            "{one} {problem}; the last argument is the output, as in `pocket-tts export-voice me.wav me.safetensors`: \
             name another, or add --force to replace what is there"
        )))
    }
}

/// The jobs, each with an output of its own, and the sources without one.
fn jobs_into(folder: &Path, sources: Vec<VoiceSource>) -> (Vec<ExportJob>, Vec<(String, Failure)>) {
    let by_stem = counts(sources.iter().map(stem_of));
    // Sources with the same stem get the whole names of their files.
    let named = |source: &VoiceSource| {
        let stem = stem_of(source);
        if by_stem.get(&stem).is_some_and(|count| *count > 1) { file_name_of(source) } else { stem }
    };
    let by_name = counts(sources.iter().map(named));
    let (mut jobs, mut clashing) = (Vec::new(), Vec::new());
    for source in sources {
        let (file, name) = (named(&source), voice_name(&source));
        let target = folder.join(format!("{file}.{EXPORTED}"));
        if by_name.get(&file).is_some_and(|count| *count > 1) {
            let failure = Failure::Usage(format!(
                "{name} and another source would both be written to {}; rename one, or export them to different folders",
                target.display()
            ));
            clashing.push((name, failure));
        } else {
            jobs.push(ExportJob { name, source, target });
        }
    }
    (jobs, clashing)
}

fn counts(names: impl Iterator<Item = String>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// The recordings of a folder, not of the folders in it, in the order of their names.
fn recordings_in(
    folder: &Path,
    found: &mut Vec<VoiceSource>,
    left_out: &mut Vec<String>,
) -> Result<(), Failure> {
    let unreadable = |source| Failure::ReadFolder { path: folder.to_owned(), source };
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(unreadable)?;
    paths.sort();
    let before = found.len();
    for path in paths.into_iter().filter(|path| path.is_file() && !is_hidden(path)) {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        if extension.is_some_and(|extension| RECORDINGS.contains(&extension.as_str())) {
            found.push(VoiceSource::from(path));
        } else {
            left_out.push(path.display().to_string());
        }
    }
    if found.len() == before {
        return Err(Failure::Usage(format!(
            "the folder {} holds no recordings; their extensions are {}",
            folder.display(),
            RECORDINGS.join(", ")
        )));
    }
    Ok(())
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// The file stem of a voice.
fn stem_of(source: &VoiceSource) -> String {
    if let VoiceSource::Named(name) = source {
        return name.clone();
    }
    let name = file_name_of(source);
    Path::new(&name).file_stem().map_or_else(|| name.clone(), |stem| stem.to_string_lossy().into_owned())
}

/// The file name of a voice.
fn file_name_of(source: &VoiceSource) -> String {
    let path = match source {
        VoiceSource::Named(name) => Path::new(name),
        VoiceSource::File(Location::Path(path)) => path,
        VoiceSource::File(Location::Https(url)) => {
            Path::new(url.split(['?', '#']).next().unwrap_or_default())
        }
        VoiceSource::File(Location::HuggingFace { path, .. }) => Path::new(path),
        _ => Path::new("voice"),
    };
    path.file_name().map_or_else(|| "voice".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn is_file(source: &VoiceSource, target: &Path) -> bool {
    let VoiceSource::File(Location::Path(path)) = source else { return false };
    matches!((path.canonicalize(), target.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
