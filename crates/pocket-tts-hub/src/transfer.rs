//! One file over the network, until it is whole and checked, or can't be had.
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
use super::http::{Answer, Attempts, Client};
use super::progress::{FetchEvent, Observer};
use super::settings::FetcherSettings;
use crate::Location;
use pocket_tts_files::PartialFile;

const CHUNK_BYTES: usize = 1 << 16;

/// What is fetched, how it is known to be whole, and who is told.
pub(super) struct Transfer<'a> {
    pub(super) location: &'a Location,
    pub(super) settings: &'a FetcherSettings,
    pub(super) observer: &'a Observer,
    pub(super) client: &'a Client<'a>,
    pub(super) url: &'a Uri,
    /// The folder for unfinished files, and what their names begin with. It must differ for other content.
    pub(super) folder: &'a Path,
    pub(super) stem: &'a str,
    pub(super) expected_bytes: Option<u64>,
    pub(super) limit_bytes: u64,
    pub(super) checksum: Option<Checksum>,
    /// The header that keeps a server from adding the rest of a newer file.
    pub(super) if_range: Option<String>,
}

/// A file on its way.
struct Receiver {
    partial: PartialFile,
    /// Whether some of the bytes are from an earlier answer than the last.
    is_pieced: bool,
    received_bytes: u64,
}

/// Where an answer's bytes belong.
struct Span {
    start: u64,
    /// The size of the whole file, if told.
    total: Option<u64>,
}

/// Watches over a transfer's speed.
struct SpeedGuard<'a> {
    settings: &'a FetcherSettings,
    since: Instant,
    bytes: u64,
}

