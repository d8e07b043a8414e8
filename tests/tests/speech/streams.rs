//! Start, end and cancellation of streams. Nothing here measures time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use pocket_tts_core::{
    AudioChunk, ErrorKind, GenerateOptions, Location, Result, SpeechStream, TtsModel, Voice,
};
use pocket_tts_tests::{ModelCopy, RawTensor, assert_error, wait_until};

/// Far more frames than the capacity of all queues of a stream.
const MANY_FRAMES: usize = 300;

fn model_and_voice() -> (TtsModel, Voice) {
    let copy = ModelCopy::of("04_drifting");
    let model = copy.build().expect("a golden model");
    let voice = model.voice(&copy.path("voice_state.safetensors").into()).expect("its voice");
    (model, voice)
}

/// A stream of exactly `frames` frames.
fn stream_of(model: &TtsModel, voice: &Voice, frames: usize) -> SpeechStream {
    let options =
        GenerateOptions::default().temperature(0.5).seed(1).eos_threshold(f32::INFINITY).frame_limit(frames);
    model.stream("Hello world.", voice, &options).expect("a stream")
}

/// The number of references to the model's weights: its handles, and two for each active stream.
fn users(model: &TtsModel) -> usize {
    Arc::strong_count(model.parts())
}

fn samples(chunk: Option<Result<AudioChunk>>) -> Vec<f32> {
    chunk.expect("a chunk").expect("no error").samples
}

#[test]
fn the_first_chunk_is_returned_before_the_speech_is_generated() {
    let (model, voice) = model_and_voice();
    let idle = users(&model);
    let mut stream = stream_of(&model, &voice, MANY_FRAMES);
    assert_eq!(samples(stream.next()).len(), model.samples_per_frame());
    // The work can't have ended: the queues between its threads are shorter than the speech.
    assert!(users(&model) > idle);
    assert_eq!(stream.by_ref().count(), MANY_FRAMES - 1);
    assert_eq!(stream.unfinished_sentences(), 1);
    assert!(wait_until(|| users(&model) == idle), "threads outlive the speech");
}

#[test]
fn a_stream_that_ended_stays_ended() {
    let (model, voice) = model_and_voice();
    let mut stream = stream_of(&model, &voice, 8);
    assert_eq!(stream.by_ref().map(Result::unwrap).count(), 8);
    assert!((0..3).all(|_| stream.next().is_none()));
}

#[test]
fn a_cancelled_stream_ends_at_once_and_stays_ended() {
    let (model, voice) = model_and_voice();
    let idle = users(&model);
    let mut stream = stream_of(&model, &voice, MANY_FRAMES);
    let handle = stream.cancel_handle();
    samples(stream.next());
    thread::spawn(move || handle.cancel()).join().unwrap();
    assert!((0..3).all(|_| stream.next().is_none()));
    assert!(wait_until(|| users(&model) == idle), "threads outlive the cancelled stream");
}

#[test]
fn a_thread_that_waits_for_a_chunk_is_woken_by_a_cancellation() {
    let (model, voice) = model_and_voice();
    // Generating all of it would take minutes.
    let mut stream = stream_of(&model, &voice, 100_000);
    let handle = stream.cancel_handle();
    let cancelled = Arc::new(AtomicBool::new(false));
    let (first_sender, first_receiver) = mpsc::channel();
    let listener = thread::spawn({
        let cancelled = Arc::clone(&cancelled);
        move || {
            samples(stream.next());
            first_sender.send(()).unwrap();
            let mut late = 0;
            loop {
                let is_late = cancelled.load(Ordering::SeqCst);
                match stream.next() {
                    Some(chunk) => late += usize::from(is_late && chunk.is_ok()),
                    None => return late,
                }
            }
        }
    });
    first_receiver.recv().unwrap();
    handle.cancel();
    cancelled.store(true, Ordering::SeqCst);
    assert_eq!(listener.join().unwrap(), 0, "chunks requested after the cancellation");
}

#[test]
fn a_cancelled_stream_returns_a_prefix_of_the_speech() {
    let (model, voice) = model_and_voice();
    let whole: Vec<f32> = stream_of(&model, &voice, 40).flat_map(|chunk| chunk.unwrap().samples).collect();
    let stream = stream_of(&model, &voice, 40);
    let handle = stream.cancel_handle();
    let mut part = Vec::new();
    for chunk in stream {
        part.extend(chunk.unwrap().samples);
        if part.len() == 5 * model.samples_per_frame() {
            handle.cancel();
        }
    }
    assert_eq!(part, whole[..5 * model.samples_per_frame()]);
}

