//! Limits for each client: requests at once, and seconds of audio a minute.
//!
//! It must not know how clients are identified.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use crate::{api_error::ApiError, guard::client::Client, names::counted};

/// Clients that are remembered. Beyond this number, clients without requests and without debts are forgotten.
const MAX_CLIENTS: usize = 10_000;
const SECONDS_PER_MINUTE: f64 = 60.0;

/// What each client uses, and the limits.
#[derive(Debug)]
pub(crate) struct Clients {
    max_requests: Option<usize>,
    /// Seconds of audio a minute.
    max_audio_s: Option<f64>,
    entries: Mutex<HashMap<Client, ClientUsage>>,
}

#[derive(Debug)]
struct ClientUsage {
    requests: usize,
    /// Seconds of audio that the client may request; negative after a long request.
    audio_s: f64,
    at: Instant,
}

/// Counts a request of a client until dropped.
#[derive(Debug)]
pub(crate) struct ClientRequest {
    clients: Arc<Clients>,
    client: Client,
}

impl Clients {
    /// Limits the requests of one client at once, and its seconds of audio a minute.
    pub(crate) fn new(max_requests: Option<usize>, max_audio_s: Option<f64>) -> Self {
        Self { max_requests, max_audio_s, entries: Mutex::default() }
    }

    /// Counts a request.
    ///
    /// # Errors
    ///
    /// If the client has reached a limit.
    pub(crate) fn enter(self: &Arc<Self>, client: Client) -> Result<ClientRequest, ApiError> {
        self.enter_at(client, Instant::now())
    }

    fn enter_at(self: &Arc<Self>, client: Client, now: Instant) -> Result<ClientRequest, ApiError> {
        let full_s = self.max_audio_s.unwrap_or(0.0);
        let mut entries = self.lock();
        if entries.len() >= MAX_CLIENTS && !entries.contains_key(&client) {
            entries.retain(|_, entry| {
                self.refill(entry, now);
                entry.requests > 0 || entry.audio_s < full_s
            });
        }
        let entry = entries.entry(client).or_insert(ClientUsage { requests: 0, audio_s: full_s, at: now });
        self.refill(entry, now);
        if let Some(limit) = self.max_requests.filter(|limit| entry.requests >= *limit) {
            let message = format!(
                "this client has {} in progress, which is the limit; wait for one to end",
                counted(limit, "request")
            );
            return Err(ApiError::too_many(message, 1).code("too_many_requests_of_client"));
        }
        if let Some(limit) = self.max_audio_s.filter(|_| entry.audio_s <= 0.0) {
            let wait_s = 1 + (-entry.audio_s * SECONDS_PER_MINUTE / limit).ceil() as u64;
            let message = format!(
                "this client has received more than {limit} s of audio in a minute; try again in {wait_s} s"
            );
            return Err(ApiError::too_many(message, wait_s).code("audio_limit_exceeded"));
        }
        entry.requests += 1;
        Ok(ClientRequest { clients: Arc::clone(self), client })
    }

    fn refill(&self, entry: &mut ClientUsage, now: Instant) {
        let Some(limit) = self.max_audio_s else { return };
        let passed_s = now.saturating_duration_since(entry.at).as_secs_f64();
        entry.audio_s = (entry.audio_s + passed_s * limit / SECONDS_PER_MINUTE).min(limit);
        entry.at = now;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Client, ClientUsage>> {
        // No code that can panic runs under the lock.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientRequest {
    /// Charges generated audio to the client; a negative amount is given back.
    pub(crate) fn charge(&self, audio_s: f64) {
        let full_s = self.clients.max_audio_s.unwrap_or(0.0);
        if let Some(entry) = self.clients.lock().get_mut(&self.client) {
            entry.audio_s = (entry.audio_s - audio_s).min(full_s);
        }
    }
}

impl Drop for ClientRequest {
    fn drop(&mut self) {
        let mut entries = self.clients.lock();
        if let Some(entry) = entries.get_mut(&self.client) {
            entry.requests -= 1;
            if entry.requests == 0 && self.clients.max_audio_s.is_none() {
                entries.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::IpAddr, time::Duration};

    use super::*;

    fn client(index: u32) -> Client {
        Client::Address(Some(IpAddr::from(index.to_be_bytes())))
    }

    #[test]
    fn the_limit_of_requests_is_per_client() {
        let clients = Arc::new(Clients::new(Some(2), None));
        let held = [clients.enter(client(1)).unwrap(), clients.enter(client(1)).unwrap()];
        assert_eq!(clients.enter(client(1)).unwrap_err().status(), 429);
        drop(clients.enter(client(2)).unwrap());
        drop(held);
        drop(clients.enter(client(1)).unwrap());
        let strict = Arc::new(Clients::new(Some(1), None));
        let _held = strict.enter(client(1)).unwrap();
        let refused = strict.enter(client(1)).unwrap_err().to_string();
        assert!(refused.starts_with("this client has 1 request in progress"), "{refused}");
        assert!(clients.lock().is_empty());
    }

    #[test]
    fn audio_is_charged_afterwards() {
        let clients = Arc::new(Clients::new(None, Some(60.0)));
        let start = Instant::now();
        let first = clients.enter_at(client(1), start).unwrap();
        first.charge(90.0);
        drop(first);
        let refused = clients.enter_at(client(1), start).unwrap_err();
        assert!(refused.to_string().contains("try again in 31 s"), "{refused}");
        drop(clients.enter_at(client(2), start).unwrap());
        assert!(clients.enter_at(client(1), start + Duration::from_secs(29)).is_err());
        drop(clients.enter_at(client(1), start + Duration::from_secs(31)).unwrap());
    }

    #[test]
    fn a_client_never_gets_more_back_than_its_limit() {
        let clients = Arc::new(Clients::new(None, Some(60.0)));
        let request = clients.enter(client(1)).unwrap();
        request.charge(90.0);
        request.charge(-500.0);
        let left_s = clients.lock()[&client(1)].audio_s;
        assert!((left_s - 60.0).abs() < f64::EPSILON, "{left_s} s");
    }

    #[test]
    fn clients_without_debts_are_forgotten() {
        let clients = Arc::new(Clients::new(None, Some(60.0)));
        let start = Instant::now();
        for index in 0..MAX_CLIENTS as u32 {
            clients.enter_at(client(index), start).unwrap().charge(if index == 7 { 600.0 } else { 1.0 });
        }
        drop(clients.enter_at(Client::Address(None), start + Duration::from_mins(1)).unwrap());
        assert_eq!(clients.lock().len(), 2, "one has a debt, one is new");
    }
}
