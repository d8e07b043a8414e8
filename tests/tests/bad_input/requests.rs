//! Invalid texts, options and voices of a request.

use pocket_tts_core::{ErrorKind, GenerateOptions, TtsModel, VoiceSource};
use pocket_tts_tests::{ModelCopy, assert_error};

use crate::{VOICE, sound_model};

fn quick() -> GenerateOptions {
    GenerateOptions::default().frame_limit(2)
}

#[test]
fn a_text_without_words_is_refused_before_any_audio() {
    let (_copy, model, voice) = sound_model();
    for text in ["", "   ", "\n\t\r\n", "\u{a0}\u{2003}"] {
        let fragments = ["the text is empty", "give at least one word"];
        assert_error(model.stream(text, &voice, &quick()), ErrorKind::InvalidRequest, &fragments);
        assert_error(model.generate(text, &voice, &quick()), ErrorKind::InvalidRequest, &fragments);
    }
}

#[test]
fn a_text_that_is_empty_after_preparation_is_refused() {
    let copy = ModelCopy::of("09_lsd_rank_text_options");
    copy.edit_config("replace_characters:\n", "replace_characters:\n  '*': ''\n");
    let model = copy.build().unwrap();
    let voice = model.voice(&copy.path(VOICE).into()).unwrap();
    assert_error(
        model.stream(" *** ", &voice, &quick()),
        ErrorKind::InvalidRequest,
        &["nothing is left of the text", "***", "replace_characters"],
    );
}

#[test]
fn a_text_without_speakable_characters_is_refused() {
    // Its tokenizer has no byte fallback.
    let copy = ModelCopy::of("09_lsd_rank_text_options");
    let model = copy.build().unwrap();
    let voice = model.voice(&copy.path(VOICE).into()).unwrap();
    let unknown =
        ["漢", "漢字漢字。", "\u{301}", "🙂", "(", "_"].map(|text| (text, "knows no letter and no digit"));
    let marks = [".", "!", "...", "\u{200b}", "\u{feff}", "\0"].map(|text| (text, "has no word to say"));
    for (text, reason) in unknown.into_iter().chain(marks) {
        let error = assert_error(model.stream(text, &voice, &quick()), ErrorKind::InvalidRequest, &[reason]);
        assert!(error.is_nothing_to_say());
        let checked = model.check_text(text, &quick()).unwrap_err();
        assert_eq!(checked.to_string(), error.to_string());
        let kept = model.generate(text, &voice, &quick().keep_unknown_characters(true));
        assert!(kept.is_ok() || kept.unwrap_err().is_nothing_to_say(), "{text}");
    }
    assert!(!model.generate("a 漢", &voice, &quick()).unwrap().samples.is_empty());
}

#[test]
fn removed_characters_do_not_change_the_speech() {
    let model = TtsModel::builder().embedded().build().unwrap();
    let voice = model.voice(&model.default_voice()).unwrap();
    let options = GenerateOptions::default().seed(1);
    let mut stream = model.stream("Good 😀 (morning).", &voice, &options).unwrap();
    let removed: String =
        stream.text_report().unknown_characters.iter().map(|removed| removed.character).collect();
    assert_eq!(removed, "😀()");
    assert_eq!(stream.text_report(), &model.check_text("Good 😀 (morning).", &options).unwrap());
    let samples =
        stream.try_fold(Vec::new(), |samples, chunk| chunk.map(|chunk| [samples, chunk.samples].concat()));
    assert_eq!(samples.unwrap(), model.generate("Good morning.", &voice, &options).unwrap().samples);
}

#[test]
fn warnings_about_a_text_quote_its_words() {
    let model = TtsModel::builder().embedded().build().unwrap();
    let long = "This sentence has no comma and no other mark in it but it is still very much too long to be spoken well.";
    let report =
        model.check_text(&format!("I have 2 cats & 22 dogs. {long}"), &quick().max_tokens(30)).unwrap();
    assert_eq!(report.overlong_sentences, [long]);
    let warnings: Vec<String> = report.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2);
    assert!(warnings[0].contains("2 (3 times), &; write"), "{warnings:?}");
    assert!(warnings[1].starts_with("1 sentence is longer than 30 tokens"), "{warnings:?}");
    assert!(
        warnings[1].contains("\"This sentence has no comma and no other mark in it but it …\""),
        "{warnings:?}"
    );
    // What is so long that it is cut is reported as well, in its own words.
    let letters = "a".repeat(300);
    let report = model.check_text(&letters, &quick()).unwrap();
    assert_eq!(report.overlong_sentences.len(), 1);
    assert!(report.overlong_sentences[0].to_lowercase().starts_with(&letters), "{report:?}");
    let report = model.check_text("I have two cats.", &quick()).unwrap();
    assert!(report.is_empty() && report.warnings().is_empty() && report.token_count > 3);
}

