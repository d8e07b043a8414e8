//! Checks the limits. It must not know where the numbers come from.

use std::{ffi::OsString, thread::available_parallelism, time::Duration};

use pocket_tts_settings::{InvalidValue, SettingsError};

use super::arguments::LimitArguments;
use crate::limits::Limits;

const DEFAULT_MAX_QUEUE: usize = 64;
const DEFAULT_MAX_TEXT_CHARACTERS: usize = 10_000;
/// Three times the usual length of the longest text.
const DEFAULT_MAX_AUDIO_S: f64 = 1_800.0;
const DEFAULT_MAX_SPOOL_MB: u64 = 1_024;
/// A quarter of the rate at which the smallest format plays without pauses.
const DEFAULT_MIN_READ_BYTES_PER_S: u64 = 1_000;
const DEFAULT_MAX_UPLOAD_BYTES: usize = 20_000_000;
/// Streams for each of the processor's threads: most readers are slower than the model.
const STREAMS_PER_THREAD: usize = 2;
const MAX_STREAMS: usize = 10_000;
const LONGEST_TIMEOUT_S: f64 = 86_400.0;
/// What a stream may hold back, so that many streams do not use up the memory.
const LONGEST_FIRST_CHUNK_S: f64 = 60.0;
/// The Python package's name for the same.
pub(super) const FIRST_CHUNK_VARIABLE: &str = "FIRST_CHUNK_LENGTH_SECONDS";

pub(super) fn check_limits(raw: &LimitArguments) -> Result<Limits, InvalidValue> {
    let threads = available_parallelism().map_or(1, std::num::NonZero::get);
    let max_streams = raw.max_streams.unwrap_or(threads * STREAMS_PER_THREAD);
    if !(1..=MAX_STREAMS).contains(&max_streams) {
        let problem = format!("it must be from 1 to {MAX_STREAMS}");
        return Err(InvalidValue::new("max_streams", max_streams.to_string(), &problem));
    }
    let seconds = |setting: &'static str, given: Option<f64>, default: f64| {
        let seconds = given.unwrap_or(default);
        if seconds > 0.0 && seconds <= LONGEST_TIMEOUT_S {
            return Ok(Duration::from_secs_f64(seconds));
        }
        let problem = format!("it must be more than 0 and at most {LONGEST_TIMEOUT_S} (seconds)");
        Err(InvalidValue::new(setting, seconds.to_string(), &problem))
    };
    Ok(Limits {
        max_streams,
        max_queue: raw.max_queue.unwrap_or(DEFAULT_MAX_QUEUE).min(MAX_STREAMS),
        max_text_characters: raw.max_text_chars.unwrap_or(DEFAULT_MAX_TEXT_CHARACTERS),
        max_audio: seconds("max_audio", raw.max_audio, DEFAULT_MAX_AUDIO_S)?,
        max_requests_per_client: at_least_one("max_requests_per_client", raw.max_requests_per_client)?,
        max_audio_per_client_s: raw
            .max_audio_per_client
            .map(|given| seconds("max_audio_per_client", Some(given), 0.0).map(|limit| limit.as_secs_f64()))
            .transpose()?,
        max_spool_bytes: raw.max_spool_mb.unwrap_or(DEFAULT_MAX_SPOOL_MB).saturating_mul(1 << 20),
        min_read_bytes_per_s: raw.min_read_rate.unwrap_or(DEFAULT_MIN_READ_BYTES_PER_S),
        max_upload_bytes: raw.max_upload_bytes.unwrap_or(DEFAULT_MAX_UPLOAD_BYTES),
        queue_timeout: seconds("queue_timeout", raw.queue_timeout, 60.0)?,
        first_audio_timeout: seconds("first_audio_timeout", raw.first_audio_timeout, 120.0)?,
        request_timeout: seconds("request_timeout", raw.request_timeout, 3_600.0)?,
        first_chunk_length: first_chunk_length(raw.first_chunk_length)?,
        stall_timeout: seconds("stall_timeout", raw.stall_timeout, 60.0)?,
        idle_timeout: seconds("idle_timeout", raw.idle_timeout, 60.0)?,
        body_timeout: seconds("body_timeout", raw.body_timeout, 30.0)?,
        header_timeout: seconds("header_timeout", raw.header_timeout, 10.0)?,
        drain_timeout: seconds("drain_timeout", raw.drain_timeout, 30.0)?,
        drain_delay: match raw.drain_delay {
            None | Some(0.0) => Duration::ZERO,
            given => seconds("drain_delay", given, 0.0)?,
        },
    })
}

fn at_least_one(setting: &'static str, given: Option<usize>) -> Result<Option<usize>, InvalidValue> {
    if given == Some(0) {
        return Err(InvalidValue::new(setting, "0", "it must be 1 or more"));
    }
    Ok(given)
}

pub(super) fn first_chunk_length(given: Option<f64>) -> Result<Duration, InvalidValue> {
    let seconds = given.unwrap_or_default();
    if (0.0..=LONGEST_FIRST_CHUNK_S).contains(&seconds) {
        return Ok(Duration::from_secs_f64(seconds));
    }
    let problem = format!("it must be from 0 to {LONGEST_FIRST_CHUNK_S} (seconds)");
    Err(InvalidValue::new("first_chunk_length", seconds.to_string(), &problem))
}

/// Parses the Python package's variable, a number as Python writes it.
pub(super) fn first_chunk_length_of(variable: Option<OsString>) -> Result<Option<f64>, SettingsError> {
    let text = variable.map(|value| value.to_string_lossy().trim().to_owned());
    let wrong = |found: &str| SettingsError::Value {
        setting: FIRST_CHUNK_VARIABLE.to_owned(),
        found: found.to_owned(),
        problem: "it must be a number".to_owned(),
    };
    let number = text.filter(|text| !text.is_empty()).map(|text| text.parse().map_err(|_| wrong(&text)));
    number.transpose()
}
