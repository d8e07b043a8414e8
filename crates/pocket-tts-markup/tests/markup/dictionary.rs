//! Pronunciation dictionaries.

use pocket_tts_markup::{Dictionary, HintKind, Limits, MappedText, Part, SayAs, TextFormat, parse};

fn applied(words: &str, text: &str, language: &str) -> String {
    let dictionary = Dictionary::parse(&format!("[words]\n{words}")).unwrap();
    dictionary.apply(&MappedText::new(text), Some(language)).0.text().to_owned()
}

#[test]
fn words_are_replaced() {
    for (words, text, expected) in [
        ("Nginx = 'engine x'", "NGINX, nginx and Nginx's", "engine x, engine x and engine x's"),
        (
            "cat = 'dog'",
            "cat concat cats cat-food (cat) cat_ cat1",
            "dog concat cats dog-food (dog) cat_ cat1",
        ),
        ("cat = { say = 'dog', whole-word = false }", "concats", "condogs"),
        ("GIF = { say = 'jiff', case = true }", "GIF gif Gif", "jiff gif Gif"),
        (
            "'New York' = 'NY'\n'New York City' = 'NYC'\n'York' = 'Y'",
            "New  York, new\nyork city, York",
            "NY, NYC, Y",
        ),
        ("'New York' = 'NY'", "New\n\nYork", "New\n\nYork"),
        (
            "'C++' = 'C plus plus'\n'C#' = 'C sharp'\nC = 'see'",
            "C++ C# C c++11",
            "C plus plus C sharp see C plus plus11",
        ),
        ("'straße' = 'x'\n'ΟΔΟΣ' = 'y'\n'жук' = 'z'", "STRASSE, οδος, ЖУК", "x, y, z"),
        ("ss = { say = 'x', whole-word = false }", "Maß Masse", "Max Maxe"),
        ("'café' = 'x'\ncafe = 'y'", "café cafe cafe\u{301}", "x y cafe\u{301}"),
        ("s = { say = 'x', whole-word = false }", "Maß s", "Maß x"),
        ("\"don't\" = 'do not'", "Don’t!", "do not!"),
        ("'™' = ''", "Acme™ it", "Acme it"),
        ("'日本' = 'Nihon'", "日本", "Nihon"),
    ] {
        assert_eq!(applied(words, text, "en"), expected, "{words}");
    }
}

#[test]
fn languages_choose_the_respelling() {
    let words = "GIF = [{ say = 'jiff', languages = ['english'] }, { say = 'gief', languages = ['de', 'pt-BR'] }, { say = 'x' }]";
    for (language, expected) in [
        ("en", "jiff"),
        ("english", "jiff"),
        ("de-AT", "gief"),
        ("pt-br", "gief"),
        ("pt", "x"),
        ("french_24l", "x"),
    ] {
        assert_eq!(applied(words, "gif", language), expected, "{language}");
    }
    let only_english = Dictionary::parse("words.GIF = { say = 'jiff', languages = ['english'] }").unwrap();
    assert_eq!(only_english.apply(&MappedText::new("GIF"), None).0.text(), "GIF");
}

#[test]
fn the_last_dictionary_wins() {
    let server =
        Dictionary::parse("[words]\ngif = { say = 'a', languages = ['en'] }\nSQL = 'sequel'").unwrap();
    let request = Dictionary::parse("[words]\nGIF = 'b'").unwrap();
    let merged = Dictionary::merged([&server, &request]);
    assert_eq!(merged.apply(&MappedText::new("GIF SQL"), Some("en")).0.text(), "b sequel");
    let again = Dictionary::merged([&merged, &server]);
    assert_eq!(again.apply(&MappedText::new("GIF SQL"), Some("en")).0.text(), "a sequel");
    assert!(Dictionary::merged([&Dictionary::default()]).is_empty());
}

