//! How often each client may ask: a bucket of requests that fills up again over time.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use super::keys::KeyHash;
use crate::api_error::ApiError;

/// Clients that are remembered; beyond it, those with full buckets are forgotten.
const MAX_CLIENTS: usize = 10_000;
const SECONDS_PER_MINUTE: f64 = 60.0;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    Key(KeyHash),
    /// Without keys, the address; none over a Unix socket.
    Address(Option<IpAddr>),
}

/// So many requests a minute for each client.
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
    pub(crate) fn take(&self, client: Client) -> Result<(), ApiError> {
        self.take_at(client, Instant::now())
    }

    fn take_at(&self, client: Client, now: Instant) -> Result<(), ApiError> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_CLIENTS && !buckets.contains_key(&client) {
            buckets.retain(|_, bucket| self.filled(*bucket, now).requests < self.per_minute);
        }
        let full = Bucket { requests: self.per_minute, at: now };
        let bucket = buckets.entry(client).or_insert(full);
        *bucket = self.filled(*bucket, now);
        if bucket.requests >= 1.0 {
            bucket.requests -= 1.0;
            return Ok(());
        }
        let wait_s = ((1.0 - bucket.requests) * SECONDS_PER_MINUTE / self.per_minute).ceil();
        let message = format!("more than {} requests in a minute; try again in {wait_s} s", self.per_minute);
        Err(ApiError::too_many(message, wait_s as u64).code("rate_limit_exceeded"))
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> Bucket {
        let gained =
            now.saturating_duration_since(bucket.at).as_secs_f64() * self.per_minute / SECONDS_PER_MINUTE;
        Bucket { requests: (bucket.requests + gained).min(self.per_minute), at: now }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_client_that_asks_too_often_waits_and_others_do_not() {
        let limiter = RateLimiter::new(2);
        let (one, other) = (Client::Key([1; 32]), Client::Address(None));
        let start = Instant::now();
        limiter.take_at(one, start).unwrap();
        limiter.take_at(one, start).unwrap();
        assert_eq!(limiter.take_at(one, start).unwrap_err().status(), 429);
        limiter.take_at(other, start).unwrap();
        assert!(limiter.take_at(one, start + Duration::from_secs(29)).is_err());
        limiter.take_at(one, start + Duration::from_secs(31)).unwrap();
    }

    #[test]
    fn those_who_asked_long_ago_are_forgotten() {
        let limiter = RateLimiter::new(60);
        let start = Instant::now();
        for index in 0..MAX_CLIENTS as u32 {
            limiter.take_at(Client::Address(Some(IpAddr::from(index.to_be_bytes()))), start).unwrap();
        }
        limiter.take_at(Client::Address(None), start + Duration::from_mins(1)).unwrap();
        assert_eq!(limiter.buckets.lock().unwrap().len(), 1);
    }
}
