//! From a line of a manifest to what is to be spoken: words, settings, output and the digest of all of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use pocket_tts_audio::AudioFormat;
use pocket_tts_captions::CaptionFormat;
use pocket_tts_core::{Error, FetchError, Location, VoiceSource};
use serde_json::{Map, Value};

use super::digest::{Digest, FileDigests};
use super::line::{self, ManifestLine, Words};
use super::name;
use super::timestamps;
use crate::exit::Failure;
use crate::input;
use crate::model_choice::ModelChoice;
use crate::output::Output;
use crate::settings::{ItemSettings, Settings, SharedSettings};

/// The version of the digests. Another one makes no earlier file count as complete.
const VERSION: &[u8] = b"pocket-tts batch 1";
/// The configuration in a model's folder.
const CONFIG_FILE: &str = "config.yaml";
/// The keys of the format and of the output among the settings.
const FORMAT: &str = "format";
const OUTPUT_PATH: &str = "output_path";

/// Makes jobs of lines.
#[derive(Debug)]
pub(super) struct JobMaker {
    shared: SharedSettings,
    folder: PathBuf,
    /// The format of lines that name none.
    format: Option<AudioFormat>,
    /// The captions of lines that say nothing of them.
    captions: Option<CaptionFormat>,
    /// Voices, configurations and dictionaries.
    files: FileDigests,
    /// The named voices of the models that lines name.
    voices: Mutex<HashMap<String, Vec<String>>>,
}

/// A line with the name of its output.
#[derive(Debug)]
pub(super) struct NamedLine {
    line: ManifestLine,
    /// The name as it was given.
    stem: String,
    /// The output, from the folder on.
    name: String,
    captions: Option<CaptionsName>,
}

/// The captions of a line.
#[derive(Debug)]
struct CaptionsName {
    /// From the folder on.
    name: String,
    format: CaptionFormat,
}

/// A line whose text has not been read.
#[derive(Debug)]
pub(super) struct Outline {
    line: ManifestLine,
    item: ItemSettings,
    /// The output, from the folder on.
    name: String,
    captions: Option<CaptionsName>,
}

/// What is to be spoken.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) words: String,
    /// The output, from the folder on.
    pub(super) name: String,
    /// Its captions, from the folder on, if any are wanted.
    pub(super) captions: Option<String>,
    pub(super) settings: Settings,
    /// The digest of what the output and its captions depend on.
    pub(super) digest: Digest,
}

impl JobMaker {
    /// For outputs in this folder.
    pub(super) fn new(
        shared: SharedSettings,
        folder: PathBuf,
        captions: Option<CaptionFormat>,
    ) -> Result<Self, Failure> {
        // With the name of some line, as the settings may have an output path, whose extension means nothing here.
        let fields = Map::from_iter([(OUTPUT_PATH.to_owned(), Value::from(name::of_number(1)))]);
        let format = shared.of_item(&fields, None)?.settings.format;
        let (files, voices) = (FileDigests::default(), Mutex::default());
        Ok(Self { shared, folder, format, captions, files, voices })
    }

    /// The settings without the ones of a line.
    pub(super) fn shared(&self) -> Result<Settings, Failure> {
        self.shared.alone()
    }

    /// The folder of the outputs.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads a line, and finds the name of its output. Its settings are not checked.
    pub(super) fn named(&self, number: u64, text: &str) -> Result<NamedLine, Failure> {
        let mut line = line::parse(text)?;
        let stem = line.name.take().unwrap_or_else(|| name::of_number(number));
        name::check(&stem)?;
        let own = line.settings.get(FORMAT).and_then(Value::as_str).and_then(|format| format.parse().ok());
        let name = name::with_extension(&stem, own.or(self.format));
        let captions = line.timestamps.as_deref().map_or(Ok(self.captions), timestamps::parse)?;
        let named = |format| CaptionsName { name: timestamps::name_beside(&name, format), format };
        let captions = captions.map(named);
        Ok(NamedLine { line, stem, name, captions })
    }

