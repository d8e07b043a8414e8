//! The rate limit of each client, as a token bucket.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::client::Client;
use crate::{api_error::ApiError, names::counted};

/// Clients that are remembered. Beyond this number, clients with full buckets are forgotten.
const MAX_CLIENTS: usize = 10_000;
const SECONDS_PER_MINUTE: f64 = 60.0;

/// What is left of a client's rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Allowance {
    /// Requests a minute.
    pub(crate) limit: u32,
    /// Requests that may be sent now.
    pub(crate) remaining: u32,
    /// Time until the bucket is full again.
    pub(crate) reset: Duration,
    /// Time until the next request may be sent.
    pub(crate) wait: Duration,
}

/// A limit of requests a minute for each client.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    per_minute: f64,
    buckets: Mutex<HashMap<Client, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    requests: f64,
    at: Instant,
}

impl RateLimiter {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self { per_minute: f64::from(per_minute), buckets: Mutex::default() }
    }

    /// Takes one request out of a client's bucket.
    ///
    /// # Errors
    ///
    /// If the bucket is empty.
    pub(crate) fn take(&self, client: Client) -> Result<(), ApiError> {
        let (outcome, _) = self.ask(client);
        outcome
    }

    /// As [`take`](Self::take), and returns what is left.
    pub(crate) fn ask(&self, client: Client) -> (Result<(), ApiError>, Allowance) {
        let (is_allowed, allowance) = self.take_at(client, Instant::now());
        if is_allowed {
            return (Ok(()), allowance);
        }
        let wait_s = allowance.wait.as_secs_f64().ceil();
        let message = format!(
            "more than {} in a minute; try again in {wait_s} s",
            counted(self.per_minute as usize, "request")
        );
        let error = ApiError::too_many(message, wait_s as u64).code("rate_limit_exceeded");
        (Err(error), allowance)
    }

    fn take_at(&self, client: Client, now: Instant) -> (bool, Allowance) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_CLIENTS && !buckets.contains_key(&client) {
            buckets.retain(|_, bucket| self.filled(*bucket, now).requests < self.per_minute);
        }
        let full = Bucket { requests: self.per_minute, at: now };
        let bucket = buckets.entry(client).or_insert(full);
        *bucket = self.filled(*bucket, now);
        let is_allowed = bucket.requests >= 1.0;
        if is_allowed {
            bucket.requests -= 1.0;
        }
        let time_for =
            |requests: f64| Duration::from_secs_f64(requests.max(0.0) * SECONDS_PER_MINUTE / self.per_minute);
        let allowance = Allowance {
            limit: self.per_minute as u32,
            remaining: bucket.requests as u32,
            reset: time_for(self.per_minute - bucket.requests),
            wait: time_for(1.0 - bucket.requests),
        };
        (is_allowed, allowance)
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> Bucket {
        let gained =
            now.saturating_duration_since(bucket.at).as_secs_f64() * self.per_minute / SECONDS_PER_MINUTE;
        Bucket { requests: (bucket.requests + gained).min(self.per_minute), at: now }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn the_rate_is_limited_per_client() {
        let limiter = RateLimiter::new(2);
        let (one, other) = (Client::Key(1), Client::Address(None));
        let start = Instant::now();
        let take = |client, after_s| limiter.take_at(client, start + Duration::from_secs(after_s)).0;
        assert_eq!([take(one, 0), take(one, 0), take(one, 0)], [true, true, false]);
        assert!(take(other, 0));
        assert_eq!([take(one, 29), take(one, 31)], [false, true]);
    }

    #[test]
    fn the_rest_of_the_rate_is_reported() {
        let limiter = RateLimiter::new(2);
        let start = Instant::now();
        let take = || limiter.take_at(Client::Key(1), start).1;
        let seconds = Duration::from_secs;
        let allowance = |remaining, reset, wait| Allowance { limit: 2, remaining, reset, wait };
        assert_eq!(take(), allowance(1, seconds(30), seconds(0)));
        assert_eq!(take(), allowance(0, seconds(60), seconds(30)));
        assert_eq!(take(), allowance(0, seconds(60), seconds(30)));
    }

    #[test]
    fn clients_with_full_buckets_are_forgotten() {
        let limiter = RateLimiter::new(60);
        let start = Instant::now();
        for index in 0..MAX_CLIENTS as u32 {
            limiter.take_at(Client::Address(Some(IpAddr::from(index.to_be_bytes()))), start);
        }
        limiter.take_at(Client::Address(None), start + Duration::from_mins(1));
        assert_eq!(limiter.buckets.lock().unwrap().len(), 1);
    }
}
