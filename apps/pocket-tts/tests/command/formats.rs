//! `generate` in formats other than WAV, and at other speeds.

use crate::support::{Outcome, Sandbox};
use pocket_tts_audio::{DecodeLimits, decode};

const SAY: [&str; 5] = ["generate", "--seed", "1", "--text", "One. Two. Three."];
/// 0.2 s at 24 kHz.
const FINAL_SILENCE_SAMPLES: usize = 4_800;

fn say(sandbox: &Sandbox, more: &[&str]) -> Outcome {
    sandbox.run(&[&SAY[..], more].concat()).succeeded()
}

fn samples(sound: &[u8]) -> Vec<f32> {
    decode(sound, &DecodeLimits::default()).unwrap().samples
}

/// The samples of the speech.
fn speech(sandbox: &Sandbox, more: &[&str]) -> Vec<f32> {
    say(sandbox, &[more, &["--output-path", "speech.wav"]].concat());
    let mut samples = samples(&sandbox.read("speech.wav"));
    samples.truncate(samples.len() - FINAL_SILENCE_SAMPLES);
    samples
}

#[test]
fn the_extension_selects_the_format() {
    let sandbox = Sandbox::new();
    let speech = speech(&sandbox, &[]);
    for (name, beginning, longer_by) in [
        ("a.mp3", &b"\xff\xf3"[..], 0..=0),
        ("a.flac", b"fLaC", 0..=0),
        ("a.AAC", b"\xff\xf1", 1_024..=2_047),
        ("a.wave", b"RIFF", FINAL_SILENCE_SAMPLES..=FINAL_SILENCE_SAMPLES),
    ] {
        let outcome = say(&sandbox, &["--output-path", name]);
        assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
        let sound = sandbox.read(name);
        assert!(sound.starts_with(beginning), "{name} begins with {:?}", &sound[..4]);
        let found = samples(&sound).len();
        assert!(longer_by.contains(&(found - speech.len())), "{name}: {found} for {} samples", speech.len());
    }
    for name in ["a.opus", "a.ogg"] {
        say(&sandbox, &["--output-path", name]);
        let sound = sandbox.read(name);
        assert_eq!((&sound[..4], &sound[28..36]), (&b"OggS"[..], &b"OpusHead"[..]), "{name}");
    }
    say(&sandbox, &["--output-path", "a.pcm"]);
    assert_eq!(sandbox.read("a.pcm").len(), 2 * speech.len());
}

#[test]
fn a_pipe_gets_wav_by_default() {
    let sandbox = Sandbox::new();
    assert!(say(&sandbox, &["--output-path", "-"]).stdout.starts_with(b"RIFF"));
    let flac = say(&sandbox, &["--output-path", "-", "--format", "flac"]).stdout;
    say(&sandbox, &["--output-path", "a.flac"]);
    assert_eq!(samples(&flac), samples(&sandbox.read("a.flac")));
    assert_eq!(sandbox.files(), ["a.flac"]);
}

#[test]
fn a_format_that_differs_from_the_extension_is_a_warning_or_an_error() {
    let sandbox = Sandbox::new();
    for name in ["a.m4a", "notes.txt"] {
        let outcome = sandbox.run(&["generate", "--text", "Hi.", "--output-path", name]);
        let outcome = outcome.failed(2, &["is not an audio format", "--format"]);
        let help = "help: use one of the extensions .wav, .wave, .pcm, .raw, .mp3, .opus, .ogg, .oga, .aac, .flac, or give";
        assert!(outcome.stderr.contains(help), "{}", outcome.stderr);
    }
    assert_eq!(sandbox.files(), [""; 0]);
    say(&sandbox, &["--output-path", "a.m4a", "--format", "aac"]);
    assert!(sandbox.read("a.m4a").starts_with(b"\xff\xf1"));

    let outcome = say(&sandbox, &["--output-path", "a.wav", "--format", "flac"]);
    let warning = "warning: a.wav will contain flac, as --format says, although its extension means wav";
    assert!(outcome.stderr.contains(warning), "{}", outcome.stderr);
    assert!(sandbox.read("a.wav").starts_with(b"fLaC"));

    let outcome = say(&sandbox, &["--output-path", "speech"]);
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    assert!(sandbox.read("speech").starts_with(b"RIFF"));
}

