//! SSML as its specification, home automation and other programs write it.

use pocket_tts_markup::{
    DateFormat, Hint, HintKind, Limits, MappedText, MarkupError, Part, SayAs, Script, Speech, TextFormat,
    parse,
};

fn read(text: &str) -> Result<Script, MarkupError> {
    parse(&MappedText::new(text), text, TextFormat::Auto, &Limits::default())
}

/// A script as a text: `{voice,language,rate,decibels}words` and `(seconds)`.
fn shown(text: &str) -> String {
    let show = |part: &Part| match part {
        Part::Pause(pause) => format!("({})", pause.as_secs_f64()),
        Part::Speech(Speech { text, style, .. }) => {
            let mut values = Vec::new();
            values.extend(style.voice.clone());
            values.extend(style.language.clone());
            values.extend(((style.rate - 1.0).abs() > 1e-6).then(|| format!("{}x", style.rate)));
            values.extend((style.volume_db.abs() > 1e-6).then(|| format!("{}dB", style.volume_db)));
            let style = if values.is_empty() { String::new() } else { format!("{{{}}}", values.join(",")) };
            format!("{style}{}", text.text())
        }
    };
    let script = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    script.parts.iter().map(show).collect::<Vec<_>>().join(" / ")
}

#[test]
fn elements_become_parts() {
    for (inside, expected) in [
        ("Hello.", "Hello."),
        ("", ""),
        ("a<break/>b", "a / (0.5) / b"),
        (
            "a <break time='1500ms'/> b <break strength='x-strong' time='.25s'></break>",
            "a / (1.5) / b / (0.25)",
        ),
        ("a <break strength='none'/> b", "a b"),
        ("a\n\n   b <!-- c --> d", "a b d"),
        ("<p>One.</p><p>Two</p> three", "One.\n\nTwo\n\nthree"),
        ("<s>One</s><s>Two!</s>three", "One. Two! three"),
        ("<voice name='alba'>Hi</voice> ho", "{alba}Hi / ho"),
        (
            "<prosody rate='50%'>a <prosody rate='fast' volume='-6dB'>b</prosody></prosody>",
            "{0.5x}a / {0.625x,-6dB}b",
        ),
        ("<prosody volume='silent'>a <prosody volume='loud'>b</prosody></prosody>", "{-infdB}a b"),
        ("<lang xml:lang='fr-FR'>Bonjour</lang>, he said", "{fr-FR}Bonjour / , he said"),
        ("Tom &amp; Jerry &lt;3 &#x201C;caf&#233;&#8221;", "Tom & Jerry <3 “café”"),
        ("<![CDATA[a < b & c]]>", "a < b & c"),
        ("[voice:b]x <voice name='a'>y [voice:c] z</voice> w", "{b}x / {a}y / {c}z / {b}w"),
        ("<p>[voice:b]x</p><p>y [pause:1s]</p>", "{b}x\n\ny / (1)"),
        (r"\[pause] a", "[pause] a"),
        ("<s>a <say-as interpret-as='date'> </say-as></s> b", "a. b"),
        ("<say-as interpret-as='characters'>[pause]</say-as>", "[pause]"),
    ] {
        assert_eq!(shown(&format!("<speak>{inside}</speak>")), expected, "{inside}");
    }
}

#[test]
fn say_as_and_sub_are_hints_in_their_sentence() {
    let text = "<speak>On <say-as interpret-as=\"date\" format=\"mdy\"> 5/6/2024 </say-as> the \
                <sub alias=\"World Wide  Web Consortium\">W3C</sub> met.</speak>";
    let script = read(text).unwrap();
    let [Part::Speech(speech)] = &script.parts[..] else { panic!("{script:?}") };
    assert_eq!(speech.text.text(), "On 5/6/2024 the World Wide Web Consortium met.");
    let hints = [
        Hint { range: 3..11, kind: HintKind::SayAs(SayAs::Date(Some(DateFormat::Mdy))) },
        Hint { range: 16..41, kind: HintKind::Verbatim },
    ];
    assert_eq!(speech.hints, hints);
    assert_eq!(&text[speech.text.source_of(3..11)], "5/6/2024");
    assert_eq!(&text[speech.text.source_of(16..41)], "W3C");
}

#[test]
fn all_kinds_of_say_as_are_known() {
    for (name, kind) in [
        ("cardinal", SayAs::Cardinal),
        ("ordinal", SayAs::Ordinal),
        ("digits", SayAs::Digits),
        ("spell-out", SayAs::Characters),
        ("time\" format=\"hms12", SayAs::Time),
        ("telephone\" format=\"1", SayAs::Telephone),
        ("currency", SayAs::Currency),
        ("unit", SayAs::Unit),
        ("fraction", SayAs::Fraction),
        ("year", SayAs::Year),
        ("date", SayAs::Date(None)),
    ] {
        let script = read(&format!("<speak><say-as interpret-as=\"{name}\">12</say-as></speak>")).unwrap();
        let [Part::Speech(speech)] = &script.parts[..] else { panic!("{script:?}") };
        assert_eq!(speech.hints, [Hint { range: 0..2, kind: HintKind::SayAs(kind) }]);
    }
}

