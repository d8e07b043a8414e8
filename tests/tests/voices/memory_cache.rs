//! The voice cache in memory.

use std::{sync::Barrier, thread};

use pocket_tts_core::{Audio, Location, Resampler, TtsModel, Voice, VoiceOptions, VoiceSource};
use pocket_tts_tests::ModelCopy;

use crate::{CONFIG, VOICE, model, source};

fn model_with(bytes: usize) -> (ModelCopy, TtsModel) {
    let copy = ModelCopy::of(CONFIG);
    let config = Location::Path(copy.path("config.yaml"));
    let model = TtsModel::builder()
        .config(config)
        .offline(true)
        .voice_cache_bytes(bytes)
        .build()
        .expect("a sound model");
    (copy, model)
}

/// Whether two voices share their state in memory.
fn same(one: &Voice, other: &Voice) -> bool {
    std::ptr::eq(one.state(), other.state())
}

#[test]
fn the_same_content_is_prepared_once_under_any_name() {
    let (copy, model) = model();
    let first = model.voice(&source(1)).unwrap();
    assert!(same(&first, &model.voice(&source(1)).unwrap()));
    let file = model.voice(&copy.path(VOICE).into()).unwrap();
    std::fs::copy(copy.path(VOICE), copy.path("copy.safetensors")).unwrap();
    assert!(same(&file, &model.voice(&copy.path("copy.safetensors").into()).unwrap()));
    let bytes = VoiceSource::from_bytes("upload", std::fs::read(copy.path(VOICE)).unwrap());
    let clone = model.clone();
    assert!(same(&file, &clone.voice(&bytes).unwrap()), "a clone of the model shares its voices");
    let usage = model.voice_cache_usage();
    assert_eq!(clone.voice_cache_usage(), usage);
    assert_eq!((usage.voices, usage.hits, usage.misses), (2, 3, 2));
}

#[test]
fn a_changed_file_is_read_again() {
    let (copy, model) = model();
    let path = copy.path("me.safetensors");
    std::fs::copy(copy.path(VOICE), &path).unwrap();
    let before = model.voice(&path.clone().into()).unwrap();
    model.voice(&source(1)).unwrap().save(&path).unwrap();
    let after = model.voice(&path.into()).unwrap();
    assert_ne!(before.state(), after.state());
}

#[test]
fn other_options_and_other_rates_are_other_voices() {
    let (_copy, model) = model();
    let mut audio = crate::recording(1, 4.0);
    let options = VoiceOptions::default();
    for options in [options, options.truncate(false), options.resampler(Resampler::Reference)] {
        model.voice_with(&VoiceSource::Samples(audio.clone()), &options).unwrap();
    }
    audio.sample_rate_hz = 4_000;
    model.voice(&VoiceSource::Samples(audio)).unwrap();
    let usage = model.voice_cache_usage();
    assert_eq!((usage.voices, usage.hits, usage.misses), (4, 0, 4));
}

#[test]
fn named_voices_are_cached_too() {
    let model = TtsModel::builder().embedded().build().unwrap();
    let heart = model.default_voice();
    assert!(same(&model.voice(&heart).unwrap(), &model.voice(&heart).unwrap()));
}

#[test]
fn the_least_recently_used_voices_are_evicted() {
    let bytes = |model: &TtsModel| model.voice_cache_usage().bytes;
    let (_copy, model) = model();
    model.voice(&source(1)).unwrap();
    let one = bytes(&model);
    assert!(one > 0);
    let (_copy, model) = model_with(2 * one);
    let [first, second] = [1, 2].map(|seed| model.voice(&source(seed)).unwrap());
    assert!(same(&first, &model.voice(&source(1)).unwrap()), "so the second is the least recently used");
    model.voice(&source(3)).unwrap();
    assert_eq!((model.voice_cache_usage().voices, bytes(&model)), (2, 2 * one));
    assert!(same(&first, &model.voice(&source(1)).unwrap()));
    let again = model.voice(&source(2)).unwrap();
    assert!(!same(&second, &again) && second.state() == again.state());
    assert_eq!(bytes(&model), 2 * one);
}

#[test]
fn a_voice_beyond_the_limit_is_prepared_but_not_cached() {
    for limit in [0, 100] {
        let (_copy, model) = model_with(limit);
        let [one, other] = [1, 1].map(|seed| model.voice(&source(seed)).unwrap());
        assert!(!same(&one, &other) && one.state() == other.state());
        let usage = model.voice_cache_usage();
        assert_eq!((usage.voices, usage.bytes, usage.hits, usage.misses), (0, 0, 0, 2));
    }
}

#[test]
fn eight_threads_that_request_two_new_voices_encode_two() {
    let (_copy, model) = model();
    let barrier = Barrier::new(8);
    let voices: Vec<Voice> = thread::scope(|scope| {
        let start = |index: u64| {
            let (model, barrier) = (&model, &barrier);
            scope.spawn(move || {
                barrier.wait();
                model.voice(&source(index % 2)).unwrap()
            })
        };
        let threads: Vec<_> = (0..8).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (index, voice) in voices.iter().enumerate() {
        assert!(same(voice, &voices[index % 2]), "{index}");
    }
    let usage = model.voice_cache_usage();
    assert_eq!((usage.voices, usage.hits, usage.misses), (2, 6, 2));
}

#[test]
fn a_failure_is_not_cached() {
    let (copy, model) = model();
    let path = copy.path("late.safetensors");
    std::fs::write(&path, b"not yet a voice").unwrap();
    for _ in 0..2 {
        model.voice(&path.clone().into()).unwrap_err();
    }
    let silent = VoiceSource::Samples(Audio { samples: Vec::new(), sample_rate_hz: 3_000 });
    model.voice(&silent).unwrap_err();
    std::fs::copy(copy.path(VOICE), &path).unwrap();
    model.voice(&path.into()).unwrap();
    let usage = model.voice_cache_usage();
    assert_eq!((usage.voices, usage.hits, usage.misses), (1, 0, 4));
}
