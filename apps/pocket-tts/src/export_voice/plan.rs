//! What is exported to where, decided and checked before the work.
//!
//! It must not know models.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf, is_separator};

use pocket_tts_audio::AtomicFile;
use pocket_tts_core::{Location, VoiceSource};

use crate::exit::Failure;
use crate::model_choice::voice_name;

/// The usual extensions of recordings, which the files of a folder are chosen by. What is in a file is told
/// from its content.
const RECORDINGS: [&str; 13] =
    ["wav", "wave", "mp3", "flac", "ogg", "oga", "m4a", "m4b", "mp4", "aac", "opus", "aiff", "aif"];
const EXPORTED: &str = "safetensors";

/// All that is to be done.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) jobs: Vec<Job>,
    /// Files of folders that don't look like recordings.
    pub(crate) left_out: Vec<String>,
    /// Jobs that were left out because their output exists.
    pub(crate) existing: usize,
    /// Where the outputs are, if they aren't a single file.
    folder: Option<PathBuf>,
}

/// One voice.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) source: VoiceSource,
    pub(crate) target: PathBuf,
}

impl Job {
    /// Whether the output will be taken for a voice.
    pub(crate) fn has_usual_extension(&self) -> bool {
        self.target.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(EXPORTED))
    }
}

impl Plan {
    /// Finds the recordings and their outputs.
    pub(crate) fn new(sources: &[String], output: &Path) -> Result<Self, Failure> {
        if output.as_os_str() == "-" {
            return Err(Failure::Usage(
                "OUTPUT is `-`, but voices are not written to standard output; name a file (./- for one of that \
                 very name)"
                    .to_owned(),
            ));
        }
        let (mut found, mut left_out, mut has_folder) = (Vec::new(), Vec::new(), false);
        for text in sources {
            if Path::new(text).is_dir() {
                has_folder = true;
                recordings_in(Path::new(text), &mut found, &mut left_out)?;
            } else {
                let wrong = |error| Failure::Usage(format!("SOURCE {text} is no location: {error}"));
                found.push(VoiceSource::parse(text).map_err(wrong)?);
            }
        }
        let ends_as_folder = output.to_string_lossy().ends_with(is_separator);
        let into_folder = has_folder || found.len() > 1 || ends_as_folder || output.is_dir();
        if into_folder && output.exists() && !output.is_dir() {
            return Err(Failure::Usage(format!(
                "OUTPUT {} is a file, but several voices need a folder",
                output.display()
            )));
        }
        let jobs = found.into_iter().map(|source| {
            let target = if into_folder { output.join(file_name(&source)) } else { output.to_owned() };
            Job { name: voice_name(&source), source, target }
        });
        let folder = into_folder.then(|| output.to_owned());
        Ok(Self { jobs: jobs.collect(), left_out, existing: 0, folder })
    }

    /// Leaves out what has been done.
    pub(crate) fn skip_existing(&mut self) {
        let all = self.jobs.len();
        self.jobs.retain(|job| !job.target.exists());
        self.existing = all - self.jobs.len();
    }

    /// Finds out before the work whether its results could be written, and makes the folder for them.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.refuse_collisions()?;
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
        if let Some(folder) = &self.folder {
            fs::create_dir_all(folder)
                .map_err(|source| Failure::CreateFolder { path: folder.clone(), source })?;
        }
        match self.jobs.as_slice() {
            [job] => Ok(AtomicFile::create(&job.target).map(drop)?),
            _ => Ok(()),
        }
    }

    fn refuse_collisions(&self) -> Result<(), Failure> {
        let mut targets: HashMap<&Path, &Job> = HashMap::new();
        for job in &self.jobs {
            if let Some(other) = targets.insert(&job.target, job) {
                return Err(Failure::Usage(format!(
                    "{} and {} would both be written to {}; rename one, or export them to different folders",
                    other.name,
                    job.name,
                    job.target.display()
                )));
            }
        }
        Ok(())
    }
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
            "the folder {} holds no recordings, that is, no files with one of the extensions {}",
            folder.display(),
            RECORDINGS.join(", ")
        )));
    }
    Ok(())
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// What a voice is called in a folder.
fn file_name(source: &VoiceSource) -> PathBuf {
    let stem = match source {
        VoiceSource::Named(name) => Some(name.clone()),
        VoiceSource::File(Location::Path(path)) => stem(path),
        VoiceSource::File(Location::Https(url)) => {
            stem(Path::new(url.split(['?', '#']).next().unwrap_or_default()))
        }
        VoiceSource::File(Location::HuggingFace { path, .. }) => stem(Path::new(path)),
        _ => None,
    };
    PathBuf::from(format!("{}.{EXPORTED}", stem.as_deref().unwrap_or("voice")))
}

fn stem(path: &Path) -> Option<String> {
    Some(path.file_stem()?.to_string_lossy().into_owned())
}

fn is_file(source: &VoiceSource, target: &Path) -> bool {
    let VoiceSource::File(Location::Path(path)) = source else { return false };
    matches!((path.canonicalize(), target.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