/// The examples of <https://www.w3.org/TR/speech-synthesis11/>, as far as they use supported elements.
#[test]
fn the_specification_is_read() {
    let text = r#"<?xml version="1.0"?>
<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis"
       xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
       xsi:schemaLocation="http://www.w3.org/2001/10/synthesis
                 http://www.w3.org/TR/speech-synthesis11/synthesis.xsd"
       xml:lang="en-US">
  <p>
    <s>You have 4 new messages.</s>
    <s>The first is from Stephanie Williams and arrived at <break/> 3:45pm.
    </s>
    <s>
      The subject is <prosody rate="80%">ski trip</prosody>
    </s>
  </p>
</speak>"#;
    let expected = "{en-US}You have 4 new messages. The first is from Stephanie Williams and arrived at / (0.5) / \
                    {en-US}3:45pm. The subject is / {en-US,0.8x}ski trip.";
    assert_eq!(shown(text), expected);
    let text = r#"<speak version="1.1" xml:lang="en-US">
  <voice name="Mike" xml:lang="ja">こんにちは</voice> Call me at
  <say-as interpret-as="telephone" format="1">(781) 771-7777</say-as>, extension 10.
</speak>"#;
    assert_eq!(shown(text), "{Mike,ja}こんにちは / {en-US}Call me at (781) 771-7777, extension 10.");
}

#[test]
fn other_programs_are_read() {
    let home = r#"<speak>Front door opened. <break time="1s"/> <prosody rate="slow" volume="loud">Please check!</prosody></speak>"#;
    assert_eq!(shown(home), "Front door opened. / (1) / {0.75x,6dB}Please check!");
    let kokoro = "<!-- made by hand -->\n<speak>\n  Hello <voice name=\"af_bella\">from Bella<break strength=\"weak\"/></voice>\n</speak>\n";
    assert_eq!(shown(kokoro), "Hello / {af_bella}from Bella / (0.25)");
}

#[test]
fn errors_name_line_and_column() {
    for (text, expected) in [
        ("<speak>\n  <audio src='a'/></speak>", "line 2, column 3: <audio> is not supported"),
        ("<speak>a <mark name='x'/></speak>", "line 1, column 10: <mark> is not supported"),
        ("<speak><Break/></speak>", "line 1, column 8: <Break> is not supported"),
        (
            "<speak>é <break tim='1s'/></speak>",
            "line 1, column 17: the attribute `tim` of <break> is not supported",
        ),
        (
            "<speak><prosody pitch='high'>a</prosody></speak>",
            "line 1, column 17: the attribute `pitch` of <prosody> is not supported",
        ),
        ("<speak><break time='1'/></speak>", "line 1, column 15: `1` is no value of the attribute `time`"),
        ("<speak><break time='61s'/></speak>", "line 1, column 8: a pause of 61 s is longer than 60 s"),
        (
            "<speak><prosody rate='5'>a</prosody></speak>",
            "line 1, column 17: `5` is no value of the attribute `rate`",
        ),
        ("<speak><voice>a</voice></speak>", "line 1, column 8: <voice> has no attribute `name`"),
        (
            "<speak><say-as interpret-as='date' format='x'>a</say-as></speak>",
            "line 1, column 36: `x` is no value of the attribute `format`",
        ),
        ("<speak><sub alias='a'><s>b</s></sub></speak>", "line 1, column 23: <sub> holds another element"),
        ("<speak><break>b</break></speak>", "line 1, column 15: <break> is not empty"),
        ("<speak>a <p>b</speak>", "line 1, column 14: </speak> stands where <p> must be closed"),
        ("<speak>a <p>b", "line 1, column 10: <p> is not closed"),
        ("<speak>a", "line 1, column 1: <speak> is not closed"),
        ("<speak>a</speak> b", "line 1, column 17: something stands after </speak>"),
        ("<speak>a</speak><speak/>", "line 1, column 17: something stands after </speak>"),
        ("<speak>AT&T</speak>", "line 1, column 10: the sign & stands alone"),
        ("<speak>a &nbsp; b</speak>", "line 1, column 10: the entity `nbsp` is unknown"),
        ("<speak>a &#0; b</speak>", "line 1, column 10: the entity `#0` is unknown"),
        ("<speak>1 < 2</speak>", "line 1, column 10: the sign < begins no tag here"),
        ("<speak><?php x ?></speak>", "line 1, column 8: processing instructions are not supported"),
        ("<!DOCTYPE speak [<!ENTITY a 'b'>]><speak/>", "line 1, column 1: document types are not supported"),
        (
            "<speak xml:lang=en>a</speak>",
            "line 1, column 17: the value of an attribute has no quotation marks",
        ),
        ("<speak>a [pause:x]</speak>", "line 1, column 10: `x` is not a length of time"),
    ] {
        assert_eq!(read(text).unwrap_err().to_string(), expected, "{text}");
    }
    let forced = parse(&MappedText::new("Hello"), "Hello", TextFormat::Ssml, &Limits::default());
    assert_eq!(forced.unwrap_err().to_string(), "line 1, column 1: text stands before <speak>");
    let deep = format!("<speak>{}", "<p>".repeat(11));
    assert_eq!(read(&deep).unwrap_err().to_string(), "line 1, column 38: the elements are more than 10 deep");
}

#[test]
fn only_texts_that_begin_with_speak_are_ssml() {
    for text in ["a <speak>", "<speaker>", "speak", "<p>", "<!-- <speak> -->", "<!DOCTYPE html>"] {
        assert_eq!(shown(text), text);
    }
    assert_eq!(shown("\u{feff}\n<speak >a</speak>"), "a");
    let plain = parse(
        &MappedText::new("<speak>a</speak>"),
        "<speak>a</speak>",
        TextFormat::Plain,
        &Limits::default(),
    );
    let [Part::Speech(speech)] = &plain.unwrap().parts[..] else { panic!("no speech") };
    assert_eq!(speech.text.text(), "<speak>a</speak>");
}
