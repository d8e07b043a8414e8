//! Settings with a fixed list of values, and settings that decide the same in two ways.

use std::path::Path;

use pocket_tts_audio::AudioFormat;
use pocket_tts_core::{Precision, Resampler};
use pocket_tts_settings::{Origin, SettingsError, Stack};

use super::raw::RawSettings;
use crate::defaults::{DEFAULT_OUTPUT_PATH, PRECISIONS, RESAMPLERS};
use crate::output::Output;

pub(super) fn resampler(stack: &Stack, name: Option<&str>) -> Result<Resampler, SettingsError> {
    let Some(name) = name else { return Ok(Resampler::default()) };
    let known = RESAMPLERS.into_iter().find(|(known, _)| *known == name);
    known.map(|(_, resampler)| resampler).ok_or_else(|| {
        stack.error(
            "resampler",
            name.to_owned(),
            format!("it must be {}", RESAMPLERS.map(|(name, _)| name).join(" or ")),
        )
    })
}

/// The stronger of `precision` and `quantize`, which is the Python package's name for int8.
pub(super) fn precision(stack: &Stack, raw: &RawSettings) -> Result<Precision, SettingsError> {
    let named = raw.precision.as_deref().map(|name| named_precision(stack, name)).transpose()?;
    let (precision, quantize) = (stack.origin("precision"), stack.origin("quantize"));
    let is_int8 = named == Some(Precision::Int8);
    match raw.quantize {
        Some(true) if quantize == precision && !is_int8 => Err(SettingsError::Conflict {
            first: stack.name("quantize"),
            second: stack.name("precision"),
            advice: "leave one out".to_owned(),
        }),
        Some(true) if quantize > precision => Ok(Precision::Int8),
        Some(false) if quantize > precision && is_int8 => Ok(Precision::default()),
        _ => Ok(named.unwrap_or_default()),
    }
}

fn named_precision(stack: &Stack, name: &str) -> Result<Precision, SettingsError> {
    Precision::named(name).ok_or_else(|| {
        stack.error("precision", name.to_owned(), format!("it must be {}", PRECISIONS.join(" or ")))
    })
}

/// The destination of the audio, and its format unless the extension says it.
pub(super) fn output(
    stack: &Stack,
    raw: &RawSettings,
) -> Result<(Output, Option<AudioFormat>), SettingsError> {
    let format = format(stack, raw.format.as_deref())?;
    let place = stack.origin("output_path").unwrap_or(&Origin::BuiltIn);
    if *place == Origin::BuiltIn && raw.play == Some(true) {
        return Ok((Output::Nowhere, None));
    }
    if let (Origin::BuiltIn, Some(format)) = (place, format) {
        let path = Path::new(DEFAULT_OUTPUT_PATH).with_extension(format.extensions()[0]);
        return Ok((Output::File(path), Some(format)));
    }
    let output = Output::parse(raw.output_path.as_deref().unwrap_or(DEFAULT_OUTPUT_PATH));
    // A format from a weaker place than the path was meant for other files.
    let is_overruled = output.named_format().is_some() && stack.origin("format") < Some(place);
    Ok((output, format.filter(|_| !is_overruled)))
}

fn format(stack: &Stack, name: Option<&str>) -> Result<Option<AudioFormat>, SettingsError> {
    let format = name.map(str::parse::<AudioFormat>).transpose();
    format.map_err(|_| {
        stack.error(
            "format",
            name.unwrap_or_default().to_owned(),
            format!("it must be one of {}", AudioFormat::ALL.map(AudioFormat::name).join(", ")),
        )
    })
}
