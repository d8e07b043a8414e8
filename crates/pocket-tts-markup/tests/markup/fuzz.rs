//! Feeds every reader with random texts. Each target draws a fixed number of cases, or as many as fit into
//! `POCKET_TTS_FUZZ_SECONDS`, then from `POCKET_TTS_FUZZ_SEED` or another start each time.

use std::time::{Duration, Instant, SystemTime};

use pocket_tts_markup::{
    Cleaning, Dictionary, GrowingText, InputFormat, Limits, MappedText, Part, Script, TextFormat, clean,
    complete_len, parse,
};

use crate::checks::{check_error, check_places, check_script};
use crate::random::Random;

const CASES: usize = 2000;

/// Runs a target on texts made of `words`. A long run prints its seed and the number of cases.
#[expect(clippy::print_stderr, reason = "the report of a long run")]
fn fuzz(words: &[&str], target: fn(&str, &mut Random)) {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let seconds = number("POCKET_TTS_FUZZ_SECONDS").map(Duration::from_secs);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let seed = number("POCKET_TTS_FUZZ_SEED").unwrap_or(if seconds.is_some() { now } else { 4001 });
    let mut random = Random::new(seed);
    let (start, mut cases) = (Instant::now(), 0);
    while seconds.map_or(cases < CASES, |seconds| start.elapsed() < seconds) {
        let text = random.text(words);
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| target(&text, &mut random)));
        assert!(run.is_ok(), "seed {seed}, case {cases}: {text:?}");
        cases += 1;
    }
    if seconds.is_some() {
        eprintln!("seed {seed}: {cases} cases");
    }
}

fn checked(original: &str, text: &MappedText, format: TextFormat) -> Option<Script> {
    let limits = Limits { marks: 100, ..Limits::default() };
    match parse(text, original, format, &limits) {
        Ok(script) => {
            check_script(original, &script);
            Some(script)
        }
        Err(error) => {
            check_error(original, &error);
            None
        }
    }
}

#[test]
fn marks() {
    let words = &[
        "[pause]",
        "[pause:",
        "[pause:500ms]",
        "[pause:1.5s]",
        "[Pause:2]",
        "[voice:",
        "[voice:alba]",
        "[voice]",
        "[voice:default]",
        "\\[pause]",
        "\\",
        "[sic]",
        "[",
        "]",
        ":",
        "pause",
        "voice",
        "9999",
        ".5",
        "ms",
        "s]",
    ];
    fuzz(words, |text, random| {
        let whole = checked(text, &MappedText::new(text), TextFormat::Plain);
        if let Some(script) = &whole {
            check_that_only_marks_are_lost(text, script);
        }
        check_growing(text, whole.as_ref(), random);
    });
}

/// Checks that what is not spoken is white space or a mark.
fn check_that_only_marks_are_lost(text: &str, script: &Script) {
    let spoken = script.parts.iter().filter_map(|part| match part {
        Part::Speech(speech) => Some(speech.text.pieces().map(|(_, source)| source).collect::<Vec<_>>()),
        Part::Pause(_) => None,
    });
    let mut done = 0;
    for source in spoken.flatten().chain(std::iter::once(text.len()..text.len())) {
        let mut lost = text[done..source.start].trim();
        while !lost.is_empty() {
            let end = if lost.starts_with('[') { lost.find(']') } else { Some(0) };
            assert!(lost.starts_with('\\') || lost.starts_with('['), "{lost:?} of {text:?}");
            lost = lost[end.unwrap() + 1..].trim();
        }
        done = source.end;
    }
}

/// Checks that a text in pieces has the same words and pauses.
fn check_growing(text: &str, whole: Option<&Script>, random: &mut Random) {
    let limits = Limits { marks: 100, ..Limits::default() };
    let mut growing = GrowingText::new(limits);
    let (mut start, mut end, mut parts) = (0, 0, Vec::new());
    let mut is_correct = true;
    while start < text.len() && is_correct {
        end = text.ceil_char_boundary((end + 1 + random.below(30)).min(text.len()));
        let is_last = end == text.len();
        let length = if is_last { end - start } else { complete_len(&text[start..end]) };
        let piece = &text[start..start + length];
        match growing.read(&MappedText::new(piece), piece) {
            Ok(script) => parts.extend(script.parts),
            Err(error) => {
                check_error(piece, &error);
                is_correct = false;
            }
        }
        start += length;
    }
    assert_eq!(is_correct, whole.is_some(), "{text:?}");
    if let Some(whole) = whole {
        assert_eq!(summary(&parts), summary(&whole.parts), "{text:?}");
    }
}