#[test]
fn hints_are_kept_and_respellings_are_verbatim() {
    let text = "<speak>W3C <sub alias='W3C'>x</sub> 3 <say-as interpret-as='ordinal'>3</say-as> W3C</speak>";
    let script = parse(&MappedText::new(text), text, TextFormat::Auto, &Limits::default()).unwrap();
    let [Part::Speech(speech)] = &script.parts[..] else { panic!("{script:?}") };
    let dictionary = Dictionary::parse("[words]\nW3C = 'web 3 C'\n3 = 'drei'").unwrap();
    let spoken = dictionary.apply_to_speech(speech, None);
    assert_eq!(spoken.text.text(), "web 3 C W3C drei 3 web 3 C");
    let hints: Vec<_> =
        spoken.hints.iter().map(|hint| (&spoken.text.text()[hint.range.clone()], hint.kind)).collect();
    let verbatim = HintKind::Verbatim;
    assert_eq!(
        hints,
        [
            ("web 3 C", verbatim),
            ("W3C", verbatim),
            ("drei", verbatim),
            ("3", HintKind::SayAs(SayAs::Ordinal)),
            ("web 3 C", verbatim)
        ]
    );
}

#[test]
fn errors_name_line_and_entry() {
    for (text, expected) in [
        (
            "[words]\nGIF = 3",
            "line 2, column 7: entry `GIF`: a respelling is not a number without quotation marks",
        ),
        ("[words]\n\"\" = \"x\"", "line 2, column 1: entry ``: the word is empty"),
        (
            "[words]\nGIF = \"a\"\ngif = \"b\"",
            "line 3, column 1: entry `gif`: the word stands twice for one language, also as `GIF`",
        ),
        (
            "[words]\nGIF = { say = \"a\", csae = true }",
            "line 2, column 20: entry `GIF`: `csae` is not known here",
        ),
        ("[words]\nGIF = { case = true }", "line 2, column 7: entry `GIF`: `say` is missing"),
        (
            "[words]\nGIF = { say = \"a\", case = \"yes\" }",
            "line 2, column 27: entry `GIF`: `case` is not true or false",
        ),
        (
            "[words]\nGIF = { say = \"a\", languages = [\"klingon\"] }",
            "line 2, column 33: entry `GIF`: the language `klingon` is unknown",
        ),
        ("[words]\nGIF = []", "line 2, column 7: entry `GIF`: a respelling is not a list"),
        ("GIF = \"a\"", "line 1, column 1: `GIF` is not known here"),
        ("words = 1", "line 1, column 9: `words` is not a table"),
    ] {
        assert_eq!(Dictionary::parse(text).unwrap_err().to_string(), expected, "{text}");
    }
    for text in
        ["[words]\nGIF = a", "[words]\nGIF = \"a\"\nGIF = \"b\"", "[words]\nNew York = \"a\"", "[words\n"]
    {
        let error = Dictionary::parse(text).unwrap_err();
        assert!(error.line >= 1 && !error.problem.is_empty(), "{error}");
    }
    assert!(Dictionary::parse("").unwrap().is_empty());
    let different = "[words]\nGIF = { say = 'a', case = true }\ngif = { say = 'b', case = true }\nGif = 'c'";
    assert_eq!(Dictionary::parse(different).unwrap().len(), 3);
}

#[test]
fn a_large_dictionary_finds_all_its_words() {
    let words: Vec<String> = (0..10_000).map(|number| format!("\"word{number}x\" = \"{number}\"")).collect();
    let dictionary = Dictionary::parse(&format!("[words]\n{}", words.join("\n"))).unwrap();
    let text: Vec<String> = (0..10_000).rev().map(|number| format!("Word{number}X")).collect();
    let text = text.join(" ");
    let (spoken, replaced) = dictionary.apply(&MappedText::new(&text), None);
    assert_eq!(replaced.len(), 10_000);
    assert!(spoken.text().starts_with("9999 9998 ") && spoken.text().ends_with(" 1 0"));
}
