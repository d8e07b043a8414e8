//! Transfers one file over the network, with resumption, retries and checks.
//!
//! It knows ranges and checks. It must not know which source a file is from.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::thread;
use std::time::Instant;

use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE};
use ureq::http::{HeaderMap, StatusCode, Uri};

use super::digest::Checksum;
use super::error::FetchError;
use super::http::{Attempts, Client, HttpResponse};
use super::progress::{FetchEvent, Observer};
use super::settings::FetcherSettings;
use crate::Location;
use pocket_tts_files::PartialFile;

const CHUNK_BYTES: usize = 1 << 16;

/// What to fetch, how to check it, and who observes it.
pub(super) struct Transfer<'a> {
    pub(super) location: &'a Location,
    pub(super) settings: &'a FetcherSettings,
    pub(super) observer: &'a Observer,
    pub(super) client: &'a Client<'a>,
    pub(super) url: &'a Uri,
    /// The folder for partial files, and the prefix of their names. Different contents must have different prefixes.
    pub(super) folder: &'a Path,
    pub(super) stem: &'a str,
    pub(super) expected_bytes: Option<u64>,
    pub(super) limit_bytes: u64,
    pub(super) checksum: Option<Checksum>,
    /// The `If-Range` header, which prevents a server from sending the rest of a newer file.
    pub(super) if_range: Option<String>,
}

/// A file being received.
struct Receiver {
    partial: PartialFile,
    /// Whether some of the bytes are from an earlier response than the last.
    is_resumed: bool,
    received_bytes: u64,
}

/// The range of a response's bytes.
struct Span {
    start: u64,
    /// The size of the complete file, if announced.
    total: Option<u64>,
}

/// Detects slow transfers.
struct SpeedGuard<'a> {
    settings: &'a FetcherSettings,
    since: Instant,
    bytes: u64,
}

