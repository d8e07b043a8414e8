//! A file without the tags in front of its sound, as the decoder library reads it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::io::MediaSource;

use crate::container::{Container, id3_bytes};
use crate::error::AudioError;

/// The first bytes, in which the container is recognised.
const HEAD_BYTES: usize = 512;
/// Zeros that some programs write after tags; more are no padding.
const MOST_ZEROS: u64 = 1 << 20;

/// A file from a byte on.
#[derive(Debug)]
pub(super) struct FileFrom {
    file: File,
    start: u64,
    length: u64,
}

impl FileFrom {
    /// The container of a file, and the byte where it begins.
    ///
    /// # Errors
    /// [`AudioError::NotAudio`], [`AudioError::Empty`], and what `failed` makes of the system's errors.
    pub(super) fn recognise(
        mut file: File,
        failed: impl Fn(io::Error) -> AudioError,
    ) -> Result<(Container, u64), AudioError> {
        let all = file.metadata().map_err(&failed)?.len();
        if all == 0 {
            return Err(AudioError::Empty);
        }
        let mut start = 0;
        let mut head = head_at(&mut file, start).map_err(&failed)?;
        while let Some(tag) = id3_bytes(&head) {
            start += tag as u64;
            head = head_at(&mut file, start).map_err(&failed)?;
        }
        let after_tags = start;
        while start > 0 && head.first() == Some(&0) && start - after_tags < MOST_ZEROS {
            start += head.iter().take_while(|byte| **byte == 0).count() as u64;
            head = head_at(&mut file, start).map_err(&failed)?;
        }
        let (container, _) = Container::recognise(&head)?;
        Ok((container, start))
    }

    /// The file from byte `start` on.
    pub(super) fn new(mut file: File, start: u64) -> io::Result<Self> {
        let length = file.metadata()?.len().saturating_sub(start);
        file.seek(SeekFrom::Start(start))?;
        Ok(Self { file, start, length })
    }
}

impl Read for FileFrom {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.read(bytes)
    }
}

impl Seek for FileFrom {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => SeekFrom::Start(self.start.saturating_add(at)),
            other => other,
        };
        Ok(self.file.seek(to)?.saturating_sub(self.start))
    }
}

impl MediaSource for FileFrom {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}

fn head_at(file: &mut File, start: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut head = Vec::new();
    file.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}
