//! The queue without threads: tests take the jobs and return them in any order.

mod limits;
mod workers;

use std::cell::Cell;
use std::io;
use std::panic::panic_any;
use std::sync::{Arc, atomic::Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{
    Scheduler,
    job::{Job, JobKind, JobOutcome, SentenceRef, contained},
    queue::Queue,
    sequence::Event,
};
use crate::{Error, GenerateOptions, Location, TtsModel, Voice, parts::Parts};

const SENTENCE: &str = "Hello world.";
const SENTENCES: &str = "Hello world. Good morning. How are you? I am fine.";

struct Hands {
    model: TtsModel,
    voice: Voice,
    queue: Queue,
}

impl Hands {
    fn new(workers: usize) -> Self {
        Self::with_model("04_drifting", workers)
    }

    fn with_model(golden: &str, workers: usize) -> Self {
        let folder = pocket_tts_test_support::own_goldens().join(golden);
        let config = Location::Path(folder.join("config.yaml"));
        let model = TtsModel::builder().config(config).offline(true).threads(workers).build().unwrap();
        let voice = model.voice(&folder.join("voice_state.safetensors").into()).unwrap();
        let queue = Queue::new(Arc::clone(model.parts()), workers);
        Self { model, voice, queue }
    }

    fn parts(&self) -> Arc<Parts> {
        Arc::clone(self.model.parts())
    }

    /// Adds a request of `frames` frames per sentence of a text.
    fn add(&mut self, text: &str, seed: u64, frames: usize) -> u64 {
        let (plan, _) = self.model.plan(text, &self.voice, &options(seed, frames)).unwrap();
        self.queue.add(plan)
    }

    /// Does the next job; `None` if there is none.
    fn step(&mut self) -> Option<(JobKind, Vec<SentenceRef>)> {
        let job = self.queue.take_job()?;
        let what = (kind(&job), sentences(&job));
        let outcome = job.run(&self.parts());
        drop(self.queue.finish_job(outcome));
        Some(what)
    }

    fn work_until_idle(&mut self) {
        while self.step().is_some() {}
    }

    /// All events of a request that are there.
    fn events(&mut self, id: u64) -> Vec<Result<Event, Error>> {
        let parts = self.parts();
        let Some(request) = self.queue.request(id) else { return Vec::new() };
        let mut events = Vec::new();
        while let Some(event) = request.next_event(&parts) {
            let is_last = matches!(event, Ok(Event::Done) | Err(_));
            events.push(event);
            if is_last {
                self.queue.remove(id);
                break;
            }
        }
        events
    }

    /// Works to the end of a request and returns its samples.
    fn finish(&mut self, id: u64) -> Vec<f32> {
        let mut samples = Vec::new();
        loop {
            for event in self.events(id) {
                match event.unwrap() {
                    Event::Chunk { samples: chunk, .. } => samples.extend(chunk),
                    Event::SentenceEnd { .. } => {}
                    Event::Done => return samples,
                }
            }
            self.step().expect("a request that isn't done leaves work to do");
        }
    }
}

fn options(seed: u64, frames: usize) -> GenerateOptions {
    GenerateOptions::default()
        .temperature(0.5)
        .seed(seed)
        .eos_threshold(f32::INFINITY)
        .frame_limit(frames)
        .max_tokens(8)
}

fn kind(job: &Job) -> JobKind {
    match job {
        Job::Prefill(..) => JobKind::Prefill,
        Job::DecodeStep(_) => JobKind::DecodeStep,
        Job::CodecDecode(..) => JobKind::CodecDecode,
    }
}

fn sentences(job: &Job) -> Vec<SentenceRef> {
    match job {
        Job::Prefill(sentence_ref, ..) | Job::CodecDecode(sentence_ref, ..) => vec![*sentence_ref],
        Job::DecodeStep(generators) => generators.iter().map(|(sentence_ref, _)| *sentence_ref).collect(),
    }
}

#[test]
fn one_pass_serves_all_sentences_that_are_ready() {
    let mut hands = Hands::new(2);
    for seed in 0..4 {
        hands.add(SENTENCE, seed, 10);
    }
    for _ in 0..4 {
        assert_eq!(hands.step().unwrap().0, JobKind::Prefill);
    }
    let (kind, sentences) = hands.step().unwrap();
    assert_eq!((kind, sentences.len()), (JobKind::DecodeStep, 4));
}

#[test]
fn first_sound_goes_before_everything() {
    let mut hands = Hands::new(2);
    let old = hands.add(SENTENCE, 1, 200);
    for _ in 0..20 {
        hands.step();
        hands.events(old);
    }
    let new = hands.add(SENTENCE, 2, 10);
    let at = SentenceRef { request: new, sentence: 0 };
    assert_eq!(hands.step().unwrap(), (JobKind::Prefill, vec![at]));
    let (kind, rows) = hands.step().unwrap();
    assert!(kind == JobKind::DecodeStep && rows.contains(&at));
    assert_eq!(hands.step().unwrap(), (JobKind::CodecDecode, vec![at]));
}

#[test]
fn later_sentences_are_made_while_the_first_is_heard_and_follow_it_in_order() {
    let mut hands = Hands::new(2);
    let id = hands.add(SENTENCES, 1, 12);
    let mut together = 0;
    while let Some((kind, rows)) = hands.step() {
        together += usize::from(kind == JobKind::DecodeStep && rows.len() > 1);
    }
    assert!(together > 0, "sentences share passes over the weights");
    let mut sentences = Vec::new();
    while hands.queue.request(id).is_some() {
        for event in hands.events(id) {
            if let Event::Chunk { sentence, .. } = event.unwrap() {
                sentences.push(sentence);
            }
        }
        hands.work_until_idle();
    }
    assert!(sentences.is_sorted() && sentences.last() > Some(&0), "{sentences:?}");
    assert!(sentences.chunk_by(|a, b| a == b).all(|sentence| sentence.len() == 12));
}

#[test]
fn whoever_works_in_whatever_order_each_request_says_the_same() {
    let mut hands = Hands::new(3);
    let texts = [SENTENCE, SENTENCES, "Good morning. How are you?"];
    let ids: Vec<u64> =
        texts.iter().enumerate().map(|(seed, text)| hands.add(text, seed as u64, 15)).collect();
    // Up to three jobs are out at once and come back in an order of their own.
    let mut out: Vec<JobOutcome> = Vec::new();
    let mut heard = vec![Vec::new(); texts.len()];
    let mut state = 7_usize;
    loop {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let job = if out.len() < 3 { hands.queue.take_job() } else { None };
        match job {
            Some(job) => out.push(job.run(&hands.parts())),
            None if out.is_empty() => break,
            None => {
                let outcome = out.remove((state >> 33) % out.len());
                drop(hands.queue.finish_job(outcome));
            }
        }
        for (id, heard) in ids.iter().zip(&mut heard) {
            for event in hands.events(*id) {
                if let Event::Chunk { samples, .. } = event.unwrap() {
                    heard.extend(samples);
                }
            }
        }
    }
    for (seed, (text, heard)) in texts.iter().zip(heard).enumerate() {
        let alone = hands.model.generate(text, &hands.voice, &options(seed as u64, 15)).unwrap();
        assert!(!heard.is_empty() && alone.samples == heard, "{text}");
    }
}

#[test]
fn a_worker_alone_which_writes_and_speaks_by_turns_says_the_same() {
    let speech = [1, 2].map(|threads| {
        let hands = Hands::new(threads);
        let start = |seed| hands.model.stream(SENTENCES, &hands.voice, &options(seed, 25)).unwrap();
        // Two requests at once, so that a pass has several rows.
        let streams = [3, 4].map(start);
        streams.map(|stream| stream.flat_map(|chunk| chunk.unwrap().samples).collect::<Vec<f32>>())
    });
    assert!(speech[0] == speech[1], "one thread says something else than two");
    assert!(speech[0].iter().all(|samples| samples.len() > 50 * 64), "sentences of 25 frames");
}

#[test]
fn all_help_with_the_first_sound_of_the_only_request() {
    let mut hands = Hands::new(2);
    let first = hands.add(SENTENCE, 1, 20);
    let decode_job = loop {
        let job = hands.queue.take_job().expect("a sentence is prefilled, generated and decoded");
        if kind(&job) == JobKind::CodecDecode {
            break job;
        }
        drop(hands.queue.finish_job(job.run(&hands.parts())));
    };
    assert!(!hands.queue.has_job(), "the next latent can wait");
    let second = hands.add(SENTENCE, 2, 20);
    assert!(hands.queue.has_job(), "another request can't");
    hands.queue.remove(second);
    drop(hands.queue.finish_job(decode_job.run(&hands.parts())));
    assert!(hands.queue.has_job(), "the first sound is made");
    assert!(hands.finish(first).len() > 19 * 64, "a sentence of 20 frames");
}

#[test]
fn nobody_gets_far_ahead_of_the_others() {
    let mut hands = Hands::new(2);
    let ids: Vec<u64> = (0..8).map(|seed| hands.add(SENTENCE, seed, 40)).collect();
    let mut decoded_frames = [0_usize; 8];
    loop {
        for (id, decoded_frames) in ids.iter().zip(&mut decoded_frames) {
            let events = hands.events(*id);
            *decoded_frames += events.iter().filter(|event| matches!(event, Ok(Event::Chunk { .. }))).count();
        }
        let (least, most) = (decoded_frames.iter().min().unwrap(), decoded_frames.iter().max().unwrap());
        assert!(most - least <= 4, "{decoded_frames:?}");
        if hands.step().is_none() {
            break;
        }
    }
    assert_eq!(decoded_frames, [40; 8]);
}

#[test]
fn a_caller_who_does_not_pull_stops_the_work() {
    let mut hands = Hands::new(2);
    let id = hands.add(SENTENCES, 1, 500);
    hands.work_until_idle();
    let waiting: usize =
        hands.events(id).iter().filter(|event| matches!(event, Ok(Event::Chunk { .. }))).count();
    assert!((32..36).contains(&waiting), "{waiting} chunks wait in the sentence that is heard");
    assert!(hands.queue.has_job(), "who pulls sets it going again");
    hands.queue.remove(id);
    assert!(!hands.queue.has_job());
}

#[test]
fn a_panic_ends_its_own_request_after_what_was_spoken() {
    for kind in [JobKind::Prefill, JobKind::DecodeStep, JobKind::CodecDecode] {
        let mut hands = Hands::new(2);
        let doomed = hands.add(SENTENCE, 1, 10);
        let other = hands.add(SENTENCE, 2, 10);
        let at = SentenceRef { request: doomed, sentence: 0 };
        loop {
            let job = hands.queue.take_job().expect("a job of each kind comes");
            if self::kind(&job) == kind && sentences(&job).contains(&at) {
                drop(hands.queue.finish_job(JobOutcome::Panicked(kind, vec![at])));
                // Of a pass for both, the other's part is not lost in this test.
                if let Job::DecodeStep(mut generators) = job {
                    generators.retain(|(sentence_ref, _)| *sentence_ref != at);
                    for (sentence_ref, mut generator) in generators {
                        let written =
                            crate::synthesis::generate_together(&hands.parts(), &mut [&mut generator])
                                .remove(0);
                        let parts = hands.parts();
                        let sequence = hands.queue.sequence_at(sentence_ref).unwrap();
                        sequence.finish_decode_step(generator, written, &parts);
                    }
                }
                break;
            }
            let outcome = job.run(&hands.parts());
            drop(hands.queue.finish_job(outcome));
        }
        hands.work_until_idle();
        let last = hands.events(doomed).pop();
        assert!(matches!(last, Some(Err(Error::WorkerPanicked))), "{kind:?}: {last:?}");
        let alone = hands.model.generate(SENTENCE, &hands.voice, &options(2, 10)).unwrap();
        assert!(hands.finish(other) == alone.samples, "{kind:?}");
    }
}

#[test]
fn a_job_that_panics_says_what_it_took_along() {
    let mut hands = Hands::new(1);
    let id = hands.add(SENTENCE, 1, 10);
    let (plan, _) = hands.model.plan(SENTENCE, &hands.voice, &options(1, 10)).unwrap();
    let at = SentenceRef { request: id, sentence: 99 };
    // There is no such sentence, as only a bug would ask for.
    let outcome = Job::Prefill(at, Arc::new(plan), 0).run(&hands.parts());
    assert!(matches!(outcome, JobOutcome::Panicked(JobKind::Prefill, lost) if lost == [at]));
    assert_eq!(hands.finish(id).len(), 10 * hands.model.samples_per_frame());
}

/// A panic's payload whose destructor panics with another.
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        panic_any(Self);
    }
}