impl Transfer<'_> {
    /// Fetches the file as `target`; `opened` is a response with the complete body, if there already is one. Returns the
    /// number of received bytes.
    pub(super) fn run(&self, target: &Path, opened: Option<HttpResponse>) -> Result<u64, FetchError> {
        let partial = PartialFile::start(self.folder, self.stem).map_err(FetchError::disk(self.folder))?;
        let is_resumed = partial.bytes() > 0;
        let mut receiver = Receiver { partial, is_resumed, received_bytes: 0 };
        let mut attempts = Attempts::new(self.settings);
        let mut opened = opened;
        loop {
            let before = receiver.received_bytes;
            let outcome = self.attempt(&mut receiver, opened.take());
            attempts.record_progress(receiver.received_bytes - before);
            let Err(error) = outcome else { break };
            let Some(delay) = attempts.next(&error) else {
                // Otherwise its drop removes it.
                if error.is_resumable() {
                    receiver.partial.keep();
                }
                return Err(error);
            };
            let (location, reason) = (self.location, &error.summary());
            self.observer.notify(&FetchEvent::Retrying { location, reason, delay });
            thread::sleep(delay);
        }
        receiver.partial.install(target).map_err(FetchError::disk(target))?;
        Ok(receiver.received_bytes)
    }

    /// Resumes after the last attempt. If bytes of several responses don't have the checksum together, the file is
    /// fetched again from its start.
    fn attempt(&self, receiver: &mut Receiver, opened: Option<HttpResponse>) -> Result<(), FetchError> {
        let is_complete = receiver.is_resumed && self.expected_bytes == Some(receiver.partial.bytes());
        let outcome = if is_complete { Ok(()) } else { self.receive(receiver, opened) };
        match outcome.and_then(|()| self.check(&receiver.partial)) {
            Err(FetchError::Damaged { .. }) if receiver.is_resumed => {
                self.restart(receiver)?;
                self.receive(receiver, None)?;
                self.check(&receiver.partial)
            }
            outcome => outcome,
        }
    }

    fn receive(&self, receiver: &mut Receiver, opened: Option<HttpResponse>) -> Result<(), FetchError> {
        let response = match opened {
            Some(response) => response,
            None => self.request(receiver)?,
        };
        let mut span = self.span(&response)?;
        let mut response = response;
        if span.start != 0 && span.start != receiver.partial.bytes() {
            self.restart(receiver)?;
            response = self.client.get(self.url, &[])?;
            span = self.span(&response)?;
        }
        if span.start == 0 {
            // A server without support for ranges sends the complete file.
            self.restart(receiver)?;
        } else {
            receiver.is_resumed = true;
        }
        let total = self.expected_bytes.or(span.total);
        if span.total > total {
            let (announced, expected) = (span.total.unwrap_or_default(), total.unwrap_or_default());
            return Err(self.damaged(&format!("{announced} bytes instead of {expected}")));
        }
        self.read(receiver, response, total)
    }

    /// Requests the missing bytes.
    fn request(&self, receiver: &mut Receiver) -> Result<HttpResponse, FetchError> {
        let done = receiver.partial.bytes();
        if done == 0 {
            return self.client.get(self.url, &[]);
        }
        let range = format!("bytes={done}-");
        let mut headers = vec![("Range", range.as_str())];
        headers.extend(self.if_range.as_deref().map(|validator| ("If-Range", validator)));
        match self.client.get(self.url, &headers) {
            // The file ends before the requested range, so the partial file is of another file.
            Err(FetchError::Status { status: 416, .. }) => {
                self.restart(receiver)?;
                self.client.get(self.url, &[])
            }
            outcome => outcome,
        }
    }

    fn read(
        &self,
        receiver: &mut Receiver,
        response: HttpResponse,
        total: Option<u64>,
    ) -> Result<(), FetchError> {
        let (location, total_bytes) = (self.location, total);
        let done_bytes = receiver.partial.bytes();
        self.observer.notify(&FetchEvent::Started { location, done_bytes, total_bytes });
        let mut reader = response.inner.into_body().into_reader();
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut guard = SpeedGuard { settings: self.settings, since: Instant::now(), bytes: 0 };
        loop {
            let done = receiver.partial.bytes();
            if done.max(total.unwrap_or_default()) > self.limit_bytes {
                return Err(FetchError::TooLarge {
                    location: location.clone(),
                    limit_bytes: self.limit_bytes,
                });
            }
            if let Some(total) = total.filter(|total| done > *total) {
                return Err(self.damaged(&format!("more than {total} bytes")));
            }
            let stall_timeout = self.settings.stall_timeout;
            let count = reader.read(&mut chunk);
            let count = count.map_err(|error| FetchError::from_body(location, &error, stall_timeout))?;
            if count == 0 {
                break;
            }
            let part = chunk.get(..count).unwrap_or_default();
            receiver.partial.append(part).map_err(FetchError::disk(self.folder))?;
            receiver.received_bytes += count as u64;
            let (bytes, done_bytes) = (count as u64, receiver.partial.bytes());
            self.observer.notify(&FetchEvent::Received { location, bytes, done_bytes });
            if guard.is_too_slow(bytes) && total != Some(done_bytes) {
                let least_bytes_per_second = self.settings.least_bytes_per_second;
                return Err(FetchError::TooSlow { location: location.clone(), least_bytes_per_second });
            }
        }
        match total.filter(|total| receiver.partial.bytes() < *total) {
            None => Ok(()),
            Some(total) => Err(FetchError::Incomplete {
                location: location.clone(),
                reason: format!("{} of {total} bytes received", receiver.partial.bytes()),
            }),
        }
    }

    fn check(&self, partial: &PartialFile) -> Result<(), FetchError> {
        let Some(checksum) = &self.checksum else { return Ok(()) };
        if checksum.matches(partial.file()).map_err(FetchError::disk(self.folder))? {
            return Ok(());
        }
        Err(self.damaged("its bytes don't have the announced checksum"))
    }

    fn restart(&self, receiver: &mut Receiver) -> Result<(), FetchError> {
        receiver.is_resumed = false;
        receiver.partial.restart().map_err(FetchError::disk(self.folder))
    }

    fn span(&self, response: &HttpResponse) -> Result<Span, FetchError> {
        let headers = response.inner.headers();
        match response.inner.status() {
            StatusCode::OK => Ok(Span { start: 0, total: content_length(headers) }),
            StatusCode::PARTIAL_CONTENT => content_range(headers)
                .ok_or_else(|| self.client.protocol("the server sent an invalid Content-Range")),
            status => Err(self.client.protocol(&format!("the server responded with status {status}"))),
        }
    }

    fn damaged(&self, reason: &str) -> FetchError {
        FetchError::Damaged { location: self.location.clone(), reason: reason.to_owned() }
    }
}

impl SpeedGuard<'_> {
    /// Adds received bytes. Returns, at the end of each window, whether there were too few in it.
    fn is_too_slow(&mut self, bytes: u64) -> bool {
        self.bytes += bytes;
        let elapsed = self.since.elapsed();
        if elapsed < self.settings.speed_window {
            return false;
        }
        let least = self.settings.least_bytes_per_second as f64 * elapsed.as_secs_f64();
        let is_too_slow = (self.bytes as f64) < least;
        (self.since, self.bytes) = (Instant::now(), 0);
        is_too_slow
    }
}

/// Whether `path` is a file, of this size if one is known.
pub(super) fn is_complete(path: &Path, expected_bytes: Option<u64>) -> bool {
    let metadata = File::open(path).and_then(|file| file.metadata());
    metadata.is_ok_and(|found| found.is_file() && expected_bytes.is_none_or(|bytes| found.len() == bytes))
}

/// The length of a response's body.
pub(super) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// Parses `bytes START-END/TOTAL`.
fn content_range(headers: &HeaderMap) -> Option<Span> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?.trim().strip_prefix("bytes ")?;
    let (span, total) = range.split_once('/')?;
    let start = span.split_once('-')?.0.trim().parse().ok()?;
    Some(Span { start, total: total.trim().parse().ok() })
}
