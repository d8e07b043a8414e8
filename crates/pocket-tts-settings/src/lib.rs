#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod closest;
mod error;
mod file;
mod kind;
mod layer;
mod list;
mod names;
mod origin;
pub mod parse;
mod schema;
mod stack;
mod variables;

pub use error::SettingsError;
pub use file::{read_text, settings_file};
pub use kind::{Kind, SettingType};
pub use layer::Layer;
pub use names::{InvalidValue, Names};
pub use origin::Origin;
pub use schema::Schema;
pub use stack::Stack;
pub use variables::{Variable, given_variables};
