//! What holds for every text.

use pocket_tts_markup::{
    Cleaning, Dictionary, InputFormat, Limits, MappedText, Part, Script, TextFormat, clean, parse,
};
use proptest::prelude::*;

use crate::checks::{check_places, check_script};

fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).collect()
}

proptest! {
    #[test]
    fn a_text_without_marks_is_one_speech(text in "[^\\[\\\\]{0,200}") {
        let mapped = MappedText::new(&text);
        let script = parse(&mapped, &text, TextFormat::Plain, &Limits::default()).unwrap();
        check_script(&text, &script);
        prop_assert_eq!(&script, &Script::without_markup(&mapped));
        let words: String = script.parts.iter().map(|part| match part {
            Part::Speech(speech) => speech.text.text(),
            Part::Pause(_) => "",
        }).collect();
        prop_assert_eq!(words, text.trim());
    }

    #[test]
    fn markdown_of_plain_words_keeps_them(words in proptest::collection::vec("[a-zA-Zäßжλ日]{1,8}", 0..60)) {
        for separator in [" ", "\n", "\n\n", "** ", "\n- ", "\n# ", " `", "<br>"] {
            let text = words.join(separator);
            let cleaned = clean(&text, InputFormat::Markdown, &Cleaning::default());
            check_places(&text, &cleaned);
            let without_tags = text.replace("<br>", "");
            prop_assert_eq!(letters(cleaned.text()), letters(&without_tags));
        }
    }

    #[test]
    fn html_of_plain_words_keeps_them(words in proptest::collection::vec("[a-zA-Zäßжλ日0-9 .,]{1,8}", 0..60)) {
        for separator in [" ", "</p><p>", "<br>", "<b>x", "&nbsp;", "<td>"] {
            let text = words.join(separator);
            let cleaned = clean(&text, InputFormat::Html, &Cleaning::default());
            check_places(&text, &cleaned);
            let mut expected = text.clone();
            for tag in ["</p>", "<p>", "<br>", "<b>", "&nbsp;", "<td>"] {
                expected = expected.replace(tag, "");
            }
            prop_assert_eq!(letters(cleaned.text()), letters(&expected));
        }
    }

    #[test]
    fn cleaned_text_is_clean(text in "[a-z #*.\n🎉👍_-]{0,200}") {
        let once = clean(&text, InputFormat::Text, &Cleaning::default());
        let twice = clean(once.text(), InputFormat::Text, &Cleaning::default());
        prop_assert_eq!(once.text(), twice.text());
    }

    #[test]
    fn every_text_in_any_format_is_read(text in "\\PC{0,200}", format in 0_usize..4) {
        let format = [InputFormat::Text, InputFormat::Markdown, InputFormat::Html, InputFormat::Auto][format];
        let cleaned = clean(&text, format, &Cleaning::default());
        check_places(&text, &cleaned);
        if let Ok(script) = parse(&cleaned, &text, TextFormat::Auto, &Limits::default()) {
            check_script(&text, &script);
        }
    }

    #[test]
    fn a_dictionary_changes_only_its_words(text in "[a-c .\n]{0,100}") {
        let dictionary = Dictionary::parse("[words]\nab = 'x'\nabc = 'y'\n'a b' = 'z'").unwrap();
        let mapped = MappedText::new(&text);
        let (applied, replaced) = dictionary.apply(&mapped, None);
        check_places(&text, &applied);
        let mut done = 0;
        for range in &replaced {
            prop_assert!(["x", "y", "z"].contains(&&applied.text()[range.clone()]));
            let source = applied.source_of(range.clone());
            let kept = &applied.text()[done..range.start];
            prop_assert!(text[..source.start].ends_with(kept));
            done = range.end;
        }
        prop_assert!(text.ends_with(&applied.text()[done..]));
    }
}