#[test]
fn an_output_path_overrides_a_format_from_the_settings() {
    let sandbox = Sandbox::new();
    let say = |format: &str, arguments: &[&str]| {
        let variables = [("POCKET_TTS_FORMAT", format)];
        sandbox.run_with(&variables, &[&["generate", "--text", "Hi."], arguments].concat()).succeeded()
    };
    let outcome = say("mp3", &["--output-path", "a.wav"]);
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    assert!(sandbox.read("a.wav").starts_with(b"RIFF"));
    say("mp3", &["--output-path", "a.wav", "--format", "flac"]);
    assert!(sandbox.read("a.wav").starts_with(b"fLaC"));
    // Without an extension, the format from the settings counts, and names the default file.
    say("mp3", &["--output-path", "speech"]);
    assert!(sandbox.read("speech").starts_with(b"\xff\xf3"));
    say("mp3", &[]);
    say("mp3", &["--format", "opus"]);
    assert_eq!(sandbox.files(), ["a.wav", "speech", "tts_output.mp3", "tts_output.opus"]);
    assert!(say("flac", &["--output-path", "-"]).stdout.starts_with(b"fLaC"));
}

#[test]
fn the_speed_changes_the_duration() {
    let sandbox = Sandbox::new();
    let plain = speech(&sandbox, &[]);
    assert_eq!(speech(&sandbox, &["--speed", "1"]), plain);
    for speed in ["0.25", "0.8", "1.5", "4"] {
        let found = speech(&sandbox, &["--speed", speed]).len();
        let expected = plain.len() as f64 / speed.parse::<f64>().unwrap();
        assert!((found as f64 - expected).abs() < 1.0, "{found} samples at speed {speed}, not {expected}");
    }
    let outcome = say(&sandbox, &["--speed", "2", "--output-path", "a.wav"]);
    let told = format!("{:.2} s of speech", plain.len() as f64 / 2.0 / 24_000.0);
    assert!(outcome.stderr.contains(&told), "{} in {}", told, outcome.stderr);
}

#[test]
fn the_voice_has_the_same_pitch_at_every_speed() {
    let sandbox = Sandbox::new();
    let plain = median_pitch_hz(&speech(&sandbox, &[]));
    assert!((60.0..500.0).contains(&plain), "{plain}");
    for speed in ["0.5", "0.75", "1.5", "2"] {
        let found = median_pitch_hz(&speech(&sandbox, &["--speed", speed]));
        // The frames differ, so the median moves a little.
        assert!((found / plain - 1.0).abs() < 0.05, "{plain} Hz became {found} Hz at speed {speed}");
    }
}

/// Median pitch of the voiced frames, by autocorrelation.
fn median_pitch_hz(samples: &[f32]) -> f64 {
    const FRAME: usize = 1_200;
    const LAGS: std::ops::RangeInclusive<usize> = 48..=400;
    let product = |one: &[f32], other: &[f32]| -> f64 {
        one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
    };
    let mut pitches: Vec<f64> = samples
        .windows(FRAME + LAGS.end())
        .step_by(240)
        .filter_map(|window| {
            let frame = &window[..FRAME];
            let energy = product(frame, frame);
            let alike = |lag: usize| {
                let other = &window[lag..lag + FRAME];
                product(frame, other) / (energy * product(other, other)).sqrt().max(1e-9)
            };
            let scores: Vec<f64> = LAGS.map(alike).collect();
            let most = scores.iter().copied().fold(0.0, f64::max);
            let peak = (1..scores.len() - 1).find(|at| {
                scores[*at] > 0.93 * most && scores[*at] >= scores[at - 1] && scores[*at] >= scores[at + 1]
            })?;
            (most > 0.8 && energy > 1.0).then(|| 24_000.0 / (LAGS.start() + peak) as f64)
        })
        .collect();
    pitches.sort_by(f64::total_cmp);
    pitches[pitches.len() / 2]
}
