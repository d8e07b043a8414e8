//! The threads: how they sleep, help, end, and return jobs after a bug of the queue.

use std::future::poll_fn;

use futures_lite::future::block_on;

use super::*;

/// Waits until `is_so`.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_worker_without_a_job_helps_while_another_works() {
    let hands = Hands::new(3);
    let scheduler = Scheduler::new(&hands.parts(), 3);
    wait_until("no worker helps", || {
        let (plan, _) = hands.model.plan(SENTENCE, &hands.voice, &options(1, 50)).unwrap();
        let id = scheduler.start(plan).unwrap();
        let mut has_helped = false;
        while !matches!(scheduler.next_event(id).unwrap().unwrap(), Event::Done) {
            has_helped |= scheduler.shared.helpers.load(Ordering::Relaxed) > 0;
        }
        has_helped
    });
}

#[test]
fn a_cancelled_request_has_no_events_and_leaves_no_work() {
    let hands = Hands::new(2);
    let scheduler = Scheduler::new(&hands.parts(), 2);
    let (plan, _) = hands.model.plan(SENTENCES, &hands.voice, &options(1, 500)).unwrap();
    let id = scheduler.start(plan).unwrap();
    assert!(matches!(scheduler.next_event(id), Some(Ok(Event::Chunk { .. }))));
    scheduler.cancel(id);
    assert!(scheduler.next_event(id).is_none());
    assert!(!scheduler.with_queue(Queue::has_job).unwrap());
}

#[test]
fn the_workers_end_with_their_scheduler() {
    let hands = Hands::new(2);
    let scheduler = Scheduler::new(&hands.parts(), 2);
    let (plan, _) = hands.model.plan(SENTENCE, &hands.voice, &options(1, 10)).unwrap();
    let id = scheduler.start(plan).unwrap();
    while !matches!(scheduler.next_event(id).unwrap().unwrap(), Event::Done) {}
    let shared = Arc::downgrade(&scheduler.shared);
    drop(scheduler);
    wait_until("a worker goes on", || shared.upgrade().is_none());
}

#[test]
fn a_job_from_before_a_bug_of_the_queue_is_not_returned() {
    let mut hands = Hands::new(2);
    hands.add(SENTENCE, 1, 10);
    let mut epochs = vec![hands.queue.epoch()];
    for _ in 0..3 {
        hands.queue.take_job();
        drop(hands.queue.fail());
        assert_eq!(hands.queue.running_jobs(), 0);
        epochs.push(hands.queue.epoch());
    }
    assert!(epochs.is_sorted_by(|a, b| a < b), "{epochs:?}");
}

#[test]
fn an_asynchronous_caller_is_woken_for_each_event_and_for_an_error() {
    let hands = Hands::new(2);
    let scheduler = Scheduler::new(&hands.parts(), 2);
    let plan = || hands.model.plan(SENTENCE, &hands.voice, &options(1, 20)).unwrap().0;
    let id = scheduler.start(plan()).unwrap();
    let next = |id| block_on(poll_fn(|context| scheduler.poll_event(id, context)));
    let mut samples = Vec::new();
    while let Event::Chunk { samples: chunk, .. } = next(id).unwrap().unwrap() {
        samples.extend(chunk);
    }
    assert!(samples == hands.model.generate(SENTENCE, &hands.voice, &options(1, 20)).unwrap().samples);
    assert!(matches!(next(id), Some(Ok(Event::Done))));
    assert!(next(id).is_none(), "the request is gone");

    let add = |queue: &mut Queue| {
        queue.bug = Some(|| panic!("as it should"));
        queue.add(plan())
    };
    let id = scheduler.with_queue(add).unwrap();
    scheduler.shared.wake_worker();
    let error = loop {
        if let Err(error) = next(id).unwrap() {
            break error;
        }
    };
    assert!(matches!(error, Error::WorkerPanicked), "{error}");
}
