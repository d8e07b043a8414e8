//! Admission control: a limited number of streams, and a queue of limited length in front of them.
//!
//! It must not know what a stream does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    api_error::ApiError,
    clients::{ClientRequest, Clients},
    guard::client::Client,
    names::counted,
};

/// Limits the streams that run at once and the requests that wait for one. Waiting requests are served in order.
#[derive(Debug)]
pub(crate) struct Admission {
    slots: Arc<Semaphore>,
    max_streams: usize,
    max_queue: usize,
    /// Requests that have a stream or wait for one.
    present: AtomicUsize,
    clients: Arc<Clients>,
}

/// The right to use a stream.
#[derive(Debug)]
pub(crate) struct Permit {
    // Fields drop in this order: the slot is released before the queue entry.
    slot: Option<OwnedSemaphorePermit>,
    place: Option<QueueEntry>,
    request: ClientRequest,
}

/// Counts a request that has a stream or waits for one, until dropped.
#[derive(Debug)]
struct QueueEntry(Arc<Admission>);

impl Admission {
    pub(crate) fn new(max_streams: usize, max_queue: usize, clients: Clients) -> Arc<Self> {
        let (slots, clients) = (Arc::new(Semaphore::new(max_streams)), Arc::new(clients));
        Arc::new(Self { slots, max_streams, max_queue, present: AtomicUsize::new(0), clients })
    }

    /// Waits for a stream for at most `limit`. Dropping the future leaves the queue.
    ///
    /// # Errors
    ///
    /// If the queue is full, the wait is too long, or the client has reached its own limit.
    pub(crate) async fn enter(self: &Arc<Self>, client: Client, limit: Duration) -> Result<Permit, ApiError> {
        if self.slots.is_closed() {
            return Err(ApiError::draining());
        }
        let request = self.clients.enter(client)?;
        let place = self.take_place()?;
        let slot = tokio::time::timeout(limit, Arc::clone(&self.slots).acquire_owned()).await;
        match slot {
            Ok(Ok(slot)) => Ok(Permit { slot: Some(slot), place: Some(place), request }),
            Ok(Err(_closed)) => Err(ApiError::draining()),
            Err(_) => {
                let message = format!("no stream became free within {} s; try again", limit.as_secs_f64());
                Err(ApiError::unavailable(message, self.retry_after_s()).code("queue_timeout"))
            }
        }
    }

    /// Rejects the waiting requests and all later ones. Running streams continue.
    pub(crate) fn close(&self) {
        self.slots.close();
    }

    /// The number of running streams.
    pub(crate) fn active(&self) -> usize {
        self.max_streams - self.slots.available_permits().min(self.max_streams)
    }

    /// The number of requests that wait for a stream.
    pub(crate) fn waiting(&self) -> usize {
        self.present.load(Ordering::Relaxed).saturating_sub(self.active())
    }

    fn take_place(self: &Arc<Self>) -> Result<QueueEntry, ApiError> {
        let limit = self.max_streams + self.max_queue;
        let taken = self.present.fetch_update(Ordering::AcqRel, Ordering::Acquire, |present| {
            (present < limit).then_some(present + 1)
        });
        if taken.is_ok() {
            return Ok(QueueEntry(Arc::clone(self)));
        }
        let message = format!(
            "the server is busy with {}, and {} waiting; try again in a moment",
            counted(self.max_streams, "stream"),
            if self.max_queue == 1 {
                "1 request is".to_owned()
            } else {
                format!("{} requests are", self.max_queue)
            }
        );
        Err(ApiError::too_many(message, self.retry_after_s()).code("queue_full"))
    }

    /// An estimate: one second for each round of streams ahead of this request.
    fn retry_after_s(&self) -> u64 {
        1 + (self.waiting() / self.max_streams) as u64
    }
}

