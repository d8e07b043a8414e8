//! Who speaks: the narrator, and the voice of quotations.

use pocket_tts_core::{TtsModel, Voice, VoiceSource};

use crate::console::Console;
use crate::exit::Failure;
use crate::model_choice::voice_name;
use crate::settings::Settings;

/// The names of the roles.
const NARRATOR: &str = "narrator";
const QUOTES: &str = "quotes";

/// The voices that the user chose.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Roles {
    narrator: Option<VoiceSource>,
    quotes: Option<VoiceSource>,
}

/// The voices, loaded.
#[derive(Debug)]
pub(super) struct Cast {
    narrator: Voice,
    quotes: Option<Voice>,
    /// What the voices are called.
    pub(super) description: String,
    /// Their names, without places of files.
    pub(super) names: Option<String>,
}

impl Roles {
    /// Reads a map such as `narrator=alba,quotes=jean`. Without a narrator, the voice of the settings narrates.
    pub(super) fn parse(map: Option<&str>, settings: &Settings) -> Result<Self, Failure> {
        let mut roles = Self::default();
        for item in map.into_iter().flat_map(|map| map.split(',')) {
            let problem = |problem: String| {
                Failure::Usage(format!(
                    "invalid value `{item}` for --voices: {problem}; write it as narrator=alba,quotes=jean"
                ))
            };
            let (role, voice) = item
                .split_once('=')
                .ok_or_else(|| problem("it is not a role, `=` and a voice".to_owned()))?;
            let place = match role.trim() {
                NARRATOR => &mut roles.narrator,
                QUOTES => &mut roles.quotes,
                other => return Err(problem(format!("`{other}` is not a role"))),
            };
            let voice = VoiceSource::parse(voice.trim()).map_err(|error| problem(error.to_string()))?;
            if place.replace(voice).is_some() {
                return Err(problem("the role has two voices".to_owned()));
            }
        }
        if roles.narrator.is_none() {
            roles.narrator.clone_from(&settings.voice);
        }
        Ok(roles)
    }
}

impl Cast {
    pub(super) fn load(
        model: &TtsModel,
        roles: Roles,
        settings: &Settings,
        console: &Console,
    ) -> Result<Self, Failure> {
        let load = |source: &VoiceSource| -> Result<Voice, Failure> {
            let voice = model.voice_with(source, &settings.voice_options)?;
            for warning in voice.warnings() {
                console.warn(&warning.to_string());
            }
            Ok(voice)
        };
        let narrator = roles.narrator.unwrap_or_else(|| model.default_voice());
        let other = roles.quotes.as_ref().filter(|quotes| **quotes != narrator);
        let sources: Vec<&VoiceSource> = std::iter::once(&narrator).chain(other).collect();
        let description = sources.iter().map(|source| voice_name(source)).collect::<Vec<_>>().join(" and ");
        let names: Vec<String> = sources
            .iter()
            .filter(|source| matches!(source, VoiceSource::Named(_)))
            .map(|source| voice_name(source))
            .collect();
        let names = (!names.is_empty()).then(|| names.join(", "));
        let quotes = roles.quotes.as_ref().map(load).transpose()?;
        Ok(Self { narrator: load(&narrator)?, quotes, description, names })
    }

    /// Whether quotations have a voice of their own.
    pub(super) fn has_quotes(&self) -> bool {
        self.quotes.is_some()
    }

    /// The voice of a piece of text.
    pub(super) fn voice(&self, is_quoted: bool) -> &Voice {
        self.quotes.as_ref().filter(|_| is_quoted).unwrap_or(&self.narrator)
    }
}
