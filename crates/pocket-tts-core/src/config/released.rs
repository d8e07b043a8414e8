//! The configurations of the released models, compiled in.

use pocket_tts_configs::CONFIGS;

use super::{
    closest::closest,
    load,
    model_config::Config,
    problem::{ConfigProblem, guess},
};
use crate::names::{model_name, model_names};

/// The names of the released models, in alphabetical order.
pub fn builtin_names() -> impl ExactSizeIterator<Item = &'static str> {
    CONFIGS.iter().map(|(name, _)| *name)
}

/// The configuration of a released model, whose name [`model_name`] resolves.
pub(super) fn released(name: &str) -> Result<Config, ConfigProblem> {
    let meant = model_name(name).unwrap_or(name);
    let text = CONFIGS.iter().find(|(known, _)| *known == meant).map(|(_, text)| *text);
    let text = text.ok_or_else(|| ConfigProblem::UnknownName {
        name: name.to_owned(),
        hint: guess(closest(name, model_names())),
        names: model_names().collect::<Vec<_>>().join(", "),
    })?;
    load::parse(text, &format!("built in as {name}"))
}
