//! All requests of a model, and whose turn it is. It must not know threads.
//!
//! First sound goes before everything, then the writing of whatever would leave the codec idle, since one pass
//! over the weights serves all sentences that are ready, then speaking in turns. Later sentences of a text join
//! them as long as few are under way, and are spoken where nothing else is to do.

use std::{mem, sync::Arc, task::Waker};

use super::{
    job::{Job, Kind, Outcome, Place},
    lane::{Lane, Request, Speaking, Writing},
};
use crate::{Error, parts::Parts, synthesis::Plan};

/// Most rows of one pass over the weights: two blocks of what a kernel keeps in registers, and some.
const MOST_ROWS: usize = 16;
/// As long as fewer sentences are being written, a text's later ones join them.
const LEAST_LANES: usize = 4;

/// What is to be done, and by whom.
#[derive(Debug)]
pub(super) struct Board {
    parts: Arc<Parts>,
    requests: Vec<Request>,
    /// Number of workers.
    workers: usize,
    /// Passes over the weights under way.
    passes: usize,
    /// Jobs that were taken and not put back.
    jobs_under_way: usize,
    next_id: u64,
    turn: u64,
    /// Grows when all that workers have taken is forgotten.
    epoch: u64,
    /// A bug to come to light when the next job is put back.
    #[cfg(test)]
    pub(super) bug: Option<fn()>,
    /// Of callers that have not been woken yet.
    wakers: Vec<Waker>,
}

/// Frames of a sentence that are made before the next one takes a share of the time, so that a listener has
/// something to hear meanwhile.
const LEAD_FRAMES: usize = 8;

/// Where a lane is: the indices of its request and of itself.
type At = (usize, usize);

enum Choice {
    Read(At),
    Write,
    Speak(At),
}

impl Board {
    pub(super) fn new(parts: Arc<Parts>, workers: usize) -> Self {
        Self {
            parts,
            requests: Vec::new(),
            workers,
            passes: 0,
            jobs_under_way: 0,
            next_id: 0,
            turn: 0,
            epoch: 0,
            #[cfg(test)]
            bug: None,
            wakers: Vec::new(),
        }
    }

    /// The time between two bugs; a job belongs to the one in which it was taken, and is put back in no other.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Ends all requests with an error and forgets what workers have taken, after a panic that left no telling what of
    /// this is still true. The wakers are woken once the board is unlocked.
    #[must_use]
    pub(super) fn fail(&mut self) -> Vec<Waker> {
        self.epoch += 1;
        self.passes = 0;
        self.jobs_under_way = 0;
        let mut wakers = mem::take(&mut self.wakers);
        for request in &mut self.requests {
            request.fail();
            wakers.extend(request.waker.take());
        }
        wakers
    }

