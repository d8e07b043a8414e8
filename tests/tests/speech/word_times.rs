//! Times of words and sentences, and checked speech, through the library's API.

use std::time::Duration;

use pocket_tts_core::{
    Check, CheckedSentence, GenerateOptions, SentenceTime, SpeechPart, SpeechStream, Splitting, TimingEvent,
    TtsModel, WordTime,
};
use pocket_tts_tests::ModelCopy;

/// What a stream tells.
#[derive(Default)]
struct Told {
    samples: Vec<f32>,
    sentences: Vec<SentenceTime>,
    words: Vec<WordTime>,
    checked: Vec<CheckedSentence>,
}

impl Told {
    fn of(mut stream: SpeechStream) -> Self {
        let (mut told, mut starts, mut before) = (Self::default(), 0, 0);
        loop {
            let chunk = stream.next().transpose().expect("speech");
            for event in stream.take_timings() {
                let time = match event {
                    TimingEvent::SentenceStart(sentence) => sentence.start,
                    TimingEvent::WordStart(word) => {
                        starts += 1;
                        assert_eq!(word.word + 1, starts, "words begin in order");
                        word.start
                    }
                    TimingEvent::WordEnd(word) => {
                        told.words.push(word.clone());
                        assert_eq!(told.words.len(), starts, "each begins before it ends");
                        word.end
                    }
                    TimingEvent::SentenceEnd(sentence) => {
                        told.sentences.push(sentence.clone());
                        sentence.end
                    }
                    other => panic!("{other:?}"),
                };
                assert!(time >= before, "events are in the order of time");
                before = time;
            }
            match chunk {
                Some(chunk) => told.samples.extend(chunk.samples),
                None => break,
            }
        }
        told.checked = stream.checked_sentences().to_vec();
        told
    }
}

fn tiny() -> TtsModel {
    TtsModel::builder().embedded().build().expect("the built-in model")
}

const TEXT: &str =
    "On March 3rd she paid $12.50 for it. “Really?”, he asked; nobody else knew that, and it didn't matter.";

fn options() -> GenerateOptions {
    GenerateOptions::default().normalize(true).timings(true).splitting(Splitting::Natural)
}

fn told(options: &GenerateOptions) -> Told {
    let model = tiny();
    let voice = model.voice(&model.default_voice()).expect("the built-in voice");
    Told::of(model.stream(TEXT, &voice, options).expect("a stream"))
}

#[test]
fn every_word_has_a_time_and_its_place_in_the_original() {
    let told = told(&options());
    let words: Vec<&str> = told.words.iter().map(|word| &TEXT[word.source.clone()]).collect();
    let expected = "On March 3rd March 3rd she paid $12.50 $12.50 $12.50 $12.50 $12.50 for it Really he asked nobody else knew \
                    that and it didn't matter";
    assert_eq!(words.join(" "), expected);
    let spoken: Vec<&str> = told.words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(
        spoken[1..10],
        ["March", "third", "she", "paid", "twelve", "dollars", "and", "fifty", "cents"]
    );
    let end = told.samples.len() as u64;
    assert!(told.words.iter().all(|word| word.start < word.end && word.end <= end));
    assert!(told.words.iter().all(|word| word.start.is_multiple_of(1_920)), "frames");
    assert_eq!(told.sentences.last().unwrap().end, end);
    for sentence in &told.sentences {
        let words: Vec<_> = told.words.iter().filter(|word| word.sentence == sentence.sentence).collect();
        assert!(words.iter().all(|word| word.start >= sentence.start && word.end <= sentence.end));
        assert!(TEXT.is_char_boundary(sentence.source.start) && !words.is_empty());
    }
}

#[test]
fn asking_for_times_changes_no_sample() {
    let model = tiny();
    let voice = model.voice(&model.default_voice()).unwrap();
    for check in [Check::Off, Check::Report, Check::Repeat, Check::RepeatWaiting] {
        let told = told(&options().check(check));
        assert!(told.checked.is_empty(), "{check:?}: {:?}", told.checked);
        let plain = model.generate(TEXT, &voice, &options().timings(false)).unwrap();
        assert!(told.samples == plain.samples, "{check:?}");
    }
}

#[test]
fn nothing_is_told_unless_asked_for() {
    let told = told(&options().timings(false));
    assert!(told.words.is_empty() && told.sentences.is_empty());
}