/// The words with their voices, and the pauses.
fn summary(parts: &[Part]) -> Vec<(Option<String>, String)> {
    let mut summary: Vec<(Option<String>, String)> = Vec::new();
    for part in parts {
        let (voice, words) = match part {
            Part::Pause(pause) => (Some("[pause".to_owned()), format!("{pause:?}")),
            Part::Speech(speech) => {
                (speech.style.voice.clone(), speech.text.text().split_whitespace().collect())
            }
        };
        match summary.last_mut() {
            Some(last) if last.0 == voice && matches!(part, Part::Speech(_)) => last.1.push_str(&words),
            _ => summary.push((voice, words)),
        }
    }
    summary
}

#[test]
fn ssml() {
    let words = &[
        "<speak>",
        "<speak xml:lang='en'>",
        "</speak>",
        "<p>",
        "</p>",
        "<s>",
        "</s>",
        "<break/>",
        "<break time='1s'/>",
        "<break strength=\"weak\"/>",
        "<voice name='a'>",
        "</voice>",
        "<prosody rate='90%'>",
        "<prosody volume='+3dB'>",
        "</prosody>",
        "<say-as interpret-as='date' format='mdy'>",
        "</say-as>",
        "<sub alias='b &amp; c'>",
        "<sub alias=''>",
        "</sub>",
        "<lang xml:lang=\"fr\">",
        "</lang>",
        "<!-- c -->",
        "<![CDATA[",
        "<![CDATA[ d ]]>",
        "<?xml version='1.0'?>",
        "<!DOCTYPE speak>",
        "&amp;",
        "&#233;",
        "&lt;",
        "[pause]",
        "[voice:b]",
        "name",
        "='",
        "<",
        "/>",
        "<audio src='x'/>",
    ];
    fuzz(words, |text, random| {
        checked(text, &MappedText::new(text), TextFormat::Auto);
        checked(text, &MappedText::new(text), TextFormat::Ssml);
        // Most random texts are not well formed; these are.
        let inner: String = (0..random.below(8)).map(|_| element(random, 3)).collect();
        let text = format!("<speak>{inner}</speak>");
        assert!(checked(&text, &MappedText::new(&text), TextFormat::Auto).is_some(), "{text}");
    });
}

/// A well-formed element or text.
fn element(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.below(3) == 0 {
        return random
            .pick(&[
                "a ",
                "b.",
                " ",
                "é\n",
                "&amp;",
                "🎉",
                "<!-- x -->",
                "[pause:1ms]",
                "<break time='5ms'/>",
            ])
            .to_owned();
    }
    let inner: String = (0..random.below(4)).map(|_| element(random, depth - 1)).collect();
    let (start, end) = *[
        ("<p>", "</p>"),
        ("<s xml:lang='de'>", "</s>"),
        ("<voice name='v'>", "</voice>"),
        ("<prosody rate='110%' volume='-1dB'>", "</prosody>"),
        ("<lang xml:lang='fr'>", "</lang>"),
    ]
    .get(random.below(7))
    .unwrap_or(&("<sub alias='x y'>a</sub>", "<say-as interpret-as='ordinal'> 3 </say-as>"));
    format!("{start}{inner}{end}")
}

fn check_cleaned(text: &str, format: InputFormat) {
    for has_marks in [true, false] {
        let cleaning = Cleaning { has_marks, ..Cleaning::default() };
        let cleaned = clean(text, format, &cleaning);
        check_places(text, &cleaned);
        assert!(!cleaned.text().contains("\n\n\n"), "{text:?}: {cleaned:?}");
        assert_eq!(cleaned.text().trim(), cleaned.text(), "{text:?}");
        if has_marks {
            checked(text, &cleaned, TextFormat::Plain);
        }
    }
    let cleaning = Cleaning { keeps_emoji: true, ..Cleaning::default() };
    check_places(text, &clean(text, format, &cleaning));
}

#[test]
fn markdown() {
    let words = &[
        "# ",
        "## ",
        "\n\n",
        "\n",
        "- ",
        "* ",
        "1. ",
        "  ",
        "    ",
        "> ",
        "```\n",
        "~~~",
        "`",
        "`` ",
        "**",
        "*",
        "_",
        "~~",
        "[a]",
        "[a](b)",
        "![",
        "](",
        ")",
        "[^1]",
        "[^1]: ",
        "[a]: b\n",
        "|",
        "|---|---|\n",
        "| a | b |\n",
        "---\n",
        "===\n",
        "<b>",
        "</b>",
        "<br>",
        "<div>\n",
        "</div>\n",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<svg>",
        "&amp;",
        "&copy;",
        "\\",
        "\\[pause]",
        "[pause]",
        "[voice:x]: ",
        "https://example.com ",
        "<https://a.b>",
        "- [ ] ",
        "{#id}",
        "+++\n",
        "$",
        "[!NOTE]\n",
        "<details>",
        "<p align=x>",
    ];
    fuzz(words, |text, _| check_cleaned(text, InputFormat::Markdown));
}

