//! Ends a voice prompt with a short pause. Knows samples only.
//!
//! Source: `pocket_tts/data/audio_utils.py`, `end_on_pause`. A model continues the sentence of a prompt that
//! stops during speech, and starts late after a prompt that ends with a long silence.

const FRAME_S: f64 = 0.02;
const FADE_S: f64 = 0.02;
const PAUSE_S: f64 = 0.08;
/// A frame this much weaker than the loudest one is silence.
const FLOOR_DB: f64 = 35.0;

/// Cuts the silence at the end of `samples`, fades the last 20 ms of the rest to zero and appends 80 ms of
/// zeros.
///
/// `samples` is `[samples]`, mono; silence is measured in frames of 20 ms by their root mean square. A sound
/// shorter than one frame, or without a frame of measurable level (samples that are not finite), is returned
/// unchanged.
pub fn end_on_pause(samples: &[f32], sample_rate_hz: u32) -> Vec<f32> {
    let rate_hz = f64::from(sample_rate_hz);
    let frame_length = ((FRAME_S * rate_hz) as usize).max(1);
    let levels_db: Vec<f64> = samples.chunks_exact(frame_length).map(level_db).collect();
    let loudest_db = levels_db.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let Some(last_loud) = levels_db.iter().rposition(|level| *level > loudest_db - FLOOR_DB) else {
        return samples.to_vec();
    };

    let mut output = samples[..(last_loud + 1) * frame_length].to_vec();
    let fade_length = ((FADE_S * rate_hz) as usize).min(output.len());
    let fade_start = output.len() - fade_length;
    for (index, sample) in output[fade_start..].iter_mut().enumerate() {
        *sample *= fade_gain(index, fade_length);
    }
    output.resize(output.len() + (PAUSE_S * rate_hz) as usize, 0.0);
    output
}

fn level_db(frame: &[f32]) -> f64 {
    let squares: f64 = frame.iter().map(|sample| f64::from(*sample) * f64::from(*sample)).sum();
    20.0 * ((squares / frame.len() as f64).sqrt() + 1e-12).log10()
}

/// Point `index` of a straight line of `length` points from 1 to 0, counted from the nearer end as
/// `torch.linspace` does, so that both ends are exact; a single point is 1.
fn fade_gain(index: usize, length: usize) -> f32 {
    if length == 1 {
        return 1.0;
    }
    let step = -1.0 / (length - 1) as f32;
    if index < length / 2 { 1.0 + step * index as f32 } else { -step * (length - index - 1) as f32 }
}