#[test]
fn times_follow_pauses_and_speed() {
    let model = tiny();
    let voice = model.voice(&model.default_voice()).unwrap();
    let say = |text, rate| SpeechPart::Speech { text, voice: &voice, rate, volume_db: 0.0 };
    let pause = SpeechPart::Pause(Duration::from_millis(500));
    let told = |parts: &[SpeechPart<'_>]| Told::of(model.stream_parts(parts, &options()).unwrap());
    let plain = told(&[say("Hello world.", 1.0)]);
    let paused = told(&[pause, say("Hello world.", 1.0), pause, say("Hello world.", 2.0)]);
    let starts = |words: &[WordTime]| words.iter().map(|word| word.start).collect::<Vec<_>>();
    let (first, fast) = paused.words.split_at(2);
    let shifted: Vec<u64> = starts(&plain.words).iter().map(|start| start + 12_000).collect();
    assert_eq!(starts(first), shifted);
    let second = paused.sentences[1].start;
    assert_eq!(second, paused.sentences[0].end + 12_000);
    for (fast, plain) in fast.iter().zip(&plain.words) {
        assert!((fast.start - second).abs_diff(plain.start / 2) <= 1, "{fast:?} {plain:?}");
    }
    assert!(paused.sentences[1].end.abs_diff(paused.samples.len() as u64) <= 2_400);
}

/// A random model. The tests let it speak up to a limit, so that every check fails.
fn random_model(threads: usize) -> (ModelCopy, TtsModel) {
    let copy = ModelCopy::of("04_drifting");
    copy.edit_config("\nmimi:\n", "\ntimestamp_heads: [{layer: 1, head: 2}]\nmimi:\n");
    let config = pocket_tts_core::Location::Path(copy.path("config.yaml"));
    let model = TtsModel::builder().config(config).offline(true).threads(threads).build();
    let model = model.expect("the copy");
    (copy, model)
}

#[test]
fn a_sentence_with_problems_is_spoken_again_with_the_next_seed() {
    let text = "Hello world, this is a test. Who would say that it matters, then?";
    let options =
        GenerateOptions::default().temperature(0.8).eos_threshold(1e9).frame_limit(20).max_tokens(25).seed(5);
    let mut heard = Vec::new();
    for threads in [1, 2] {
        let (copy, model) = random_model(threads);
        let voice = model.voice(&copy.path("voice_state.safetensors").into()).unwrap();
        let told = Told::of(model.stream(text, &voice, &options.clone().check(Check::Repeat)).unwrap());
        let attempts: Vec<Vec<f32>> = (5..8)
            .map(|seed| model.generate(text, &voice, &options.clone().seed(seed)).unwrap().samples)
            .collect();
        assert!(told.checked.len() >= 2, "{:?}", told.checked);
        let length = 20 * model.samples_per_frame();
        assert_eq!(told.samples.len(), told.checked.len() * length);
        for checked in &told.checked {
            let range = checked.sentence * length..(checked.sentence + 1) * length;
            assert_eq!(checked.repeated.len(), 2, "{checked:?}");
            assert!(!checked.problems.is_empty());
            let is_of = |attempt: &&Vec<f32>| attempt[range.clone()] == told.samples[range.clone()];
            assert_eq!(attempts.iter().filter(is_of).count(), 1, "one of the three attempts, whole");
        }
        heard.push(told.samples);
    }
    assert!(heard[0] == heard[1], "on any number of threads");
}

#[test]
fn a_sentence_is_heard_at_once_unless_enough_is_said_before_it() {
    let (copy, model) = random_model(2);
    let voice = model.voice(&copy.path("voice_state.safetensors").into()).unwrap();
    let options = GenerateOptions::default().temperature(0.8).eos_threshold(1e9).frame_limit(20).seed(5);
    let short = "This is short, but not so very short.";
    let long = "This one is quite a bit longer than the other, as it has many more words than that.";
    for (texts, repeated) in [([short, long], [0, 0]), ([long, short], [0, 2])] {
        let options = options.clone().max_tokens(100).check(Check::RepeatWaiting);
        let parts = texts.map(|text| SpeechPart::Speech { text, voice: &voice, rate: 1.0, volume_db: 0.0 });
        let told = Told::of(model.stream_parts(&parts, &options).unwrap());
        let counts: Vec<usize> = told.checked.iter().map(|checked| checked.repeated.len()).collect();
        assert_eq!(counts, repeated, "{:?}", told.checked);
    }
}

#[test]
fn a_sentence_is_not_repeated_without_noise_as_each_attempt_is_the_same() {
    let (copy, model) = random_model(2);
    let voice = model.voice(&copy.path("voice_state.safetensors").into()).unwrap();
    let options = GenerateOptions::default().temperature(0.0).eos_threshold(1e9).frame_limit(20);
    let told = Told::of(model.stream("This is short.", &voice, &options.check(Check::Repeat)).unwrap());
    let [checked] = told.checked.as_slice() else { panic!("{:?}", told.checked) };
    assert!(checked.repeated.is_empty() && !checked.problems.is_empty(), "{checked:?}");
}

#[test]
fn a_model_without_known_heads_tells_sentences_only() {
    let copy = ModelCopy::of("04_drifting");
    let model = copy.build().unwrap();
    assert!(!model.has_word_times() && tiny().has_word_times());
    let voice = model.voice(&copy.path("voice_state.safetensors").into()).unwrap();
    let options = GenerateOptions::default().frame_limit(8).timings(true).check(Check::Repeat);
    let told = Told::of(model.stream("Hello world.", &voice, &options).unwrap());
    assert!(told.words.is_empty() && told.checked.is_empty());
    let [sentence] = told.sentences.as_slice() else { panic!("{:?}", told.sentences) };
    assert_eq!((sentence.start, sentence.end), (0, told.samples.len() as u64));
}