impl Transfer<'_> {
    /// Fetches the file and gives it the name `target`; `opened` is an answer with all of it, if there is one
    /// already. Returns how many bytes came over the network.
    pub(super) fn run(&self, target: &Path, opened: Option<Answer>) -> Result<u64, FetchError> {
        let partial = PartialFile::begin(self.folder, self.stem).map_err(FetchError::disk(self.folder))?;
        let is_pieced = partial.bytes() > 0;
        let mut receiver = Receiver { partial, is_pieced, received_bytes: 0 };
        let mut attempts = Attempts::new(self.settings);
        let mut opened = opened;
        loop {
            let before = receiver.received_bytes;
            let outcome = self.attempt(&mut receiver, opened.take());
            attempts.headway(receiver.received_bytes - before);
            let Err(error) = outcome else { break };
            let Some(delay) = attempts.next(&error) else {
                // What is of no use is removed by its drop.
                if error.leaves_a_beginning() {
                    receiver.partial.keep();
                }
                return Err(error);
            };
            let (location, reason) = (self.location, &error.in_short());
            self.observer.tell(&FetchEvent::Retrying { location, reason, delay });
            thread::sleep(delay);
        }
        receiver.partial.install(target).map_err(FetchError::disk(target))?;
        Ok(receiver.received_bytes)
    }

    /// Goes on where the last attempt ended. Bytes of several answers that don't fit together are thrown away,
    /// and all is fetched anew.
    fn attempt(&self, receiver: &mut Receiver, opened: Option<Answer>) -> Result<(), FetchError> {
        let is_complete = receiver.is_pieced && self.expected_bytes == Some(receiver.partial.bytes());
        let outcome = if is_complete { Ok(()) } else { self.receive(receiver, opened) };
        match outcome.and_then(|()| self.check(&receiver.partial)) {
            Err(FetchError::Damaged { .. }) if receiver.is_pieced => {
                self.restart(receiver)?;
                self.receive(receiver, None)?;
                self.check(&receiver.partial)
            }
            outcome => outcome,
        }
    }

    fn receive(&self, receiver: &mut Receiver, opened: Option<Answer>) -> Result<(), FetchError> {
        let answer = match opened {
            Some(answer) => answer,
            None => self.request(receiver)?,
        };
        let mut span = self.span(&answer)?;
        let mut answer = answer;
        if span.start != 0 && span.start != receiver.partial.bytes() {
            self.restart(receiver)?;
            answer = self.client.get(self.url, &[])?;
            span = self.span(&answer)?;
        }
        if span.start == 0 {
            // A server that doesn't know ranges sends everything.
            self.restart(receiver)?;
        } else {
            receiver.is_pieced = true;
        }
        let total = self.expected_bytes.or(span.total);
        if span.total > total {
            let (announced, expected) = (span.total.unwrap_or_default(), total.unwrap_or_default());
            return Err(self.damaged(&format!("{announced} bytes instead of {expected}")));
        }
        self.read(receiver, answer, total)
    }

    /// Asks for what is missing.
    fn request(&self, receiver: &mut Receiver) -> Result<Answer, FetchError> {
        let done = receiver.partial.bytes();
        if done == 0 {
            return self.client.get(self.url, &[]);
        }
        let range = format!("bytes={done}-");
        let mut headers = vec![("Range", range.as_str())];
        headers.extend(self.if_range.as_deref().map(|validator| ("If-Range", validator)));
        match self.client.get(self.url, &headers) {
            // There is nothing behind these bytes, so they are not the beginning of that file.
            Err(FetchError::Status { status: 416, .. }) => {
                self.restart(receiver)?;
                self.client.get(self.url, &[])
            }
            outcome => outcome,
        }
    }

    fn read(&self, receiver: &mut Receiver, answer: Answer, total: Option<u64>) -> Result<(), FetchError> {
        let (location, total_bytes) = (self.location, total);
        let done_bytes = receiver.partial.bytes();
        self.observer.tell(&FetchEvent::Started { location, done_bytes, total_bytes });
        let mut reader = answer.response.into_body().into_reader();
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
            self.observer.tell(&FetchEvent::Received { location, bytes, done_bytes });
            if guard.is_too_slow(bytes) && total != Some(done_bytes) {
                let least_bytes_per_second = self.settings.least_bytes_per_second;
                return Err(FetchError::TooSlow { location: location.clone(), least_bytes_per_second });
            }
        }
        match total.filter(|total| receiver.partial.bytes() < *total) {
            None => Ok(()),
            Some(total) => Err(FetchError::Incomplete {
                location: location.clone(),
                reason: format!("{} of {total} bytes came", receiver.partial.bytes()),
            }),
        }
    }

    fn check(&self, partial: &PartialFile) -> Result<(), FetchError> {
        let Some(checksum) = &self.checksum else { return Ok(()) };
        if checksum.fits(partial.file()).map_err(FetchError::disk(self.folder))? {
            return Ok(());
        }
        Err(self.damaged("its bytes don't have the announced checksum"))
    }

    fn restart(&self, receiver: &mut Receiver) -> Result<(), FetchError> {
        receiver.is_pieced = false;
        receiver.partial.restart().map_err(FetchError::disk(self.folder))
    }

    fn span(&self, answer: &Answer) -> Result<Span, FetchError> {
        let headers = answer.response.headers();
        match answer.response.status() {
            StatusCode::OK => Ok(Span { start: 0, total: content_length(headers) }),
            StatusCode::PARTIAL_CONTENT => content_range(headers)
                .ok_or_else(|| self.client.protocol("the server sent an unknown part of it")),
            status => Err(self.client.protocol(&format!("the server answered with status {status}"))),
        }
    }

    fn damaged(&self, reason: &str) -> FetchError {
        FetchError::Damaged { location: self.location.clone(), reason: reason.to_owned() }
    }
}

impl SpeedGuard<'_> {
    /// Takes note of bytes, and tells at the end of each window whether there were too few in it.
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
pub(super) fn is_whole(path: &Path, expected_bytes: Option<u64>) -> bool {
    let metadata = File::open(path).and_then(|file| file.metadata());
    metadata.is_ok_and(|found| found.is_file() && expected_bytes.is_none_or(|bytes| found.len() == bytes))
}

/// The length of an answer's body.
pub(super) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// Reads `bytes START-END/TOTAL`.
fn content_range(headers: &HeaderMap) -> Option<Span> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?.trim().strip_prefix("bytes ")?;
    let (span, total) = range.split_once('/')?;
    let start = span.split_once('-')?.0.trim().parse().ok()?;
    Some(Span { start, total: total.trim().parse().ok() })
}
