//! Everything that a model needs, downloaded in advance.

use std::{fmt, path::PathBuf};

use pocket_tts_hub::Fetcher;

use crate::{
    cloning_refusal::CloningRefusal,
    config::{ConfigProblem, Location},
    description::Description,
    error::Result,
    local_files::{LocalFile, LocalFiles, LocalWeights, local},
    model_source::ModelSource,
    voices::VoiceSource,
};

/// Which voices to fetch with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DownloadVoices {
    /// The one that speaks if nobody asks for another.
    #[default]
    Default,
    /// All that the model has by name.
    All,
}

/// The files of a model, all on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// The files; none if the model is compiled in.
    pub files: Vec<DownloadedFile>,
    /// Why the weights can't take voices from recordings, if so.
    pub cloning_refusal: Option<CloningRefusal>,
}

/// A file of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadedFile {
    /// What it is for.
    pub role: FileRole,
    /// Where it came from.
    pub location: Location,
    /// Where it is.
    pub path: PathBuf,
    /// How many bytes came over the network for it; 0 if it was on this machine.
    pub received_bytes: u64,
}

/// What a file of a model is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FileRole {
    /// Weights.
    Weights,
    /// The tokenizer.
    Tokenizer,
    /// The voice of this name.
    Voice(String),
}

impl fmt::Display for FileRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weights => formatter.write_str("weights"),
            Self::Tokenizer => formatter.write_str("tokenizer"),
            Self::Voice(name) => write!(formatter, "voice {name}"),
        }
    }
}

/// Fetches the files of `source`.
pub(crate) fn run(source: &ModelSource, voices: DownloadVoices, fetcher: &Fetcher) -> Result<Downloaded> {
    if source.is_embedded() {
        return Ok(Downloaded { files: Vec::new(), cloning_refusal: None });
    }
    let Description { name, config, folder } = source.description(fetcher)?;
    let files = config
        .files(folder.as_deref())
        .map_err(|source| ConfigProblem::Contradiction { file: name.clone(), source })?;
    let LocalFiles { weights, tokenizer, cloning_refusal } = LocalFiles::fetch(&files, fetcher)?;
    let mut files = match weights {
        LocalWeights::Split { flow_lm, mimi } => vec![flow_lm, mimi],
        LocalWeights::Bundle { bundle, mimi } => std::iter::once(bundle).chain(mimi).collect(),
    }
    .into_iter()
    .map(|file| with_role(file, FileRole::Weights))
    .collect::<Vec<_>>();
    files.push(with_role(tokenizer, FileRole::Tokenizer));
    for (name, location) in voice_locations(source, voices) {
        files.push(with_role(local(&location, fetcher)?, FileRole::Voice(name)));
    }
    Ok(Downloaded { files, cloning_refusal })
}

/// The voices of `source` and where they are.
pub(crate) fn voice_locations(source: &ModelSource, voices: DownloadVoices) -> Vec<(String, Location)> {
    let default = source.default_voice();
    let names = match (voices, &default) {
        (DownloadVoices::All, _) => source.voice_names(),
        (DownloadVoices::Default, VoiceSource::Named(name)) => vec![name.clone()],
        (DownloadVoices::Default, _) => Vec::new(),
    };
    let states = names.into_iter().filter_map(|name| Some((name.clone(), source.predefined_state(&name)?)));
    let mut locations: Vec<_> = states.collect();
    // A model that isn't a released one takes the default voice from its recording.
    if let VoiceSource::File(recording) = default {
        locations.push((pocket_tts_text::default_voice(None).to_owned(), recording));
    }
    locations
}

fn with_role(file: LocalFile, role: FileRole) -> DownloadedFile {
    let LocalFile { location, path, received_bytes } = file;
    DownloadedFile { role, location, path, received_bytes }
}
