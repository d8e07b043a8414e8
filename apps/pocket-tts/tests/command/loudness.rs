//! `generate --loudness`.

use crate::support::Sandbox;
use pocket_tts_audio::{Audio, DecodeLimits, LoudnessMeter, decode};

const SAY: [&str; 5] =
    ["generate", "--seed", "1", "--text", "One morning she went to the market. There was nobody."];

/// The loudness of a file, in LUFS, and its true peak, in dBTP.
fn measure(sound: &[u8]) -> (f64, f64) {
    let Audio { samples, sample_rate_hz } = decode(sound, &DecodeLimits::default()).unwrap();
    let mut meter = LoudnessMeter::new(sample_rate_hz).unwrap();
    meter.push(&samples);
    (meter.loudness_lufs().unwrap(), meter.true_peak_dbtp())
}

#[test]
fn a_file_has_the_loudness_exactly() {
    let sandbox = Sandbox::new();
    let duration = |name: &str| decode(&sandbox.read(name), &DecodeLimits::default()).unwrap().samples.len();
    sandbox.run(&[&SAY[..], &["-o", "own.wav"]].concat()).succeeded();
    for (name, target) in
        [("a.wav", -16.0), ("a.flac", -16.0), ("a.wav", -23.0), ("a.mp3", -19.0), ("a.wav", -40.0)]
    {
        let outcome =
            sandbox.run(&[&SAY[..], &["--loudness", &target.to_string(), "-o", name]].concat()).succeeded();
        let (found, peak) = measure(&sandbox.read(name));
        assert!((found - target).abs() < 0.1, "{name} has {found} LUFS, not {target}");
        assert!(peak < -0.8, "{name} has a peak of {peak} dBTP");
        assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
    }
    assert_eq!(duration("a.wav"), duration("own.wav"));
    assert_eq!(sandbox.files(), ["a.flac", "a.mp3", "a.wav", "own.wav"]);
}

#[test]
fn the_shortest_speech_has_it_too() {
    let sandbox = Sandbox::new();
    sandbox.run(&["generate", "--seed", "1", "--loudness", "-18", "-t", "Hi.", "-o", "a.wav"]).succeeded();
    let (found, _) = measure(&sandbox.read("a.wav"));
    assert!((found + 18.0).abs() < 0.1, "{found} LUFS");
}

#[test]
fn a_stream_has_the_gain_of_its_voice() {
    let sandbox = Sandbox::new();
    let stream = |loudness: &str, text: &str| {
        let arguments = ["generate", "--seed", "1", "--loudness", loudness, "-o", "-", "--text", text];
        sandbox.run(&arguments).succeeded().stdout
    };
    let (loud, quiet) = (stream("-20", SAY[4]), stream("-30", SAY[4]));
    let ((loud_lufs, _), (quiet_lufs, _)) = (measure(&loud), measure(&quiet));
    assert!((loud_lufs - quiet_lufs - 10.0).abs() < 0.1, "{loud_lufs} and {quiet_lufs} LUFS");
    assert!((loud_lufs + 20.0).abs() < 2.0, "{loud_lufs} LUFS");
    assert!(loud == stream("-20", SAY[4]), "the gain of a voice is always the same");
    // Peaks are limited.
    let (_, peak) = measure(&stream("-8", SAY[4]));
    assert!(peak < -0.8, "{peak} dBTP");
}

#[test]
fn a_loudness_out_of_range_is_refused() {
    let sandbox = Sandbox::new();
    for wrong in ["0", "-4.9", "-70.1", "16", "nan"] {
        let parts = ["loudness", "-70 to -5"];
        let parts = if wrong == "nan" { &parts[..1] } else { &parts[..] };
        sandbox.run(&["generate", "--loudness", wrong, "-t", "Hi."]).failed(2, parts);
    }
    sandbox.run(&["generate", "--loudness", "loud", "-t", "Hi."]).failed(2, &["loudness"]);
    assert_eq!(sandbox.files(), [""; 0]);
}