    /// Checks the settings of a line.
    pub(super) fn outline(&self, named: NamedLine) -> Result<Outline, Failure> {
        let NamedLine { mut line, stem, name, captions } = named;
        // The extension of a name is weaker than the line's own format and stronger than others, as that of an output path.
        let mut fields = std::mem::take(&mut line.settings);
        fields.insert(OUTPUT_PATH.to_owned(), Value::from(stem.as_str()));
        let text_file = match &line.words {
            Words::File(file) => Some(file.as_path()),
            Words::Text(_) => None,
        };
        let mut item = self.shared.of_item(&fields, text_file)?;
        if let (Some(format), Some(named)) = (item.settings.format, item.settings.output.named_format())
            && format != named
        {
            return Err(Failure::Usage(format!(
                "`name` is {stem}, which means {named}, but `format` is {format}; leave one out"
            )));
        }
        let settings = &mut item.settings;
        settings.output = Output::File(self.folder.join(&name));
        settings.timestamps =
            captions.as_ref().map(|captions| (self.folder.join(&captions.name), captions.format));
        settings.options = settings.options.clone().timings(captions.is_some());
        Ok(Outline { line, item, name, captions })
    }

    /// Reads the text, and checks the model and the voice as far as they are known without loading a model.
    pub(super) fn complete(&self, outline: Outline) -> Result<Job, Failure> {
        let Outline { line, item, name, captions } = outline;
        let settings = &item.settings;
        if let Words::File(file) = &line.words {
            settings.output.refuse_input(file, "text")?;
            settings.refuse_captions_in(file, "text")?;
        }
        if let Some(VoiceSource::File(Location::Path(voice))) = &settings.voice {
            settings.output.refuse_input(voice, "voice")?;
            settings.refuse_captions_in(voice, "voice")?;
        }
        self.check_voice(settings)?;
        let words = match line.words {
            Words::Text(text) => text,
            Words::File(file) => input::file(&file)?,
        };
        let dictionary = item.dictionary().map(|path| self.digest_of(path)).transpose()?;
        let format = settings.format.or(settings.output.named_format());
        let (model, voice, samples) = (
            self.model_identity(&settings.model),
            self.voice_identity(settings.voice.as_ref())?,
            item.of_samples()?,
        );
        let mut values = vec![
            VERSION,
            model.as_bytes(),
            voice.as_bytes(),
            samples.as_bytes(),
            dictionary.as_ref().map(Digest::as_bytes).unwrap_or_default(),
            format.map(AudioFormat::name).unwrap_or_default().as_bytes(),
            words.as_bytes(),
        ];
        values.extend(captions.as_ref().map(|captions| captions.format.extension().as_bytes()));
        let digest = Digest::of(&values);
        let captions = captions.map(|captions| captions.name);
        Ok(Job { words, name, captions, settings: item.settings, digest })
    }

    /// Checks the names of the model and of the voice.
    fn check_voice(&self, settings: &Settings) -> Result<(), Failure> {
        if let ModelChoice::Config(_) = settings.model {
            return Ok(());
        }
        let model = settings.model.to_string();
        let mut voices = self.voices.lock().unwrap_or_else(PoisonError::into_inner);
        let known = if let Some(known) = voices.get(&model) {
            known
        } else {
            let names = pocket_tts_core::voices(&model)?.into_iter().map(|voice| voice.name).collect();
            voices.entry(model.clone()).or_insert(names)
        };
        match &settings.voice {
            Some(VoiceSource::Named(name)) if !known.contains(name) => Err(Failure::Usage(format!(
                "the model {model} has no voice `{name}`; its voices are {}, and a recording or an exported voice can be \
                 one, by its path",
                known.join(", ")
            ))),
            _ => Ok(()),
        }
    }

    fn model_identity(&self, model: &ModelChoice) -> String {
        let ModelChoice::Config(Location::Path(path)) = model else { return model.to_string() };
        let file = if path.is_dir() { path.join(CONFIG_FILE) } else { path.clone() };
        // A configuration that can't be read is reported when the model is loaded.
        self.files.of(&file).map_or_else(|_| model.to_string(), |digest| format!("{model} {digest}"))
    }

    fn voice_identity(&self, voice: Option<&VoiceSource>) -> Result<String, Failure> {
        Ok(match voice {
            None => "the default".to_owned(),
            Some(VoiceSource::Named(name)) => format!("named {name}"),
            Some(VoiceSource::File(Location::Path(path))) => format!("file {}", self.digest_of(path)?),
            Some(other) => crate::model_choice::voice_name(other),
        })
    }

    fn digest_of(&self, path: &Path) -> Result<Digest, Failure> {
        let missing = |source| Error::Fetch(FetchError::Missing { path: path.to_owned(), source });
        Ok(self.files.of(path).map_err(missing)?)
    }
}

impl NamedLine {
    /// The output, from the folder on.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The captions beside it, if any are wanted.
    pub(super) fn captions(&self) -> Option<&str> {
        self.captions.as_ref().map(|captions| captions.name.as_str())
    }
}