impl Permit {
    /// Releases the stream and charges `audio_s` to the client. The request counts towards its client's limit until the
    /// permit is dropped.
    pub(crate) fn release(&mut self, audio_s: f64) {
        self.slot = None;
        self.place = None;
        self.request.charge(audio_s);
    }

    /// Gives charged audio that the client has not taken back to it.
    pub(crate) fn refund(&self, audio_s: f64) {
        self.request.charge(-audio_s);
    }
}

impl Drop for QueueEntry {
    fn drop(&mut self) {
        self.0.present.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::rt::System;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);
    const CLIENT: Client = Client::Address(None);

    fn admission(max_streams: usize, max_queue: usize) -> Arc<Admission> {
        Admission::new(max_streams, max_queue, Clients::new(None, None))
    }

    #[test]
    fn requests_beyond_streams_and_queue_are_rejected() {
        System::new().block_on(fill_the_queue());
    }

    async fn fill_the_queue() {
        let admission = admission(1, 2);
        let first = admission.enter(CLIENT, LONG).await.unwrap();
        let mut waiting: Vec<_> = (0..2).map(|_| Box::pin(admission.enter(CLIENT, LONG))).collect();
        for wait in &mut waiting {
            assert!(tokio::time::timeout(Duration::from_millis(1), wait).await.is_err());
        }
        assert_eq!((admission.active(), admission.waiting()), (1, 2));
        let refused = admission.enter(CLIENT, LONG).await.unwrap_err();
        assert_eq!(refused.status(), 429);
        // A request that leaves the queue makes room in it.
        drop(waiting.pop());
        let mut late = Box::pin(admission.enter(CLIENT, LONG));
        assert!(tokio::time::timeout(Duration::from_millis(1), &mut late).await.is_err());
        drop(first);
        let second = waiting.pop().unwrap().await.unwrap();
        assert_eq!((admission.active(), admission.waiting()), (1, 1));
        drop(second);
        drop(late.await.unwrap());
        assert_eq!((admission.active(), admission.waiting()), (0, 0));
    }

    #[test]
    fn closing_rejects_waiting_and_later_requests() {
        System::new().block_on(async {
            let admission = admission(1, 1);
            let _first = admission.enter(CLIENT, LONG).await.unwrap();
            let mut waiting = Box::pin(admission.enter(CLIENT, LONG));
            assert!(tokio::time::timeout(Duration::from_millis(1), &mut waiting).await.is_err());
            admission.close();
            assert_eq!(waiting.await.unwrap_err().status(), 503);
            // Draining is reported rather than a full queue.
            let second = admission.take_place().unwrap();
            assert_eq!(admission.enter(CLIENT, LONG).await.unwrap_err().status(), 503);
            drop(second);
            assert_eq!((admission.active(), admission.waiting()), (1, 0));
        });
    }

    #[test]
    fn a_wait_beyond_the_limit_ends_with_503() {
        System::new().block_on(async {
            let admission = admission(1, 1);
            let _first = admission.enter(CLIENT, LONG).await.unwrap();
            let late = admission.enter(CLIENT, Duration::from_millis(1)).await.unwrap_err();
            assert_eq!((late.status(), admission.waiting()), (503, 0));
        });
    }

    #[test]
    fn a_released_stream_still_counts_towards_its_client_s_limit() {
        System::new().block_on(async {
            let admission = Admission::new(1, 0, Clients::new(Some(1), None));
            let mut first = admission.enter(CLIENT, LONG).await.unwrap();
            first.release(1.0);
            assert_eq!((admission.active(), admission.waiting()), (0, 0));
            let refused = admission.enter(CLIENT, LONG).await.unwrap_err();
            assert_eq!(refused.status(), 429);
            let other = Client::Address(Some(std::net::Ipv4Addr::LOCALHOST.into()));
            drop(admission.enter(other, LONG).await.unwrap());
            drop(first);
            admission.enter(CLIENT, LONG).await.unwrap();
        });
    }
}
