//! The checks of a configuration's values.

use pocket_tts_configs::ConfigError;

use super::{
    files::ModelFiles,
    model_config::{Config, TimestampHead},
};

/// The maximum of frames after EOS in a configuration: eight minutes.
const MAX_FRAMES_AFTER_EOS: usize = 6_000;

impl Config {
    /// Checks that a model can be built from it; [`parse`](super::parse) has done it already.
    ///
    /// # Errors
    /// The first value found wrong, named by its path.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.flow_lm.validate("flow_lm")?;
        self.mimi.validate("mimi")?;
        for character in self.replace_characters.keys() {
            ConfigError::require(character.chars().count() == 1, "replace_characters", character, || {
                "must be a single character on the left of its colon".to_owned()
            })?;
        }
        let frames = self.model_recommended_frames_after_eos.unwrap_or(0);
        ConfigError::check_size("", "model_recommended_frames_after_eos", frames, 0..=MAX_FRAMES_AFTER_EOS)?;
        let temperature = self.default_temperature;
        let sound = temperature.is_finite() && temperature >= 0.0;
        ConfigError::require(sound, "", "default_temperature", || {
            format!("is {temperature}, but must be a finite number of 0 or more")
        })?;
        ConfigError::require(self.default_eos_threshold.is_finite(), "", "default_eos_threshold", || {
            format!("is {}, but must be a finite number", self.default_eos_threshold)
        })?;
        self.validate_timestamp_heads()?;
        let clear = self.clear_attention.unwrap_or(0.0);
        ConfigError::require((0.0..=1.0).contains(&clear), "", "clear_attention", || {
            format!("is {clear}, but must be a number from 0 to 1")
        })?;
        ModelFiles::of(self, None).map(|_| ())
    }

    fn validate_timestamp_heads(&self) -> Result<(), ConfigError> {
        let Some(heads) = &self.timestamp_heads else { return Ok(()) };
        let transformer = &self.flow_lm.transformer;
        ConfigError::require(!heads.is_empty(), "", "timestamp_heads", || {
            "is empty, but must name at least one head".to_owned()
        })?;
        for (index, TimestampHead { layer, head }) in heads.iter().enumerate() {
            let exists = *layer < transformer.num_layers && *head < transformer.num_heads;
            ConfigError::require(exists, "", "timestamp_heads", || {
                format!(
                    "names head {head} of layer {layer}, but the model has {} layers of {} heads, counted from 0",
                    transformer.num_layers, transformer.num_heads
                )
            })?;
            let is_new = !heads[..index].contains(&heads[index]);
            ConfigError::require(is_new, "", "timestamp_heads", || {
                format!("names head {head} of layer {layer} twice")
            })?;
        }
        Ok(())
    }
}