#[test]
fn each_option_outside_its_range_is_named_with_what_is_allowed() {
    let (_copy, model, voice) = sound_model();
    let at_least_zero = "must be a number of 0 or more";
    let cases = [
        (quick().temperature(f32::NAN), "`temperature` is NaN", at_least_zero),
        (quick().temperature(-0.1), "`temperature` is -0.1", at_least_zero),
        (quick().temperature(f32::INFINITY), "`temperature` is inf", at_least_zero),
        (quick().noise_clamp(f32::NAN), "`noise_clamp` is NaN", at_least_zero),
        (quick().noise_clamp(-1.0), "`noise_clamp` is -1", at_least_zero),
        (quick().eos_threshold(f32::NAN), "`eos_threshold` is NaN", "must be a number"),
        (quick().sampler_decode_steps(0), "`sampler_decode_steps` is 0", "from 1 to 1000"),
        (quick().sampler_decode_steps(usize::MAX), "`sampler_decode_steps` is", "from 1 to 1000"),
        (quick().max_tokens(0), "`max_tokens` is 0", "from 1 to 10000"),
        (quick().max_tokens(usize::MAX), "`max_tokens` is", "from 1 to 10000"),
        (quick().frames_after_eos(usize::MAX), "`frames_after_eos` is", "from 0 to 6000"),
        (quick().frame_limit(0), "`frame_limit` is 0", "from 1 to 100000"),
        (quick().frame_limit(usize::MAX), "`frame_limit` is", "from 1 to 100000"),
    ];
    for (options, found, allowed) in cases {
        let outcome = model.stream("Hello.", &voice, &options);
        assert_error(outcome, ErrorKind::InvalidRequest, &[found, allowed]);
    }
}

#[test]
fn the_bounds_of_the_options_are_allowed() {
    let (_copy, model, voice) = sound_model();
    let cases = [
        quick().temperature(0.0),
        quick().noise_clamp(0.0),
        quick().eos_threshold(f32::NEG_INFINITY).frames_after_eos(0),
        quick().sampler_decode_steps(1_000).max_tokens(1).frame_limit(1),
        quick().frames_after_eos(6_000).max_tokens(10_000),
    ];
    for options in cases {
        let audio = model.generate("Hello.", &voice, &options).unwrap();
        assert!(!audio.samples.is_empty(), "{options:?}");
    }
}

#[test]
fn an_unknown_voice_is_reported_with_the_known_ones() {
    let model = TtsModel::builder().embedded().build().unwrap();
    let nobody = VoiceSource::Named("nobody".to_owned());
    let fragments = ["there is no voice `nobody`", "known voices are heart", "WAV, MP3", ".safetensors"];
    assert_error(model.voice(&nobody), ErrorKind::NotFound, &fragments);
    assert_eq!(model.voice_names(), ["heart"]);
}

#[test]
fn a_mix_of_voices_is_refused_with_the_reason() {
    let model = TtsModel::builder().embedded().build().unwrap();
    for mix in ["heart(1)+alba(2)", "heart+alba"] {
        let source = VoiceSource::parse(mix).unwrap();
        assert_error(
            model.voice(&source),
            ErrorKind::InvalidRequest,
            &[mix, "a mix of voices", "name one voice"],
        );
    }
}

#[test]
fn a_model_without_named_voices_lists_the_kinds_of_voices() {
    let (_copy, model, _) = sound_model();
    assert!(model.voice_names().is_empty());
    let nobody = VoiceSource::Named("nobody".to_owned());
    let error =
        assert_error(model.voice(&nobody), ErrorKind::NotFound, &["`nobody`", "WAV, MP3", ".safetensors"]);
    assert!(!error.to_string().contains("known are ."), "{error}");
}

#[test]
fn a_predefined_voice_is_not_used_with_other_weights() {
    let (_copy, custom, _) = sound_model();
    let embedded = TtsModel::builder().embedded().build().unwrap();
    for model in [custom, embedded] {
        let alba = VoiceSource::parse("alba").unwrap();
        let fragments = ["`alba`", "released models", ".wav", ".safetensors"];
        assert_error(model.voice(&alba), ErrorKind::InvalidRequest, &fragments);
    }
}

#[test]
fn a_voice_of_another_model_is_refused_even_with_the_same_shape() {
    let (copy, _, voice) = sound_model();
    let same_again = copy.build().unwrap();
    assert_error(
        same_again.stream("Hello.", &voice, &quick()),
        ErrorKind::InvalidRequest,
        &["another model", "prepare it with the model that speaks"],
    );
}

#[test]
fn an_unknown_model_is_reported_with_the_known_ones() {
    let outcome = TtsModel::builder().language("englsh").offline(true).build();
    assert_error(outcome, ErrorKind::NotFound, &["`englsh`", "english", "french_24l"]);
}