    /// Adds a request and returns its number.
    pub(super) fn add(&mut self, plan: Plan) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.requests.push(Request::new(id, Arc::new(plan), &self.parts));
        id
    }

    /// Forgets a request; what workers hold of it is dropped when they put it back.
    pub(super) fn remove(&mut self, id: u64) -> Option<Request> {
        let index = self.requests.iter().position(|request| request.id == id)?;
        Some(self.requests.remove(index))
    }

    pub(super) fn request(&mut self, id: u64) -> Option<&mut Request> {
        self.requests.iter_mut().find(|request| request.id == id)
    }

    /// The next piece of work, if there is any.
    pub(super) fn take_job(&mut self) -> Option<Job> {
        self.look_ahead();
        let choice = self.choose()?;
        self.turn += 1;
        let job = match choice {
            Choice::Read(at) => self.read(at),
            Choice::Write => self.write(),
            Choice::Speak(at) => self.speak(at)?,
        };
        self.jobs_under_way += 1;
        Some(job)
    }

    /// The writing of latents, for a worker that speaks by turns, unless somebody waits for their first sound.
    pub(super) fn take_writing(&mut self) -> Option<Job> {
        let is_first = matches!(self.choose(), Some(Choice::Read(_)));
        if is_first || self.first_sound().is_some() || self.passes > 0 || self.writable().next().is_none() {
            return None;
        }
        self.turn += 1;
        self.jobs_under_way += 1;
        Some(self.write())
    }

    /// Jobs that were taken and not put back.
    pub(super) fn jobs_under_way(&self) -> usize {
        self.jobs_under_way
    }

    /// Whether there is work to take.
    pub(super) fn has_job(&mut self) -> bool {
        self.look_ahead();
        self.choose().is_some()
    }

    /// Takes back what a worker made of a job. The wakers belong to callers for whom there is something now; they
    /// may run anything, so they are woken once the board is unlocked.
    #[must_use]
    pub(super) fn put_back(&mut self, outcome: Outcome) -> Vec<Waker> {
        #[cfg(test)]
        if let Some(bug) = self.bug.take() {
            bug();
        }
        self.jobs_under_way -= 1;
        match outcome {
            Outcome::Read(place, writer) => self.at(place, |lane| match writer {
                Ok(writer) => lane.writing = Writing::Ready(writer),
                Err(error) => lane.fail_to_write(error),
            }),
            Outcome::Written(each) => {
                self.passes -= 1;
                for (place, writer, written) in each {
                    self.at(place, |lane| lane.take_written(writer, written));
                }
            }
            Outcome::Spoken(place, speaker, chunks) => {
                self.at(place, |lane| lane.take_spoken(speaker, chunks));
            }
            Outcome::Panicked(kind, places) => {
                self.passes -= usize::from(kind == Kind::Write);
                for place in places {
                    self.at(place, |lane| match kind {
                        Kind::Read | Kind::Write => lane.fail_to_write(Error::WorkerPanicked),
                        Kind::Speak => lane.fail_to_speak(Error::WorkerPanicked),
                    });
                }
            }
        }
        mem::take(&mut self.wakers)
    }

    #[cfg(test)]
    pub(super) fn lane_at(&mut self, place: Place) -> Option<&mut Lane> {
        self.request(place.request)?.lane(place.sentence)
    }

    /// Changes a lane, if its request is still there, and wakes the caller.
    fn at(&mut self, place: Place, change: impl FnOnce(&mut Lane)) {
        if let Some(request) = self.request(place.request) {
            let caller = Arc::clone(&request.caller);
            if let Some(lane) = request.lane(place.sentence) {
                change(lane);
                caller.notify_one();
                let waker = request.waker.take();
                self.wakers.extend(waker);
            }
        }
    }

    /// Puts further sentences on their way where that keeps no other request waiting.
    fn look_ahead(&mut self) {
        let most = self.workers.max(LEAST_LANES);
        let mut written_at = self.lanes().filter(|(_, lane)| !lane.is_written()).count();
        for request in &mut self.requests {
            let is_heard = request.lanes.front().is_some_and(|lane| lane.spoken >= LEAD_FRAMES);
            let all_written = request.lanes.iter().all(Lane::is_written);
            let is_free = written_at < most && request.lanes.len() < self.workers.max(2);
            if request.has_more() && (is_heard && is_free || all_written && request.lanes.len() < 2) {
                request.begin_next(&self.parts);
                written_at += 1;
            }
        }
    }

    /// What is most urgent.
    fn choose(&self) -> Option<Choice> {
        let front = |(index, request): (usize, &Request)| (!request.lanes.is_empty()).then_some(index);
        let fronts = || self.requests.iter().enumerate().filter_map(front);
        if let Some(index) = self.first_sound() {
            return Some(Choice::Speak((index, 0)));
        }
        // Those that nobody hears yet were put on their way when there was time for it.
        if let Some((at, _)) =
            self.lanes().filter(|(_, lane)| lane.is_new()).min_by_key(|((_, index), _)| *index)
        {
            return Some(Choice::Read(at));
        }
        let may_write =
            !self.only_first_sound_is_made() && (self.passes == 0 || self.writable().count() >= MOST_ROWS);
        if may_write && fronts().any(|index| self.requests[index].lanes[0].is_hungry()) {
            return Some(Choice::Write);
        }
        let speakable = self.lanes().filter(|((request, lane), _)| self.requests[*request].can_speak(*lane));
        if let Some((at, _)) = speakable.min_by_key(|((_, index), lane)| (*index, lane.served)) {
            return Some(Choice::Speak(at));
        }
        (may_write && self.writable().next().is_some()).then_some(Choice::Write)
    }

    /// Whether the first sound of the only request is being made, which those that have nothing else to do make
    /// faster.
    fn only_first_sound_is_made(&self) -> bool {
        let is_made =
            |lane: &Lane| [lane.sentence, lane.spoken] == [0; 2] && matches!(lane.speaking, Speaking::AtWork);
        matches!(self.requests.as_slice(), [only] if only.lanes.front().is_some_and(is_made))
    }

    /// A request whose first sound could be made now.
    fn first_sound(&self) -> Option<usize> {
        self.requests.iter().position(|request| {
            request.lanes.front().is_some_and(|lane| lane.spoken == 0) && request.can_speak(0)
        })
    }

    fn lanes(&self) -> impl Iterator<Item = (At, &Lane)> {
        self.requests.iter().enumerate().flat_map(|(request, each)| {
            each.lanes.iter().enumerate().map(move |(index, lane)| ((request, index), lane))
        })
    }

    fn writable(&self) -> impl Iterator<Item = At> {
        self.lanes().filter(|(_, lane)| lane.can_write()).map(|(at, _)| at)
    }

    fn read(&mut self, (request, index): At) -> Job {
        let request = &mut self.requests[request];
        let lane = &mut request.lanes[index];
        lane.writing = Writing::AtWork;
        Job::Read(Place { request: request.id, sentence: lane.sentence }, Arc::clone(&request.plan))
    }

    /// As many sentences as one pass serves: those that are heard before those that will be.
    fn write(&mut self) -> Job {
        let mut rows: Vec<At> = self.writable().collect();
        rows.sort_by_key(|(request, index)| (*index, self.requests[*request].lanes[*index].latents.len()));
        rows.truncate(MOST_ROWS);
        self.passes += 1;
        let take = |(request, index): At| {
            let request = &mut self.requests[request];
            let lane = &mut request.lanes[index];
            let place = Place { request: request.id, sentence: lane.sentence };
            match mem::replace(&mut lane.writing, Writing::AtWork) {
                Writing::Ready(writer) => Some((place, writer)),
                other => {
                    lane.writing = other;
                    None
                }
            }
        };
        Job::Write(rows.into_iter().filter_map(take).collect())
    }

    fn speak(&mut self, (request, index): At) -> Option<Job> {
        let turn = self.turn;
        let request = &mut self.requests[request];
        let lane = &mut request.lanes[index];
        let Speaking::Ready(speaker) = mem::replace(&mut lane.speaking, Speaking::AtWork) else {
            return None;
        };
        lane.served = turn;
        let place = Place { request: request.id, sentence: lane.sentence };
        Some(Job::Speak(place, speaker, lane.take_latents()))
    }
}
