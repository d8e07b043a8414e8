//! The silence between passages. It must not know where the sound goes.

use super::part::Part;
use super::passages::Passage;

/// Silence after a heading at least, in seconds.
const HEADING_PAUSE_S: f64 = 0.7;
/// Silence after a chapter, in seconds.
const CHAPTER_PAUSE_S: f64 = 1.5;
/// No setting allows a longer pause.
const MOST_PAUSE_S: f64 = 3_600.0;

/// Samples of silence after a passage.
pub(super) fn pause_after(passage: &Passage, part: &Part) -> usize {
    let samples_of = |seconds: f64| (seconds * f64::from(part.sample_rate_hz)).round() as u64;
    let pause = match (passage.ends_chapter, passage.is_heading) {
        (true, _) => samples_of(CHAPTER_PAUSE_S),
        (false, true) => part.pause.max(samples_of(HEADING_PAUSE_S)),
        (false, false) => part.pause,
    };
    usize::try_from(pause.min(samples_of(MOST_PAUSE_S))).unwrap_or(0)
}
