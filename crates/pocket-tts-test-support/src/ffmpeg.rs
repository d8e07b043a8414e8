//! An independent decoder: `ffmpeg`.

use std::{path::Path, process::Command};

/// Decodes a file with ffmpeg, mixed to one channel at `rate_hz`. `input` are the options for the file, which raw samples
/// need.
///
/// # Panics
///
/// If ffmpeg is missing, fails or reports an error.
#[track_caller]
pub fn decode(file: &Path, input: &[&str], rate_hz: u32) -> Vec<f32> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin"])
        .args(input)
        .arg("-i")
        .arg(file)
        .args(["-f", "f32le", "-ac", "1", "-ar", &rate_hz.to_string(), "-"])
        .output()
        .expect("this test needs ffmpeg, which is missing; install it: sudo apt-get install ffmpeg");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{}: {errors}", file.display());
    let (samples, rest) = output.stdout.as_chunks();
    assert!(rest.is_empty(), "{}: half a sample", file.display());
    samples.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}
