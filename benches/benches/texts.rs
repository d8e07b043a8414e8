//! How the time to read a text grows with its length: normalization, mark-up, cleaning and splitting, on prose and on
//! hostile texts. Times are linear if the last column stays near 2.

#![expect(clippy::print_stdout, reason = "the table is its output")]

use std::time::{Duration, Instant};

use pocket_tts_core::{Dictionary, GenerateOptions, InputFormat, Language, Splitting, TextFormat, TtsModel};

/// Characters of the shorter text.
const SHORT: usize = 50_000;
/// Runs of each case, of which the fastest counts.
const RUNS: usize = 5;

/// Pieces of which texts are made: prose, and what readers look furthest ahead for.
const PIECES: [&str; 18] = [
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
    "[pause:1s] a ",
    "[",
    "*_`",
    "<b>&amp;",
    "word ",
];

fn main() {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let model = TtsModel::builder().embedded().build().unwrap_or_else(|error| panic!("{error}"));
    let dictionary = (0..10_000).map(|word| format!("w{word} = \"word\"\n")).collect::<String>();
    let dictionary = Dictionary::parse(&format!("[words]\n{dictionary}"));
    let dictionary = dictionary.unwrap_or_else(|error| panic!("{error}"));
    let plain = GenerateOptions::default().splitting(Splitting::Natural);
    let mut readings: Vec<(String, GenerateOptions)> = Language::ALL
        .map(|language| {
            (format!("normalize {}", language.name()), plain.clone().normalize(true).text_language(language))
        })
        .into();
    readings.push(("marks".to_owned(), plain.clone().markup(TextFormat::Plain)));
    readings.push(("markdown".to_owned(), plain.clone().input_format(InputFormat::Markdown)));
    readings.push(("html".to_owned(), plain.clone().input_format(InputFormat::Html)));
    readings.push(("dictionary".to_owned(), plain.dictionary(dictionary)));
    println!("{:30} {:48} {:>9} {:>9} {:>6}", "reading", "text", "50,000", "100,000", "ratio");
    for (name, options) in &readings {
        for piece in PIECES.iter().filter(|_| filter.as_ref().is_none_or(|filter| name.contains(filter))) {
            let time = |characters: usize| {
                let text = piece.repeat(characters / piece.len());
                fastest(|| drop(model.script(&text, options)))
            };
            let (short, long) = (time(SHORT), time(2 * SHORT));
            let ms = |time: Duration| format!("{:.2} ms", 1e3 * time.as_secs_f64());
            let ratio = long.as_secs_f64() / short.as_secs_f64();
            println!("{name:30} {piece:48?} {:>9} {:>9} {ratio:>6.2}", ms(short), ms(long));
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
