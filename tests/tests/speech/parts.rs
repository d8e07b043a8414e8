//! Requests of several parts: voices, pauses, rates and volumes, with the built-in model.

use std::{path::Path, sync::OnceLock, time::Duration};

use pocket_tts_audio::SpeedChanger;
use pocket_tts_core::{
    AudioChunk, ErrorKind, GenerateOptions, Script, SpeechPart, Splitting, TextFormat, TtsModel, Voice,
};
use pocket_tts_tests::{ModelCopy, RawTensor, TensorFile, assert_error};

const FIRST: &str = "Good morning.";
const SECOND: &str = "Where did she go?";
const FRAME: usize = 1_920;
const FRAMES: usize = 8;

/// The built-in model with its voice and another one.
fn shared() -> &'static (TtsModel, Voice, Voice) {
    static SHARED: OnceLock<(TtsModel, Voice, Voice)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let model = TtsModel::builder().embedded().build().expect("the shipped model");
        let voice = model.voice(&model.default_voice()).expect("the shipped voice");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("other.safetensors");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/tiny/voice.safetensors");
        let mut file = TensorFile::read(&shipped);
        // The metadata has a hash of the numbers.
        file.metadata.clear();
        for tensor in file.tensors.values_mut().filter(|tensor| tensor.shape.len() > 1) {
            let scaled: Vec<f32> = tensor.floats().iter().map(|value| 0.7 * value).collect();
            *tensor = RawTensor::of_floats(&tensor.shape.clone(), &scaled);
        }
        file.write(&path);
        let other = model.voice(&path.into()).expect("a voice");
        (model, voice, other)
    })
}

/// Sentences of [`FRAMES`] frames, the same for the same index.
fn options() -> GenerateOptions {
    GenerateOptions::default()
        .temperature(0.7)
        .seed(5)
        .eos_threshold(f32::INFINITY)
        .frame_limit(FRAMES)
        .max_tokens(12)
}

fn speech(text: &'static str) -> SpeechPart<'static> {
    SpeechPart::Speech { text, voice: &shared().1, rate: 1.0, volume_db: 0.0 }
}

fn pause(milliseconds: u64) -> SpeechPart<'static> {
    SpeechPart::Pause(Duration::from_millis(milliseconds))
}

