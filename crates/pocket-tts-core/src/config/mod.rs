//! The configuration of a model: what it is made of and where its files are.
//!
//! The keys are upstream's and no other key is accepted. It must not open weights, reach the network or
//! know the settings of the applications.

pub(crate) use closest::closest;

pub use builtin::builtin;
pub use early_model::in_folder as early_model_in_folder;
pub use files::{ModelFiles, WeightFiles};
pub use load::{parse, read};
pub use model_config::{Config, TimestampHead};
pub use pocket_tts_hub::{Location, LocationError};
pub use problem::ConfigProblem;
pub use released::builtin_names;
pub use yaml::{YamlBoundError, check_yaml_bounds};

mod builtin;
mod closest;
mod early;
mod early_model;
mod files;
mod load;
mod model_config;
mod problem;
mod released;
#[cfg(test)]
mod tests;
mod validate;
mod yaml;
