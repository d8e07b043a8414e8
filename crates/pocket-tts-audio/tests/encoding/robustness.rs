//! Unusual samples.

use pocket_tts_audio::AudioFormat;
use pocket_tts_test_support::noise;

use crate::ffmpeg::{decode, stream};
use crate::sound::{sine, voice};

#[test]
fn nan_becomes_silence_and_samples_are_limited() {
    let mut odd = voice(10_000);
    let mut plain = odd.clone();
    for (index, (value, expected)) in
        [(f32::NAN, 0.0), (f32::INFINITY, 1.0), (f32::NEG_INFINITY, -1.0), (7.0, 1.0)].into_iter().enumerate()
    {
        odd[3_000 + 500 * index] = value;
        plain[3_000 + 500 * index] = expected;
    }
    for format in AudioFormat::ALL {
        assert!(stream(format, &odd, 1_920) == stream(format, &plain, 1_920), "{format}");
        decode(format, &stream(format, &vec![f32::NAN; 5_000], 1_920));
    }
}

#[test]
fn the_loudest_and_the_quietest_sounds_are_encoded() {
    let square: Vec<f32> = sine(93.0, 30_000).iter().map(|sample| sample.signum()).collect();
    let mut clicks = vec![0.0; 30_000];
    clicks.iter_mut().step_by(5_000).for_each(|sample| *sample = 1.0);
    let denormal = vec![1e-40; 30_000];
    let quiet: Vec<f32> = noise(7, 30_000).iter().map(|sample| sample * 1e-5).collect();
    let bursts: Vec<f32> = noise(7, 60_000)
        .iter()
        .enumerate()
        .map(|(at, sample)| if at / 3_000 % 2 == 0 { 0.0 } else { *sample })
        .collect();
    for sound in [noise(7, 60_000), square, clicks, denormal, quiet, bursts, vec![1.0; 30_000]] {
        for format in AudioFormat::ALL {
            let decoded = decode(format, &stream(format, &sound, 1_920));
            assert!(decoded.samples.len() >= sound.len(), "{format}");
        }
    }
}