fn chunks(parts: &[SpeechPart<'_>], options: &GenerateOptions) -> Vec<AudioChunk> {
    shared().0.stream_parts(parts, options).expect("a stream").map(|chunk| chunk.expect("a chunk")).collect()
}

fn samples(parts: &[SpeechPart<'_>], options: &GenerateOptions) -> Vec<f32> {
    chunks(parts, options).into_iter().flat_map(|chunk| chunk.samples).collect()
}

/// A sentence that is spoken alone, but with the noise of the sentence of this index.
fn alone(text: &str, voice: &Voice, index: u64) -> Vec<f32> {
    shared().0.generate(text, voice, &options().first_sentence(index)).expect("speech").samples
}

fn silence(samples: usize) -> Vec<f32> {
    vec![0.0; samples]
}

fn bits(samples: &[f32]) -> Vec<u32> {
    samples.iter().map(|sample| sample.to_bits()).collect()
}

fn faster(sound: &[f32], speed: f64) -> Vec<f32> {
    let mut changer = SpeedChanger::new(speed, 24_000).expect("a possible speed");
    let mut output = changer.push(sound);
    output.extend(changer.finish());
    output
}

#[test]
fn pauses_alone_are_silence_of_exactly_their_length() {
    let (model, ..) = shared();
    assert_eq!(model.sample_rate_hz(), 24_000);
    let mut stream = model.stream_parts(&[pause(500)], &GenerateOptions::default()).unwrap();
    let found: Vec<AudioChunk> = stream.by_ref().map(Result::unwrap).collect();
    assert!(found.iter().all(|chunk| chunk.sentence == 0 && (1..=FRAME).contains(&chunk.samples.len())));
    let all: Vec<f32> = found.into_iter().flat_map(|chunk| chunk.samples).collect();
    assert_eq!(bits(&all), vec![0; 12_000]);
    assert_eq!((stream.frames(), stream.token_counts().len(), stream.next().is_none()), (0, 0, true));
    // A length is rounded: 1 ns is nothing, 20.9 µs is half a sample.
    for (nanoseconds, expected) in [(0, 0), (1, 0), (20_833, 0), (20_834, 1), (1_999_999_999, 48_000)] {
        let pause = SpeechPart::Pause(Duration::from_nanos(nanoseconds));
        assert_eq!(samples(&[pause], &options()).len(), expected, "{nanoseconds} ns");
    }
    assert_eq!(samples(&[pause(100), speech("..."), pause(100)], &options()), silence(4_800));
}

#[test]
fn voices_and_pauses_are_heard_in_order_and_each_sentence_is_as_alone() {
    let (_, voice, other) = shared();
    let second = SpeechPart::Speech { text: SECOND, voice: other, rate: 1.0, volume_db: 0.0 };
    let parts = [pause(100), speech(FIRST), pause(500), pause(1), second, speech(FIRST), pause(250)];
    let found = chunks(&parts, &options());
    let expected = [
        silence(2_400),
        alone(FIRST, voice, 0),
        silence(12_024),
        alone(SECOND, other, 1),
        alone(FIRST, voice, 2),
        silence(6_000),
    ];
    assert!(expected[1] != expected[4] && expected[3] != alone(SECOND, voice, 1), "noise and voice differ");
    let all: Vec<f32> = found.iter().flat_map(|chunk| chunk.samples.clone()).collect();
    assert_eq!(bits(&all), bits(&expected.concat()));
    let of_sentence = |sentence: usize| {
        let chunks = found.iter().filter(|chunk| chunk.sentence == sentence);
        chunks.map(|chunk| chunk.samples.len()).sum::<usize>()
    };
    let sentence = FRAMES * FRAME;
    assert_eq!(
        [0, 1, 2, 3].map(of_sentence),
        [2_400 + sentence + 12_024, sentence, sentence + 6_000, 0],
        "a pause belongs to the sentence before it, or to the first"
    );
    assert!(found.is_sorted_by_key(|chunk| chunk.sentence));
}

#[test]
fn a_request_of_one_part_is_the_text_alone() {
    let (model, voice, _) = shared();
    let text = "Good morning. Where did she go? I do not know that.";
    let whole = model.generate(text, voice, &options()).unwrap().samples;
    let part = SpeechPart::Speech { text, voice, rate: 1.0, volume_db: 0.0 };
    assert_eq!(bits(&samples(&[part], &options())), bits(&whole));
    let stream = model.stream(text, voice, &options()).unwrap();
    let tokens: usize = stream.token_counts().iter().sum();
    assert!(stream.token_counts().len() > 1);
    assert_eq!(tokens, stream.text_report().token_count);
}

#[test]
fn a_rate_changes_the_sentences_that_have_it_and_no_pause() {
    let (_, voice, _) = shared();
    let at = |text, rate| SpeechPart::Speech { text, voice, rate, volume_db: 0.0 };
    let [first, second, third] = [(FIRST, 0), (SECOND, 1), (FIRST, 2)].map(|(text, i)| alone(text, voice, i));
    let parts = [at(FIRST, 2.0), at(SECOND, 1.0), pause(500), at(FIRST, 0.5)];
    let expected = [faster(&first, 2.0), second.clone(), silence(12_000), faster(&third, 0.5)].concat();
    assert_eq!(bits(&samples(&parts, &options())), bits(&expected));
    // The sentences of a part are one signal, up to a pause.
    let options = options().max_tokens(8);
    let both = at("Good morning. Where did she go?", 1.5);
    let together = faster(&[first.clone(), second.clone()].concat(), 1.5);
    assert_eq!(together.len(), 2 * FRAMES * FRAME * 2 / 3);
    assert_eq!(bits(&samples(&[both], &options)), bits(&together));
    let apart = [faster(&first, 1.5), silence(2_400), faster(&second, 1.5)].concat();
    let pausing = options.clone().sentence_pause(Duration::from_millis(100));
    assert_eq!(bits(&samples(&[both], &pausing)), bits(&apart));
    let parts = [faster(&first, 1.5), faster(&second, 1.5)].concat();
    assert_eq!(bits(&samples(&[at(FIRST, 1.5), at(SECOND, 1.5)], &options)), bits(&parts));
    // The request's speed multiplies, up to the limits of either.
    let whole = samples(&[at("Good morning. Where did she go?", 1.0)], &options.clone().speed(1.5));
    assert_eq!(bits(&whole), bits(&together));
    let fastest = samples(&[at(FIRST, 3.0), pause(500)], &options.speed(3.0));
    assert_eq!(bits(&fastest), bits(&[faster(&first, 4.0), silence(12_000)].concat()));
}

#[test]
fn no_chunk_is_empty_at_any_speed() {
    for speed in [0.25, 0.9, 4.0] {
        let found = chunks(&[speech(FIRST), pause(10), speech(SECOND)], &options().speed(speed));
        assert!(found.iter().all(|chunk| !chunk.samples.is_empty()), "at {speed}");
        let length: usize = found.iter().map(|chunk| chunk.samples.len()).sum();
        let sentence = ((FRAMES * FRAME) as f64 / speed).round() as usize;
        assert_eq!(length, 2 * sentence + 240, "at {speed}");
    }
}

#[test]
fn a_volume_multiplies_and_clips_nothing() {
    let (_, voice, _) = shared();
    let expected = alone(FIRST, voice, 0);
    let at =
        |volume_db| samples(&[SpeechPart::Speech { text: FIRST, voice, rate: 1.0, volume_db }], &options());
    assert_eq!(bits(&at(0.0)), bits(&expected));
    let louder: Vec<f32> = expected.iter().map(|sample| sample * 1_000.0).collect();
    assert_eq!(bits(&at(60.0)), bits(&louder));
    assert!(louder.iter().any(|sample| sample.abs() > 1.0));
    assert!(at(f32::NEG_INFINITY).iter().all(|sample| *sample == 0.0));
    for (found, plain) in at(-6.0).iter().zip(&expected) {
        assert!((found - plain * 0.501_187_2).abs() <= 1e-6 * plain.abs(), "{found} of {plain}");
    }
}

#[test]
fn pauses_of_the_options_are_between_sentences_and_paragraphs() {
    let (_, voice, _) = shared();
    let [first, second, third] = [(FIRST, 0), (SECOND, 1), (FIRST, 2)].map(|(text, i)| alone(text, voice, i));
    let text = "Good morning. Where did she go?\n\nGood morning.\n\n";
    let options = options().max_tokens(8);
    let heard = |sentence, paragraph| {
        let pauses = [sentence, paragraph].map(Duration::from_millis);
        samples(&[speech(text)], &options.clone().sentence_pause(pauses[0]).paragraph_pause(pauses[1]))
    };
    let expected = |sentence, paragraph| {
        let pauses = [sentence, paragraph].map(silence);
        [&*first, &*pauses[0], &*second, &*pauses[1], &*third].concat()
    };
    assert_eq!(bits(&heard(0, 0)), bits(&expected(0, 0)));
    assert_eq!(bits(&heard(100, 200)), bits(&expected(2_400, 4_800)));
    assert_eq!(bits(&heard(0, 200)), bits(&expected(0, 4_800)));
    // The longer one counts.
    assert_eq!(bits(&heard(100, 0)), bits(&expected(2_400, 2_400)));
    // The pause after the last sentence is for another request.
    let after = |parts: &[SpeechPart<'_>]| {
        let pauses = options.clone().sentence_pause(Duration::from_millis(100));
        let pauses = pauses.paragraph_pause(Duration::from_millis(200));
        shared().0.stream_parts(parts, &pauses).unwrap().pause_after().as_millis()
    };
    assert_eq!(after(&[speech(text)]), 200);
    assert_eq!(after(&[speech("Good morning.")]), 100);
    assert_eq!(after(&[speech("Good morning")]), 0);
    assert_eq!(after(&[speech(text), pause(300)]), 0);
    // A pause of the parts replaces them, even one of no length; a part of a sentence has none after it.
    let options = options.sentence_pause(Duration::from_millis(100));
    for (parts, gap) in [
        (vec![speech(FIRST), speech(SECOND)], 2_400),
        (vec![speech(FIRST), pause(500), speech(SECOND)], 12_000),
        (vec![speech(FIRST), pause(0), speech(SECOND)], 0),
        (vec![speech("Good morning"), speech(SECOND)], 0),
        (vec![speech("Good morning,"), speech(SECOND)], 0),
    ] {
        let length = samples(&parts, &options).len();
        assert_eq!(length, 2 * FRAMES * FRAME + gap, "{parts:?}");
    }
}

#[test]
fn requests_that_go_on_after_each_other_sound_as_one() {
    let (model, voice, _) = shared();
    let texts = ["Good morning. Where did she go?\n\n", "I do not know that yet. ", "Good morning."];
    for splitting in [Splitting::Reference, Splitting::Natural] {
        let options = options()
            .max_tokens(8)
            .speed(1.5)
            .splitting(splitting)
            .sentence_pause(Duration::from_millis(100))
            .paragraph_pause(Duration::from_millis(250));
        let whole = samples(&texts.map(speech), &options);
        let (mut heard, mut next, mut sentences) = (Vec::new(), options, 0);
        for text in texts {
            let stream = model.stream(text, voice, &next).unwrap();
            sentences += stream.token_counts().len() as u64;
            next = next.first_sentence(sentences).pause_before(stream.pause_after());
            heard.extend(stream.flat_map(|chunk| chunk.unwrap().samples));
        }
        assert!(sentences > 3, "{sentences} sentences");
        assert_eq!(bits(&heard), bits(&whole), "{splitting:?}");
    }
    // A pause of the parts replaces the one before the first sentence.
    let options = options().pause_before(Duration::from_millis(100));
    assert_eq!(samples(&[speech(FIRST)], &options).len(), 2_400 + FRAMES * FRAME);
    assert_eq!(samples(&[pause(50), pause(50), speech(FIRST)], &options).len(), 2_400 + FRAMES * FRAME);
    assert_eq!(samples(&[pause(0), speech(FIRST)], &options).len(), FRAMES * FRAME);
    assert!(model.stream_parts(&[speech("...")], &options).is_err(), "that pause is none of the parts");
}

#[test]
fn scripts_that_are_appended_are_spoken_one_after_the_other() {
    let (model, voice, _) = shared();
    let options = options().markup(TextFormat::Auto);
    let mut reader = model.script_reader(&options);
    let mut script = Script::default();
    for piece in ["Good morning. [pause:500ms]", "[pause:1ms] Where did she go?"] {
        script.append(reader.read(piece).unwrap());
    }
    let stream = model.stream_script(&script, voice, |_| Ok(voice.clone()), &options).unwrap();
    let heard: Vec<f32> = stream.flat_map(|chunk| chunk.unwrap().samples).collect();
    let expected = [alone(FIRST, voice, 0), silence(12_024), alone(SECOND, voice, 1)];
    assert_eq!(bits(&heard), bits(&expected.concat()));
}

#[test]
fn parts_without_words_are_left_out_if_others_have_some() {
    let (model, voice, _) = shared();
    let parts = [speech(" \n"), speech("日本 "), speech(FIRST), speech("!?"), speech("日 and 5.")];
    let stream = model.stream_parts(&parts, &options()).unwrap();
    let report = stream.text_report().clone();
    let unknown: Vec<(char, usize)> =
        report.unknown_characters.iter().map(|unknown| (unknown.character, unknown.count)).collect();
    assert_eq!(unknown, [('日', 2), ('本', 1), ('5', 1)]);
    assert_eq!(stream.token_counts().len(), 2);
    let found: Vec<f32> = stream.flat_map(|chunk| chunk.unwrap().samples).collect();
    assert_eq!(bits(&found[..FRAMES * FRAME]), bits(&alone(FIRST, voice, 0)));
    assert_eq!(found.len(), 2 * FRAMES * FRAME);
}

#[test]
fn what_cannot_be_spoken_is_refused_before_any_sound() {
    let (model, voice, _) = shared();
    let refused = |parts: &[SpeechPart<'_>], options: GenerateOptions, fragment: &str| {
        let outcome = model.stream_parts(parts, &options);
        assert_error(outcome.map(drop), ErrorKind::InvalidRequest, &[fragment])
    };
    for parts in [&[][..], &[speech(" ")], &[speech(" "), speech("...")]] {
        assert!(refused(parts, options(), "cannot speak the text: the text is empty").is_nothing_to_say());
    }
    assert!(refused(&[speech("日本")], options(), "日").is_nothing_to_say());
    let spoken = |rate, volume_db| SpeechPart::Speech { text: FIRST, voice, rate, volume_db };
    for (rate, fragment) in [(0.2, "`rate` is 0.2, but must be from 0.25"), (4.1, "4.1"), (f64::NAN, "NaN")] {
        refused(&[pause(1), spoken(rate, 0.0)], options(), fragment);
    }
    for (volume, fragment) in [(60.5, "`volume_db` is 60.5, but must be"), (f32::NAN, "NaN")] {
        refused(&[spoken(1.0, volume)], options(), fragment);
    }
    refused(&[pause(3_600_001)], options(), "`pause` is 3600.001, but must be at most 3600 s");
    let text = &[speech(FIRST)];
    for speed in [0.249, 4.01, f64::NAN] {
        refused(text, options().speed(speed), &format!("`speed` is {speed}, but must be from 0.25 (slow)"));
    }
    let too_long = Duration::from_secs(3_601);
    refused(text, options().sentence_pause(too_long), "`sentence_pause` is 3601, but must be");
    refused(text, options().pause_before(too_long), "`pause_before` is 3601, but must be");
    refused(text, options().paragraph_pause(too_long), "`paragraph_pause` is 3601, but must be");
    let copy = ModelCopy::of("04_drifting");
    let foreign = copy.build().unwrap();
    let foreign = foreign.voice(&copy.path("voice_state.safetensors").into()).unwrap();
    let foreign = SpeechPart::Speech { text: FIRST, voice: &foreign, rate: 1.0, volume_db: 0.0 };
    refused(&[speech(FIRST), foreign], options(), "prepared by another model");
}

#[test]
fn a_cancelled_pause_ends_at_once() {
    let (model, ..) = shared();
    for parts in [vec![pause(3_600_000)], vec![pause(3_600_000), speech(FIRST)]] {
        let mut stream = model.stream_parts(&parts, &options()).unwrap();
        assert_eq!(stream.next().unwrap().unwrap().samples, silence(FRAME));
        stream.cancel_handle().cancel();
        assert!((0..3).all(|_| stream.next().is_none()));
    }
}