#[test]
fn a_panic_whose_payload_panics_when_it_is_dropped_ends_like_any_other() {
    let at = SentenceRef { request: 1, sentence: 0 };
    let outcome = contained(JobKind::CodecDecode, vec![at], || panic_any(Grenade));
    assert!(matches!(outcome, JobOutcome::Panicked(JobKind::CodecDecode, lost) if lost == [at]));
}

#[test]
fn a_bug_of_the_board_ends_all_requests_and_the_only_worker_goes_on() {
    let hands = Hands::new(1);
    let scheduler = Scheduler::new(&hands.parts(), 1);
    let plan = |seed| hands.model.plan(SENTENCE, &hands.voice, &options(seed, 10)).unwrap().0;
    for bug in [(|| panic!("as it should")) as fn(), || panic_any(Grenade)] {
        let add = |queue: &mut Queue| {
            queue.bug = Some(bug);
            [1, 2].map(|seed| queue.add(plan(seed)))
        };
        let ids = scheduler.with_queue(add).unwrap();
        scheduler.start_workers(|| scheduler.spawn_worker()).unwrap();
        scheduler.shared.wake_worker();
        for id in ids {
            let event = scheduler.next_event(id);
            assert!(matches!(event, Some(Err(Error::WorkerPanicked))), "{event:?}");
            assert!(scheduler.next_event(id).is_none(), "nothing comes after an error");
        }
        let id = scheduler.start(plan(3)).unwrap();
        let mut samples = Vec::new();
        while let Event::Chunk { samples: chunk, .. } = scheduler.next_event(id).unwrap().unwrap() {
            samples.extend(chunk);
        }
        let alone = hands.model.generate(SENTENCE, &hands.voice, &options(3, 10)).unwrap();
        assert!(samples == alone.samples);
    }
}

