//! A FLAC file, whose frames are found by decoding one after another, and by bisection. Knows bytes and places.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::checksum;
use super::decoder::FlacDecoder;
use super::header::FrameHeader;
use crate::error::AudioError;
use crate::source::Stop;

const MARKER: &[u8; 4] = b"fLaC";
const STREAM_HEADER_BYTES: usize = 34;
const CHECKSUM_BYTES: usize = 2;
/// Bytes that are read at once.
const CHUNK: usize = 1 << 16;
/// Bytes that a header is looked for in at once.
const SEARCHED: usize = 1 << 14;
/// In fewer bytes a frame is looked for from the first on.
const NARROW: u64 = 1 << 15;

/// A FLAC file.
pub(crate) struct FlacFile {
    file: File,
    decoder: FlacDecoder,
    first_frame: u64,
    length: u64,
    /// Bytes of the file from `offset` on, of which those before `next` are used.
    bytes: Vec<u8>,
    offset: u64,
    next: usize,
}

impl FlacFile {
    /// Opens a file whose stream begins at byte `start`. `None` if it has more than 24 bits per sample, or its header is
    /// none; the library reads the former, and says what is wrong with the latter.
    pub(crate) fn open(mut file: File, start: u64) -> Option<Self> {
        let length = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(start)).ok()?;
        let mut front = [0; MARKER.len() + 4 + STREAM_HEADER_BYTES];
        file.read_exact(&mut front).ok()?;
        let (marker, block) = front.split_at(MARKER.len());
        let [kind, a, b, c, header @ ..] = block else { return None };
        if marker != MARKER || kind & 0x7f != 0 || [*a, *b, *c] != [0, 0, STREAM_HEADER_BYTES as u8] {
            return None;
        }
        let decoder = FlacDecoder::new(header)?;
        let mut is_last = kind & 0x80 != 0;
        let mut first_frame = start + front.len() as u64;
        while !is_last {
            let mut block = [0; 4];
            file.seek(SeekFrom::Start(first_frame)).ok()?;
            file.read_exact(&mut block).ok()?;
            let [kind, a, b, c] = block;
            is_last = kind & 0x80 != 0;
            first_frame += 4 + u64::from(u32::from_be_bytes([0, a, b, c]));
        }
        Some(Self { file, decoder, first_frame, length, bytes: Vec::new(), offset: first_frame, next: 0 })
    }

    /// Samples per second and channels.
    pub(crate) fn spec(&self) -> (u32, usize) {
        let stream = self.decoder.stream();
        (stream.sample_rate_hz, stream.channels)
    }

    /// Samples of each channel, if the header states them.
    pub(crate) fn frames(&self) -> Option<u64> {
        Some(self.decoder.stream().all_frames).filter(|frames| *frames > 0)
    }

    /// Decodes the next frame into `interleaved`. Returns the place of its first sample.
    pub(crate) fn next(&mut self, interleaved: &mut Vec<f32>) -> Result<u64, Stop> {
        interleaved.clear();
        self.fill(self.largest_frame(), CHUNK)?;
        if self.next >= self.bytes.len() {
            return Err(Stop::End);
        }
        let bytes = &self.bytes[self.next..];
        let header = FrameHeader::find_at_start(bytes, self.decoder.stream());
        let decoded = header.and_then(|header| {
            let length = self.decoder.decode_first(bytes, interleaved)? + CHECKSUM_BYTES;
            let is_whole = bytes.get(..length).is_some_and(|frame| checksum::of_frame(frame) == 0);
            is_whole.then_some((header.start(self.decoder.stream()), length))
        });
        if let Some((start, length)) = decoded {
            self.next += length;
            return Ok(start);
        }
        interleaved.clear();
        // What is behind the last frame, like a tag, isn't damaged.
        self.find_next(self.length)?.ok_or(Stop::End)?;
        Err(Stop::Damaged(AudioError::Decoder { reason: "its FLAC frames are damaged".to_owned() }))
    }

    /// Makes the frame with the sample at `place` the next one, or one in front of it.
    pub(crate) fn seek(&mut self, place: u64) -> Result<(), Stop> {
        if self.frames().is_some_and(|frames| place >= frames) {
            return Err(Stop::End);
        }
        let (mut low, mut high) = (self.first_frame, self.length);
        while high.saturating_sub(low) > NARROW {
            let middle = low + (high - low) / 2;
            self.go_to(middle - 1);
            match self.find_next(high)? {
                Some(header) if header.start(self.decoder.stream()) <= place => low = self.place(),
                _ => high = middle,
            }
        }
        // From frame to frame, by their headers, whose places ascend.
        self.go_to(low);
        let mut latest = None;
        while let Some(header) = self.find_next(self.length)? {
            let start = header.start(self.decoder.stream());
            if start > place {
                break;
            }
            if latest.is_none_or(|latest| start > latest) {
                (latest, low) = (Some(start), self.place());
            }
        }
        self.go_to(low);
        Ok(())
    }

    /// The place of the next byte in the file.
    fn place(&self) -> u64 {
        self.offset + self.next as u64
    }

    fn go_to(&mut self, place: u64) {
        let inside = place.checked_sub(self.offset).and_then(|next| usize::try_from(next).ok());
        if let Some(next) = inside.filter(|next| *next <= self.bytes.len()) {
            self.next = next;
        } else {
            self.bytes.clear();
            (self.offset, self.next) = (place, 0);
        }
    }

    /// Goes on to the next header behind the next byte and in front of byte `limit` of the file. `None` if there is none.
    fn find_next(&mut self, limit: u64) -> Result<Option<FrameHeader>, Stop> {
        self.next += 1;
        while self.place() < limit {
            self.fill(SEARCHED, 0)?;
            let bytes = self.bytes.get(self.next..).unwrap_or_default();
            let is_sync = |pair: &[u8]| pair[0] == 0xff && pair[1] & 0xfe == 0xf8;
            let mut places = bytes.windows(2).enumerate().filter(|(_, pair)| is_sync(pair)).map(|(at, _)| at);
            let stream = self.decoder.stream();
            let found = places.find_map(|at| Some((at, FrameHeader::find_at_start(&bytes[at..], stream)?)));
            if let Some((at, header)) = found {
                self.next += at;
                return Ok((self.place() < limit).then_some(header));
            }
            if self.offset + self.bytes.len() as u64 >= self.length {
                break;
            }
            // A header may have begun in the last bytes.
            self.next += bytes.len().saturating_sub(LARGEST_HEADER);
        }
        self.next = self.bytes.len();
        Ok(None)
    }

    /// Bytes of the largest frame: twice its samples.
    fn largest_frame(&self) -> usize {
        let stream = self.decoder.stream();
        let samples = stream.most_frames * stream.channels;
        LARGEST_HEADER + samples * (stream.bits as usize + 1) / 4 + 16 * stream.channels
    }

    /// Reads until `length` bytes are there, or all of the file, and `more` if it reads.
    fn fill(&mut self, length: usize, more: usize) -> Result<(), Stop> {
        if self.bytes.len().saturating_sub(self.next) >= length {
            return Ok(());
        }
        let used = self.next.min(self.bytes.len());
        self.bytes.drain(..used);
        self.offset += used as u64;
        self.next -= used;
        let end = self.offset + self.bytes.len() as u64;
        if end >= self.length {
            return Ok(());
        }
        let failed = |reason| Stop::Failed(AudioError::Read { name: "the audio data".to_owned(), reason });
        self.file.seek(SeekFrom::Start(end)).map_err(failed)?;
        let wanted = (self.next + length + more - self.bytes.len()) as u64;
        let read = (&self.file).take(wanted).read_to_end(&mut self.bytes).map_err(failed)?;
        if read == 0 {
            // The file has become shorter.
            self.length = end;
        }
        Ok(())
    }
}

/// Bytes of a header, at most, with its checksum.
const LARGEST_HEADER: usize = 16;
