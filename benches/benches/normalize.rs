//! How the time to normalize a text grows with its length, on prose and on hostile texts. It is linear if the last column
//! stays near 2. The benchmark `markup` does the same for mark-up, cleaning and dictionaries.

#![expect(clippy::print_stdout, reason = "the table is its output")]

use std::time::{Duration, Instant};

use pocket_tts_normalize::{Language, Normalizer};

/// Characters of the shorter text.
const SHORT: usize = 50_000;
/// Runs of each case, of which the fastest counts.
const RUNS: usize = 5;

/// Pieces of which texts are made: prose, and what readers look furthest ahead for.
const PIECES: [&str; 19] = [
    "On March 3rd, 2024 she paid $12.50 for 5 km. ",
    "The quick brown fox jumps over the lazy dog, and then it sleeps. ",
    "1",
    "1.",
    "1,000",
    "a.b@",
    "I.",
    "+1-",
    "$",
    "1/",
    "XIV ",
    "A1-",
    "https://a.b/",
    "word ",
    "9:",
    "~1",
    "−1",
    "5°",
    "1€",
];

fn main() {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    println!("{:20} {:48} {:>9} {:>9} {:>6}", "language", "text", "50,000", "100,000", "ratio");
    for language in Language::ALL {
        let (name, normalizer) = (language.name(), Normalizer::new(language));
        for piece in PIECES.iter().filter(|_| filter.as_ref().is_none_or(|filter| name.contains(filter))) {
            let time = |characters: usize| {
                let text = piece.repeat(characters / piece.len());
                fastest(|| drop(normalizer.normalize(&text)))
            };
            let (short, long) = (time(SHORT), time(2 * SHORT));
            let ms = |time: Duration| format!("{:.2} ms", 1e3 * time.as_secs_f64());
            let ratio = long.as_secs_f64() / short.as_secs_f64();
            println!("{name:20} {piece:48?} {:>9} {:>9} {ratio:>6.2}", ms(short), ms(long));
        }
    }
}

fn fastest(work: impl Fn()) -> Duration {
    let times = (0..RUNS).map(|_| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    times.min().unwrap_or_default()
}
