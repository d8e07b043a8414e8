//! Runs the examples, so that they can't go out of date, and holds them against the rest of the API.

#![expect(clippy::unwrap_used, reason = "a test that goes wrong must fail")]
#![allow(dead_code, clippy::allow_attributes, reason = "the examples' own beginnings")]

#[path = "../examples/async_stream.rs"]
mod async_stream;
#[path = "../examples/clone_voice.rs"]
mod clone_voice;
#[path = "../examples/speak_to_file.rs"]
mod speak_to_file;
#[path = "../examples/stream.rs"]
mod stream;

use std::{
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::Thread,
};

use futures_lite::{Stream, StreamExt, future, pin};
use pocket_tts_core::{GenerateOptions, SpeechStream, TtsModel};

#[test]
fn the_examples_make_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    speak_to_file::run(&path("speech.wav"), "Hello from a small voice.").unwrap();
    assert!(std::fs::metadata(path("speech.wav")).unwrap().len() > 24_000);
    stream::run(&path("speech.opus")).unwrap();
    assert!(std::fs::read(path("speech.opus")).unwrap().starts_with(b"OggS"));
    let audio = clone_voice::run(&path("speech.wav"), &path("voice.safetensors")).unwrap();
    assert!(audio.duration_s() > 0.3);
    assert!(async_stream::run().unwrap().iter().all(|samples| *samples > 10_000));
}

fn speech(text: &str) -> SpeechStream {
    let model = TtsModel::builder().embedded().build().unwrap();
    let voice = model.voice(&model.default_voice()).unwrap();
    model.stream(text, &voice, &GenerateOptions::default().seed(1)).unwrap()
}

#[test]
fn tasks_hear_what_threads_hear() {
    let text = "One sentence is here. Another one comes after it.";
    let expected: Vec<_> = speech(text).map(Result::unwrap).collect();
    let heard: Vec<_> = future::block_on(speech(text).into_async().map(Result::unwrap).collect());
    assert!(heard.len() > 10 && heard == expected);
    // A thread may hear the rest.
    let mut begun = speech(text).into_async();
    let first = future::block_on(begun.next()).unwrap().unwrap();
    assert_eq!(begun.get_ref().seed(), 1);
    let rest = begun.into_blocking().map(Result::unwrap);
    assert_eq!(std::iter::once(first).chain(rest).collect::<Vec<_>>(), expected);
}

struct Unparks(Thread);

impl Wake for Unparks {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[test]
fn a_task_that_waits_is_woken_by_a_cancel_from_elsewhere() {
    let waker = Waker::from(Arc::new(Unparks(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let stream = speech("Hello there, this is a sentence.").into_async();
    let cancel = stream.get_ref().cancel_handle();
    pin!(stream);
    let mut chunks = 0;
    loop {
        match stream.as_mut().poll_next(&mut context) {
            Poll::Ready(Some(chunk)) => chunks += usize::from(!chunk.unwrap().samples.is_empty()),
            Poll::Ready(None) => break,
            Poll::Pending => {
                // Nothing comes of a stream that is cancelled but the word that it is over.
                let cancel = cancel.clone();
                std::thread::spawn(move || cancel.cancel());
                std::thread::park();
            }
        }
    }
    assert!(matches!(stream.as_mut().poll_next(&mut context), Poll::Ready(None)));
    assert!(chunks < 60);
}