#[test]
fn as_many_threads_begin_as_were_asked_for_and_as_the_system_allows() {
    let hands = Hands::new(2);
    let scheduler = Scheduler::new(&hands.parts(), 3);
    // Asks the system, which allows `allowed` threads, and returns whether that suffices and how many have started.
    let begin = |allowed: usize| {
        let left = Cell::new(allowed);
        let spawn = || {
            left.set(left.get().checked_sub(1).ok_or(io::ErrorKind::WouldBlock)?);
            Ok(())
        };
        let outcome = scheduler.start_workers(spawn);
        let refused = matches!(outcome, Err(Error::Thread { .. }));
        assert!(refused || outcome.is_ok());
        (!refused, allowed - left.get())
    };
    assert_eq!(begin(0), (false, 0), "a request needs a thread");
    assert_eq!(begin(1), (true, 1), "one is enough");
    assert_eq!(begin(9), (true, 2), "the next request begins the others");
    assert_eq!(begin(9), (true, 0));
}

#[test]
fn requests_of_different_sampler_steps_share_passes_and_each_says_the_same() {
    let mut hands = Hands::with_model("01_lsd_24k_bos", 2);
    let options = |steps| options(1, 10).sampler_decode_steps(steps);
    let ids = [1, 2, 3].map(|steps| {
        let (plan, _) = hands.model.plan(SENTENCE, &hands.voice, &options(steps)).unwrap();
        (steps, hands.queue.add(plan))
    });
    while let Some((kind, sentences)) = hands.step() {
        assert!(kind != JobKind::DecodeStep || sentences.len() == ids.len());
    }
    for (steps, id) in ids {
        let alone = hands.model.generate(SENTENCE, &hands.voice, &options(steps)).unwrap();
        assert!(hands.finish(id) == alone.samples, "{steps} steps");
    }
}

