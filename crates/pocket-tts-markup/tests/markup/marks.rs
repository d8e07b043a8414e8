//! Marks in square brackets.

use std::time::Duration;

use pocket_tts_markup::{
    Cleaning, GrowingText, InputFormat, Limits, MappedText, MarkupError, Part, Script, TextFormat, clean,
    parse,
};

fn read(text: &str) -> Result<Script, MarkupError> {
    parse(&MappedText::new(text), text, TextFormat::Auto, &Limits::default())
}

/// A script as a text: `voice|words` and `(seconds)`.
fn shown(script: &Script) -> String {
    let parts = script.parts.iter().map(|part| match part {
        Part::Pause(pause) => format!("({})", pause.as_secs_f64()),
        Part::Speech(speech) => match &speech.style.voice {
            None => speech.text.text().to_owned(),
            Some(voice) => format!("{voice}|{}", speech.text.text()),
        },
    });
    parts.collect::<Vec<_>>().join(" / ")
}

#[test]
fn pauses_and_voices_divide_a_text() {
    for (text, expected) in [
        ("Hello.", "Hello."),
        ("", ""),
        (" \n ", ""),
        ("One. [pause] Two.", "One. / (0.5) / Two."),
        ("[pause:1.5s]One[pause:500ms]\n", "(1.5) / One / (0.5)"),
        ("a [pause:0] b", "a  b"),
        ("[pause:60s]", "(60)"),
        (
            "[voice:alba] Hi, Jean. [voice:jean]Hi, Alba. [voice] Bye.",
            "alba|Hi, Jean. / jean|Hi, Alba. / Bye.",
        ),
        ("[voice:a]x [voice:a]y", "a|x y"),
        ("x [voice:a] [voice:default] y", "x   y"),
        ("As he wrote [sic], see [1].", "As he wrote [sic], see [1]."),
        (r"Write \[pause:1s] for a pause.", "Write [pause:1s] for a pause."),
        ("Paragraph one.\n\nParagraph two.", "Paragraph one.\n\nParagraph two."),
    ] {
        assert_eq!(shown(&read(text).unwrap()), expected, "{text}");
    }
}

#[test]
fn speech_knows_its_place() {
    let text = "É. [pause] [voice:a]Zwei \\[pause].";
    let script = read(text).unwrap();
    let [_, Part::Pause(_), Part::Speech(second)] = &script.parts[..] else { panic!("{script:?}") };
    assert_eq!(second.text.text(), "Zwei [pause].");
    assert_eq!(&text[second.text.source_of(0..4)], "Zwei");
    assert_eq!(&text[second.text.source_of(5..12)], "[pause]");
}

#[test]
fn errors_name_line_and_column() {
    for (text, expected) in [
        ("One.\nTwö [pause:abc]", "line 2, column 5: `abc` is not a length of time"),
        ("[pause:99999s]", "line 1, column 1: a pause of 99999 s is longer than 60 s"),
        ("a\n\n [voice:]", "line 3, column 2: [voice:] names no voice"),
        ("a [pause:1s", "line 1, column 3: [pause: has no closing bracket on its line"),
        (
            &"[pause:60s]".repeat(11),
            "line 1, column 111: the pauses of the text are longer than 600 s together",
        ),
        (&"[pause:1ms]".repeat(10_001), "line 1, column 110001: the text has more than 10000 marks"),
        (&format!("[voice:{}]", "x".repeat(201)), "line 1, column 1: a name is longer than 200 bytes"),
    ] {
        assert_eq!(read(text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn errors_in_cleaned_text_point_into_the_original() {
    let original = "# Title\n\n- **one**\n- two [pause:x]\n";
    let cleaned = clean(original, InputFormat::Markdown, &Cleaning::default());
    let error = parse(&cleaned, original, TextFormat::Auto, &Limits::default()).unwrap_err();
    assert_eq!((error.line, error.column, error.offset), (4, 7, original.find("[pause").unwrap()));
}

#[test]
fn a_growing_text_keeps_its_voice_and_its_limits() {
    let limits = Limits { total_pause: Duration::from_secs(2), ..Limits::default() };
    let mut growing = GrowingText::new(limits);
    let mut read = |text: &str| growing.read(&MappedText::new(text), text);
    assert_eq!(shown(&read("One. [voice:a] Two.").unwrap()), "One. / a|Two.");
    assert_eq!(shown(&read("Three. [pause:1.5s]").unwrap()), "a|Three. / (1.5)");
    let error = read("Four. [pause:1.5s]").unwrap_err();
    assert_eq!(error.to_string(), "line 1, column 7: the pauses of the text are longer than 2 s together");
}
