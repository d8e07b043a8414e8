//! The settings of a run that speaks many items, each with settings of its own.

use std::path::Path;

use pocket_tts_settings::{Layer, Origin};
use serde::Serialize;

use super::check::{Settings, layers_without_output, stack};
use super::raw::RawSettings;
use crate::cli::GenerateArguments;
use crate::exit::Failure;

/// The settings that all items share.
#[derive(Debug)]
pub(crate) struct SharedSettings(Vec<Layer>);

/// The settings of one item.
#[derive(Debug)]
pub(crate) struct ItemSettings {
    pub(crate) settings: Settings,
    /// The settings as they were given.
    raw: RawSettings,
}

impl SharedSettings {
    /// Merges the settings of all sources.
    pub(crate) fn gather(arguments: &GenerateArguments) -> Result<Self, Failure> {
        Ok(Self(layers_without_output(arguments)?))
    }

    /// The settings without an item.
    pub(crate) fn alone(&self) -> Result<Settings, Failure> {
        Settings::check(&stack(self.0.clone())?, None)
    }

    /// The settings of an item, whose own `fields` override the shared settings.
    pub(crate) fn of_item(
        &self,
        fields: &impl Serialize,
        text_file: Option<&Path>,
    ) -> Result<ItemSettings, Failure> {
        let own = Layer::of_struct(Origin::Item, fields)?;
        let stack = stack(self.0.iter().cloned().chain([own]))?;
        Ok(ItemSettings { settings: Settings::check(&stack, text_file)?, raw: stack.merge()? })
    }
}

impl ItemSettings {
    /// The settings that the samples depend on besides model, voice and text, as a text. The dictionary is named by its path.
    pub(crate) fn of_samples(&self) -> Result<String, Failure> {
        let raw = RawSettings {
            voice: None,
            language: None,
            config: None,
            output_path: None,
            format: None,
            quiet: None,
            offline: None,
            threads: None,
            voice_cache: None,
            precision: Some(self.settings.precision.name().to_owned()),
            quantize: None,
            ..self.raw.clone()
        };
        serde_json::to_string(&raw).map_err(|error| Failure::Internal(error.to_string()))
    }

    /// The path of the dictionary, if there is one.
    pub(crate) fn dictionary(&self) -> Option<&Path> {
        self.raw.dictionary.as_deref().map(Path::new)
    }
}