#[test]
fn html() {
    let words = &[
        "<p>",
        "</p>",
        "<h1>",
        "</h1>",
        "<ul>",
        "<ol start=3>",
        "<li>",
        "</ul>",
        "</ol>",
        "<table>",
        "<tr>",
        "<td>",
        "<th>",
        "</table>",
        "<br>",
        "<hr/>",
        "<img alt='x &amp; y'>",
        "<script>",
        "</script>",
        "<style>",
        "</style>",
        "<svg>",
        "</svg>",
        "<pre>",
        "</pre>",
        "<code>",
        "</code>",
        "<div hidden>",
        "</div>",
        "<sup class=reference>",
        "</sup>",
        "<!--",
        "-->",
        "<!doctype html>",
        "&eacute;",
        "&nbsp;",
        "&notin",
        "&not",
        "&#x1F389;",
        "&#128;",
        "<![CDATA[",
        "</",
        "<a href=",
        "<textarea>",
        "</textarea>",
        "<title>",
        "</title>",
        "<plaintext>",
        "[pause]",
        "<b",
        "/>",
        "=\"",
        "<template>",
        "</template>",
    ];
    fuzz(words, |text, _| check_cleaned(text, InputFormat::Html));
}

#[test]
fn plain_text() {
    let words =
        &["🎉", "👍🏽", " ", "\n", "!", ".", ")", "x", "\u{fe0f}", "🏳\u{fe0f}\u{200d}🌈", "©", "5", "#"];
    fuzz(words, |text, _| {
        for format in [InputFormat::Text, InputFormat::Auto] {
            let cleaned = clean(text, format, &Cleaning::default());
            check_places(text, &cleaned);
            let again = clean(cleaned.text(), InputFormat::Text, &Cleaning::default());
            assert!(!cleaned.text().contains(['🎉', '👍', '🏳', '🌈']), "{text:?}");
            let letters =
                |text: &str| text.chars().filter(|character| character.is_alphabetic()).collect::<String>();
            if format == InputFormat::Text {
                assert_eq!(letters(again.text()), letters(text), "{text:?}");
            }
        }
    });
}

#[test]
fn dictionary() {
    let words = &[
        "[words]\n",
        "[words.\"b\"]\n",
        "\"a\" = \"x\"\n",
        "\"Straße\" = \"y\"\n",
        "\"e\u{301}\" = \"z\"\n",
        "'İ' = 'w'\n",
        "\n",
        "\"one two\" = { say = \"12\" }\n",
        "\"Жук\" = { say = \"k\", case = true }\n",
        "{ ",
        "}",
        "say",
        "case",
        "=",
        "true",
        ", ",
        "\"ss\" = { say = \"t\", whole-word = false }\n",
        "languages = [\"de\", \"pt-BR\"]",
        "[",
        "]",
        "\"",
        "'''",
        "\\u0041",
        "# c\n",
        "\"日本\" = [{ say = \"n\", languages = ['en'] }, { say = \"j\" }]\n",
        "\"C++\" = \"c plus plus\"\n",
        "1",
        "1979-05-27",
    ];
    fuzz(words, |text, random| {
        match Dictionary::parse(text) {
            Ok(dictionary) => check_dictionary(&dictionary, random),
            Err(error) => {
                assert!(error.line <= text.lines().count() + 1 && !error.problem.is_empty(), "{error}");
            }
        }
        // Most random texts are not TOML; these are.
        let lines = [
            "\"a\" = \"x\"",
            "\"Straße\" = \"y\"",
            "\"ss\" = { say = \"t\", whole-word = false }",
            "\"e\u{301}\" = \"z\"",
            "\"one two\" = \"12\"",
            "\"İ\" = { say = \"w\", case = true }",
            "\"日本\" = \"n\"",
            "\"ſ\" = { say = \"\", whole-word = false }",
            "\"one two. a\" = { say = \"p\", languages = [\"en\"] }",
        ];
        let chosen: Vec<&str> = lines.into_iter().filter(|_| random.below(2) == 0).collect();
        check_dictionary(&Dictionary::parse(&format!("[words]\n{}", chosen.join("\n"))).unwrap(), random);
    });
}

fn check_dictionary(dictionary: &Dictionary, random: &mut Random) {
    let text = random.text(&[
        "a",
        " ",
        "STRASSE",
        "straße",
        "one  two",
        "one\ntwo. A",
        "ss",
        "İ",
        "b",
        "C++",
        "日本",
        "ſ",
        "-",
        "Жук",
    ]);
    let (applied, replaced) = dictionary.apply(&MappedText::new(&text), Some("en"));
    check_places(&text, &applied);
    let mut last = 0;
    for range in replaced {
        assert!(range.start >= last && applied.text().get(range.clone()).is_some(), "{range:?} of {text:?}");
        last = range.end;
    }
    let script = Script::without_markup(&MappedText::new(&text));
    for part in &script.parts {
        if let Part::Speech(speech) = part {
            let applied = dictionary.apply_to_speech(speech, None);
            check_places(&text, &applied.text);
        }
    }
}
