//! How much runs at once, and how much waits for a caller.

use super::*;

#[test]
fn a_second_pass_over_the_weights_starts_only_for_full_rows() {
    let mut hands = Hands::new(2);
    hands.add(SENTENCE, 0, 10);
    assert_eq!(hands.step().unwrap().0, JobKind::Prefill);
    let pass = hands.queue.take_job().unwrap();
    assert_eq!(kind(&pass), JobKind::DecodeStep);
    for ready in 1..=16 {
        assert!(hands.queue.take_job().is_none(), "{} sentences wait for the next pass", ready - 1);
        hands.add(SENTENCE, ready, 10);
        assert_eq!(hands.step().unwrap().0, JobKind::Prefill);
    }
    let second = hands.queue.take_job().unwrap();
    assert_eq!((kind(&second), sentences(&second).len()), (JobKind::DecodeStep, 16));
}

#[test]
fn a_later_sentence_is_decoded_far_ahead_and_not_without_end() {
    let mut hands = Hands::new(2);
    let id = hands.add(SENTENCES, 1, 500);
    hands.work_until_idle();
    let decoded = |hands: &mut Hands, sentence| {
        hands.queue.sequence_at(SentenceRef { request: id, sentence }).unwrap().decoded_frames
    };
    assert!((32..36).contains(&decoded(&mut hands, 0)));
    assert!((160..164).contains(&decoded(&mut hands, 1)));
}

#[test]
fn the_first_latent_is_decoded_alone_and_later_ones_together() {
    let mut hands = Hands::new(1);
    hands.add(SENTENCE, 1, 20);
    let mut latents_of_jobs = Vec::new();
    while let Some(job) = hands.queue.take_job() {
        if let Job::CodecDecode(_, _, latents) = &job {
            latents_of_jobs.push(latents.len());
        }
        drop(hands.queue.finish_job(job.run(&hands.parts())));
    }
    assert!(latents_of_jobs[0] == 1 && latents_of_jobs[1..].contains(&2), "{latents_of_jobs:?}");
}

#[test]
fn a_sentence_whose_decoder_is_lost_ends_when_its_generator_comes_back() {
    let mut hands = Hands::new(2);
    let id = hands.add(SENTENCE, 1, 100);
    let at = SentenceRef { request: id, sentence: 0 };
    let pass = loop {
        let jobs = [hands.queue.take_job(), hands.queue.take_job()];
        match jobs {
            [Some(pass @ Job::DecodeStep(_)), Some(Job::CodecDecode(..))]
            | [Some(Job::CodecDecode(..)), Some(pass @ Job::DecodeStep(_))] => break pass,
            jobs => {
                for job in jobs.into_iter().flatten() {
                    drop(hands.queue.finish_job(job.run(&hands.parts())));
                }
            }
        }
    };
    drop(hands.queue.finish_job(JobOutcome::Panicked(JobKind::CodecDecode, vec![at])));
    drop(hands.queue.finish_job(pass.run(&hands.parts())));
    assert!(!hands.queue.has_job());
    let last = hands.events(id).pop();
    assert!(matches!(last, Some(Err(Error::WorkerPanicked))), "{last:?}");
}
