//! Many threads on one model, and reproducible noise.

use std::{sync::Barrier, thread};

use pocket_tts_core::{GenerateOptions, TtsModel, Voice};

const TEXTS: [&str; 8] = [
    "Good morning.",
    "The weather has been lovely this week.",
    "One two three four.",
    "I hope you will like me. I am small. I am fast.",
    "Where did she go?",
    "A long sentence without any stop that goes on and on.",
    "Yes!",
    "It was the best of times, it was the worst of times.",
];

fn model_and_voice() -> (TtsModel, Voice) {
    let model = TtsModel::builder().embedded().build().expect("the shipped model");
    let voice = model.voice(&model.default_voice()).expect("the shipped voice");
    (model, voice)
}

fn options(seed: u64) -> GenerateOptions {
    GenerateOptions::default().temperature(0.7).seed(seed).max_tokens(12).frame_limit(20)
}

#[test]
fn eight_threads_generate_the_same_bits_as_one() {
    let (model, voice) = model_and_voice();
    let speak =
        |index: usize| model.generate(TEXTS[index], &voice, &options(index as u64)).expect("speech").samples;
    let alone: Vec<Vec<f32>> = (0..TEXTS.len()).map(speak).collect();
    let barrier = Barrier::new(TEXTS.len());
    let together: Vec<Vec<f32>> = thread::scope(|scope| {
        let start = |index| {
            let (speak, barrier) = (&speak, &barrier);
            scope.spawn(move || {
                barrier.wait();
                speak(index)
            })
        };
        let threads: Vec<_> = (0..TEXTS.len()).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (text, (alone, together)) in TEXTS.iter().zip(alone.iter().zip(&together)) {
        assert!(!alone.is_empty() && alone == together, "{text}");
    }
}

#[test]
fn the_seed_decides_the_speech() {
    let (model, voice) = model_and_voice();
    let speak = |seed: u64| model.generate("Good morning.", &voice, &options(seed)).unwrap().samples;
    assert_eq!(speak(1), speak(1));
    assert_ne!(speak(1), speak(2));
}

#[test]
fn a_random_seed_can_be_reused() {
    let (model, voice) = model_and_voice();
    let random = GenerateOptions::default().temperature(0.7).frame_limit(10);
    let mut stream = model.stream("Good morning.", &voice, &random).unwrap();
    let seed = stream.seed();
    let first: Vec<_> = stream.by_ref().map(Result::unwrap).collect();
    let again = model.stream("Good morning.", &voice, &random.clone().seed(seed)).unwrap();
    assert_eq!(again.map(Result::unwrap).collect::<Vec<_>>(), first);
    assert_ne!(model.stream("Good morning.", &voice, &random).unwrap().seed(), seed);
}

#[test]
fn generating_does_not_change_a_voice_or_its_clones() {
    let (model, voice) = model_and_voice();
    let clone = voice.clone();
    let before = voice.state().clone();
    let first = model.generate("Good morning.", &clone, &options(3)).unwrap();
    assert_eq!((voice.state(), clone.state()), (&before, &before));
    assert_eq!(model.generate("Good morning.", &voice, &options(3)).unwrap(), first);
}

#[test]
fn a_clone_of_a_model_accepts_the_voices_of_the_original() {
    let (model, voice) = model_and_voice();
    let expected = model.generate("Yes!", &voice, &options(4)).unwrap();
    let clone = model.clone();
    drop(model);
    assert_eq!(clone.generate("Yes!", &voice, &options(4)).unwrap(), expected);
}