#[test]
fn a_dropped_stream_ends_its_threads() {
    let (model, voice) = model_and_voice();
    let idle = users(&model);
    let untouched = stream_of(&model, &voice, 100_000);
    let mut started = stream_of(&model, &voice, 100_000);
    samples(started.next());
    assert!(users(&model) > idle);
    drop((untouched, started));
    assert!(wait_until(|| users(&model) == idle), "threads outlive their streams");
}

#[test]
fn a_stream_outlives_its_model() {
    let (model, voice) = model_and_voice();
    let stream = stream_of(&model, &voice, MANY_FRAMES);
    drop((model, voice));
    assert_eq!(stream.map(Result::unwrap).count(), MANY_FRAMES);
}

#[test]
fn a_model_has_the_given_number_of_threads_and_they_end_with_it() {
    let copy = ModelCopy::of("04_drifting");
    let config = Location::Path(copy.path("config.yaml"));
    let model = TtsModel::builder().config(config).offline(true).threads(3).build().expect("a golden model");
    assert_eq!(model.threads(), 3);
    let voice = model.voice(&copy.path("voice_state.safetensors").into()).expect("its voice");
    assert_eq!(stream_of(&model, &voice, 8).map(Result::unwrap).count(), 8);
    let weights = Arc::downgrade(model.parts());
    drop((model, voice));
    assert!(wait_until(|| weights.strong_count() == 0), "threads outlive their model");
}

#[test]
fn an_error_during_the_speech_is_the_last_item_and_discards_generated_audio() {
    let copy = ModelCopy::of("04_drifting");
    let tokenizer = copy.build().unwrap().parts().tokenizer.clone();
    let sound = tokenizer.encode("Hello world.").unwrap();
    let damaged: Vec<u32> =
        tokenizer.encode("Zebras quiz.").unwrap().into_iter().filter(|id| !sound.contains(id)).collect();
    assert!(!damaged.is_empty());
    copy.edit_tensors("model.safetensors", |file| {
        let table = file.get_mut("flow_lm.conditioner.embed.weight");
        let (shape, mut values) = (table.shape.clone(), table.floats());
        for id in &damaged {
            values[*id as usize * shape[1]..][..shape[1]].fill(f32::NAN);
        }
        *table = RawTensor::of_floats(&shape, &values);
    });
    let model = copy.build().unwrap();
    let voice = model.voice(&copy.path("voice_state.safetensors").into()).unwrap();
    let idle = users(&model);
    let options = GenerateOptions::default().temperature(0.0).frame_limit(8).max_tokens(12);
    let text = "Hello world. Zebras quiz.";
    let mut stream = model.stream(text, &voice, &options).unwrap();
    let mut items: Vec<_> = stream.by_ref().collect();
    assert_error(items.pop().unwrap(), ErrorKind::BadModel, &["not finite", "frame 0"]);
    let spoken: Vec<f32> = items.into_iter().flat_map(|item| item.unwrap().samples).collect();
    let first_sentence = model.generate("Hello world.", &voice, &options).unwrap();
    assert_eq!(spoken, first_sentence.samples);
    assert!((0..3).all(|_| stream.next().is_none()));
    assert_error(model.generate(text, &voice, &options), ErrorKind::BadModel, &["not finite"]);
    assert!(wait_until(|| users(&model) == idle), "threads outlive the error");
}

#[test]
fn frames_asked_for_after_the_end_are_generated_beyond_the_estimated_limit() {
    let model = TtsModel::builder().embedded().build().unwrap();
    let voice = model.voice(&model.default_voice()).unwrap();
    let frames = |options: GenerateOptions| {
        let mut stream = model.stream("Hi.", &voice, &options.seed(1)).unwrap();
        let frames = stream.by_ref().map(Result::unwrap).count();
        (frames, stream.unfinished_sentences())
    };
    let (shortest, unfinished) = frames(GenerateOptions::default().frames_after_eos(0));
    assert_eq!(unfinished, 0);
    assert_eq!(frames(GenerateOptions::default().frames_after_eos(100)), (shortest + 100, 0));
    // A limit that the caller sets holds all the same.
    let limited = GenerateOptions::default().frames_after_eos(100).frame_limit(shortest + 10);
    assert_eq!(frames(limited), (shortest + 10, 1));
}