#[test]
fn a_later_sentence_starts_when_the_first_has_a_lead_and_few_are_being_generated() {
    let mut hands = Hands::new(2);
    let id = hands.add(SENTENCES, 1, 40);
    let (mut frames, mut starts) = (0, Vec::new());
    while hands.queue.request(id).is_some() {
        if let Some((JobKind::Prefill, _)) = hands.step() {
            starts.push(frames);
        }
        let events = hands.events(id);
        frames += events.iter().filter(|event| matches!(event, Ok(Event::Chunk { .. }))).count();
    }
    assert!(starts[0] == 0 && (8..12).contains(&starts[1]), "{starts:?}");
    // Later ones wait until the sentence before the last has been heard.
    assert!(starts[2] >= 40 && starts[3] >= 80, "{starts:?}");

    let with_others = hands.add(SENTENCES, 1, 200);
    let others = [2, 3, 4].map(|seed| hands.add(SENTENCE, seed, 200));
    for _ in 0..200 {
        let (kind, sentences) = hands.step().unwrap();
        assert!(kind != JobKind::Prefill || sentences[0].sentence == 0, "four sentences are enough");
        for id in others.into_iter().chain([with_others]) {
            hands.events(id);
        }
    }
}

#[test]
fn all_workers_sleep_when_no_job_is_running() {
    let hands = Hands::new(3);
    let scheduler = Scheduler::new(&hands.parts(), 3);
    let (plan, _) = hands.model.plan(SENTENCE, &hands.voice, &options(1, 10)).unwrap();
    let id = scheduler.start(plan).unwrap();
    while !matches!(scheduler.next_event(id).unwrap().unwrap(), Event::Done) {}
    let deadline = Instant::now() + Duration::from_secs(30);
    while scheduler.shared.idle.load(Ordering::Relaxed) < 3 {
        assert!(Instant::now() < deadline, "a worker stays awake without a job");
        thread::sleep(Duration::from_millis(1));
    }
}
