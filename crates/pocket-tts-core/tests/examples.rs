//! Runs the examples, so that they can't go out of date, and holds them against the rest of the API.

#![expect(clippy::unwrap_used, reason = "a test that goes wrong must fail")]
#![allow(dead_code, clippy::allow_attributes, reason = "the examples' own beginnings")]

#[path = "../examples/clone_voice.rs"]
mod clone_voice;
#[path = "../examples/generate.rs"]
mod generate;
#[path = "../examples/http_server.rs"]
mod http_server;
#[path = "../examples/many_at_once.rs"]
mod many_at_once;
#[path = "../examples/stream.rs"]
mod stream;

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, mpsc},
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use futures_lite::{Stream, StreamExt, future, pin};
use pocket_tts_core::{GenerateOptions, SpeechStream, TtsModel};

#[test]
fn the_examples_make_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    generate::run(&path("speech.wav"), "Hello from a small voice.").unwrap();
    assert!(std::fs::metadata(path("speech.wav")).unwrap().len() > 24_000);
    let mut streamed = Vec::new();
    stream::run(&mut streamed).unwrap();
    // Whole frames of 1,920 samples.
    assert!(streamed.len() > 48_000 && streamed.len().is_multiple_of(2 * 1_920), "{}", streamed.len());
    let audio = clone_voice::run(&path("speech.wav"), &path("voice.safetensors")).unwrap();
    assert!(audio.duration_s() > 0.3);
    assert!(many_at_once::run().unwrap().iter().all(|audio| audio.duration_s() > 0.3));
}

#[test]
fn the_example_of_a_server_answers_with_speech() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (send, handles) = mpsc::channel();
    let server = thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let server = http_server::serve(listener).unwrap();
            send.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    let handle = handles.recv().unwrap();
    let post = |text: &str| {
        let mut connection = TcpStream::connect(address).unwrap();
        let length = text.len();
        write!(
            connection,
            "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
        )
        .unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        answer
    };
    let answer = post("Hello there.");
    assert!(answer.starts_with(b"HTTP/1.1 200 OK") && answer.len() > 20_000, "{}", answer.len());
    assert!(post("...").starts_with(b"HTTP/1.1 400"));
    drop(handle.stop(false));
    server.join().unwrap();
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
    let waker = Waker::from(Arc::new(Unparks(thread::current())));
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
                thread::spawn(move || cancel.cancel());
                thread::park();
            }
        }
    }
    assert!(matches!(stream.as_mut().poll_next(&mut context), Poll::Ready(None)));
    assert!(chunks < 60);
}
