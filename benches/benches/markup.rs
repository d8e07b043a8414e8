//! Benchmarks of cleaning, mark-up and dictionaries, on ordinary and on hostile texts of two lengths: the time per byte must
//! not grow with the length.

use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use pocket_tts_markup::{Cleaning, Dictionary, InputFormat, Limits, MappedText, TextFormat, clean, parse};

/// The lengths of the texts in bytes.
const LENGTHS: [usize; 2] = [10_000, 100_000];

/// Texts that took the longest when they were searched for, and ordinary ones.
const TEXTS: [(&str, &str, &str); 12] = [
    // Name, start, and what is repeated after it.
    ("prose", "", "It was the best of times, it was the worst of times. "),
    (
        "readme",
        "",
        "# Title\n\n- **bold** and [link](https://example.com) 🎉\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n",
    ),
    ("page", "<!doctype html>", "<h2>Title</h2><p>Text &amp; <b>bold</b></p><ul><li>item</ul>"),
    ("ssml", "<speak>", "<p>Text <sub alias=\"words\">w</sub> &amp; </p>"),
    ("brackets", "", "["),
    ("open links", "", "[a]("),
    ("emphasis", "", "*a _"),
    ("lazy lines", ">>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>> a\n", "b\n"),
    ("code lines", "`", "a\n"),
    ("tags", "", "<ul><li>"),
    ("entities", "", "&notit;"),
    ("emoji", "", "🎉 "),
];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let words: Vec<String> = (0..10_000).map(|number| format!("word{number} = 'x'")).collect();
    let parts: Vec<String> = (1..=100)
        .map(|length| format!("{} = {{ say = 'x', whole-word = false }}", "a".repeat(length)))
        .collect();
    let dictionaries = [("10,000 words", words), ("nested parts", parts)].map(|(name, lines)| {
        let dictionary = Dictionary::parse(&format!("[words]\n{}", lines.join("\n")));
        (name, dictionary.unwrap_or_else(|error| panic!("{error}")))
    });
    for (name, start, repeated) in TEXTS {
        let mut group = criterion.benchmark_group(format!("markup {name}"));
        for length in LENGTHS {
            let text = format!("{start}{}", repeated.repeat(length / repeated.len()));
            group.throughput(Throughput::Bytes(text.len() as u64));
            read(&mut group, &text);
        }
        group.finish();
    }
    let mut group = criterion.benchmark_group("markup dictionary");
    for length in LENGTHS {
        let texts = [("words", "word77 is a word. "), ("one letter", "a")];
        for ((dictionary_name, dictionary), (name, repeated)) in dictionaries.iter().zip(texts) {
            let text = MappedText::new(&repeated.repeat(length / repeated.len()));
            group.throughput(Throughput::Bytes(text.len() as u64));
            let id = BenchmarkId::new(format!("{dictionary_name}, {name}"), length);
            group.bench_function(id, |bencher| bencher.iter(|| dictionary.apply(&text, Some("en"))));
        }
    }
    group.finish();
    criterion.final_summary();
}

/// Cleans a text in every format, and reads its mark-up.
fn read(group: &mut BenchmarkGroup<'_, WallTime>, text: &str) {
    let cleaning = Cleaning::default();
    for (name, format) in
        [("text", InputFormat::Text), ("markdown", InputFormat::Markdown), ("html", InputFormat::Html)]
    {
        let id = BenchmarkId::new(name, text.len());
        group.bench_function(id, |bencher| bencher.iter(|| clean(text, format, &cleaning)));
    }
    let limits = Limits { marks: usize::MAX, ..Limits::default() };
    let mapped = MappedText::new(text);
    let id = BenchmarkId::new("parse", text.len());
    group.bench_function(id, |bencher| bencher.iter(|| parse(&mapped, text, TextFormat::Auto, &limits)));
}
