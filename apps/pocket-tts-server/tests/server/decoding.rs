//! Decodes a received file with an independent decoder, ffmpeg.

use std::path::Path;

const SAMPLE_RATE_HZ: u32 = 24_000;
/// 100 ms.
const ENDING: usize = SAMPLE_RATE_HZ as usize / 10;
/// The threshold of an audible sample.
const AUDIBLE: f32 = 0.02;

/// Demands that a file, whose format its ending tells, holds this sound: no more than a frame of its codec (or, of
/// WAV, the silence at its end) longer, and with the last 100 ms of what can be heard.
#[track_caller]
pub(crate) fn assert_sounds_like(file: &Path, pcm: &[u8]) {
    let name = file.display();
    let expected: Vec<f32> =
        pcm.as_chunks::<2>().0.iter().map(|bytes| f32::from(i16::from_le_bytes(*bytes)) / 32_768.0).collect();
    let (delay, most_extra) = match file.extension().unwrap().to_str().unwrap() {
        "wav" => (0, 4_800),
        "mp3" => (0, 575),
        // ADTS can't tell the encoder's delay.
        "aac" => (1_024, 1_023),
        "pcm" | "flac" | "opus" => (0, 0),
        other => panic!("what is {other}?"),
    };
    let decoded = decode(file);
    let extra = decoded.len().checked_sub(delay + expected.len());
    assert!(
        extra.is_some_and(|extra| extra <= most_extra),
        "{name}: {} samples for {}",
        decoded.len(),
        expected.len()
    );
    let heard = &decoded[delay..delay + expected.len()];
    let whole = error_power(heard, &expected) / power(&expected);
    assert!(whole < 0.1, "{name}: the error has {whole} of the power of the sound");
    // Speech ends in silence, which may be cut.
    let end = expected.iter().rposition(|sample| sample.abs() > AUDIBLE).unwrap();
    let ending = end - ENDING..end;
    let power = power(&expected[ending.clone()]);
    let last = error_power(&heard[ending.clone()], &expected[ending]) / power;
    assert!(last < 0.1, "{name}: the error in the last 100 ms has {last} of their power");
}

fn decode(file: &Path) -> Vec<f32> {
    let is_bare = file.extension().is_some_and(|extension| extension == "pcm");
    let input: &[&str] = if is_bare { &["-f", "s16le", "-ar", "24000", "-ac", "1"] } else { &[] };
    pocket_tts_test_support::decode(file, input, SAMPLE_RATE_HZ)
}

/// Mean power.
fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32
}

fn error_power(one: &[f32], other: &[f32]) -> f32 {
    let difference: Vec<f32> = one.iter().zip(other).map(|(one, other)| one - other).collect();
    power(&difference)
}
