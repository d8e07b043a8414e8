//! Sentences of standard input while the writer is still writing. It must not know how they are spoken.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use pocket_tts_core::SentenceSplitter;

use crate::exit::Failure;
use crate::text_problem::{MAX_TEXT_BYTES, no_text, not_utf8, too_large};

/// A writer that pauses so long after the end of a sentence has ended it. Otherwise a sentence ends when the next one
/// begins, as only then it is known whether `Dr.` or `3.` was its end.
const WRITER_PAUSE: Duration = Duration::from_millis(500);
/// How often the wait for text may be given up.
const PATIENCE: Duration = Duration::from_millis(50);
/// Bytes that are read at once.
const BLOCK_BYTES: usize = 64 << 10;
/// Blocks that may wait. When there are more, the writer waits.
const WAITING_BLOCKS: usize = 16;
/// Sentences that are given at once.
const MOST_SENTENCES: usize = 32;
/// Where the text is, for messages.
const PLACE: &str = "on standard input";

/// The text of standard input as it comes.
#[derive(Debug)]
pub(crate) struct StandardInput {
    blocks: Receiver<Block>,
    decoder: Decoder,
    splitter: SentenceSplitter,
    /// The text that the splitter holds.
    pending: String,
    /// Whether the pending text is a sentence if the writer pauses.
    is_sentence: bool,
    last_block: Instant,
    sentences: Vec<String>,
    has_ended: bool,
}

/// Bytes, and when they came.
type Block = (Instant, io::Result<Vec<u8>>);

impl StandardInput {
    /// Begins to read, and waits until there is text.
    ///
    /// # Errors
    ///
    /// If standard input ends without text, or can't be read, or begins with something else than UTF-8.
    pub(crate) fn open() -> Result<Self, Failure> {
        let (sender, blocks) = sync_channel(WAITING_BLOCKS);
        let reader = thread::Builder::new().name("standard-input".to_owned());
        reader.spawn(move || read(io::stdin().lock(), &sender)).map_err(Failure::Read)?;
        Self::of(blocks)
    }

    fn of(blocks: Receiver<Block>) -> Result<Self, Failure> {
        let mut input = Self {
            blocks,
            decoder: Decoder::default(),
            splitter: SentenceSplitter::default(),
            pending: String::new(),
            is_sentence: false,
            last_block: Instant::now(),
            sentences: Vec::new(),
            has_ended: false,
        };
        while !input.has_text() {
            if input.has_ended {
                return Err(no_text(PLACE));
            }
            input.wait(PATIENCE)?;
        }
        Ok(input)
    }

    /// The next sentences; none at the end of the text. Waits for them unless `is_over`.
    ///
    /// # Errors
    ///
    /// If the text goes on with something else than UTF-8, becomes too large or can't be read.
    pub(crate) fn sentences(&mut self, is_over: impl Fn() -> bool) -> Result<Vec<String>, Failure> {
        while self.sentences.is_empty() && !self.has_ended && !is_over() {
            let until_pause = WRITER_PAUSE.saturating_sub(self.last_block.elapsed());
            let timeout = if self.is_sentence { until_pause.min(PATIENCE) } else { PATIENCE };
            let has_paused = !self.wait(timeout)? && self.last_block.elapsed() >= WRITER_PAUSE;
            if self.is_sentence && has_paused {
                let sentence = self.splitter.flush();
                self.end_pending(sentence);
            }
        }
        let count = self.sentences.len().min(MOST_SENTENCES);
        Ok(self.sentences.drain(..count).collect())
    }

    fn has_text(&self) -> bool {
        !(self.sentences.is_empty() && self.pending.trim().is_empty())
    }

    /// Waits for a block or the end. Returns whether either came in time.
    fn wait(&mut self, timeout: Duration) -> Result<bool, Failure> {
        match self.blocks.recv_timeout(timeout) {
            Ok((time, block)) => {
                let text = self.decoder.decode(&block.map_err(Failure::Read)?)?;
                self.last_block = time;
                self.push(&text);
                Ok(true)
            }
            Err(RecvTimeoutError::Timeout) => Ok(false),
            Err(RecvTimeoutError::Disconnected) => {
                self.decoder.finish()?;
                self.has_ended = true;
                let rest = self.splitter.finish();
                self.end_pending(rest);
                Ok(true)
            }
        }
    }

    fn push(&mut self, text: &str) {
        self.pending.push_str(text);
        let complete = self.splitter.push(text);
        let length: usize = complete.iter().map(String::len).sum();
        self.pending.drain(..length);
        self.sentences.extend(complete);
        self.is_sentence = ends_with_sentence(&self.pending);
    }

    /// Ends the pending text, which is this.
    fn end_pending(&mut self, text: Option<String>) {
        self.sentences.extend(text);
        self.pending.clear();
        self.is_sentence = false;
    }
}

/// Whether a sentence ends where the text does, if another one follows.
fn ends_with_sentence(text: &str) -> bool {
    const NEXT: &str = " And so";
    let mut rest = text;
    while !rest.trim().is_empty() {
        // A splitter gives its first sentence however short it is.
        let mut splitter = SentenceSplitter::default();
        let complete = splitter.push(rest).into_iter().chain(splitter.push(NEXT));
        match complete.map(|sentence| sentence.len()).sum() {
            0 => return false,
            length => rest = rest.get(length..).unwrap_or_default(),
        }
    }
    true
}

/// Sends what can be read, until the end or until nobody listens.
fn read(mut input: impl Read, blocks: &SyncSender<Block>) {
    let mut bytes = vec![0; BLOCK_BYTES];
    loop {
        let block = match input.read(&mut bytes) {
            Ok(0) => return,
            Ok(count) => Ok(bytes[..count].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_last = block.is_err();
        if blocks.send((Instant::now(), block)).is_err() || is_last {
            return;
        }
    }
}

/// Decodes UTF-8 that comes in blocks.
#[derive(Debug, Default)]
struct Decoder {
    /// The bytes of a character that isn't complete.
    rest: Vec<u8>,
    /// Bytes before those.
    decoded: usize,
}

impl Decoder {
    fn decode(&mut self, block: &[u8]) -> Result<String, Failure> {
        self.rest.extend_from_slice(block);
        if (self.decoded + self.rest.len()) as u64 > MAX_TEXT_BYTES {
            return Err(too_large(PLACE));
        }
        let valid = match std::str::from_utf8(&self.rest) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(error) => return Err(not_utf8(PLACE, self.decoded + error.valid_up_to())),
        };
        let bytes: Vec<u8> = self.rest.drain(..valid).collect();
        let is_first = self.decoded == 0;
        self.decoded += valid;
        let text = String::from_utf8(bytes).map_err(|_| not_utf8(PLACE, self.decoded))?;
        // A byte-order mark is not spoken.
        Ok(text.strip_prefix('\u{feff}').filter(|_| is_first).map(str::to_owned).unwrap_or(text))
    }

    /// Checks that no character is incomplete.
    fn finish(&self) -> Result<(), Failure> {
        if self.rest.is_empty() { Ok(()) } else { Err(not_utf8(PLACE, self.decoded)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a writer of these blocks says, who closes the pipe after them.
    fn spoken(blocks: &[&[u8]]) -> Result<Vec<String>, Failure> {
        let (sender, receiver) = sync_channel(blocks.len().max(1));
        for block in blocks {
            // The channel has room for all of them.
            drop(sender.send((Instant::now(), Ok(block.to_vec()))));
        }
        drop(sender);
        let mut input = StandardInput::of(receiver)?;
        let mut all = Vec::new();
        loop {
            let some = input.sentences(|| false)?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
        }
    }

    #[test]
    fn characters_may_be_cut_anywhere() {
        let text = "\u{feff}Él dijo «sí». Después 😀 llegó. ¿Y él? \u{feff}No.".as_bytes();
        let expected = spoken(&[text]).unwrap();
        assert!(expected.len() > 1 && expected[0].starts_with('É'), "{expected:?}");
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(spoken(&bytes).unwrap(), expected);
    }

    #[test]
    fn what_is_not_a_text_is_refused_wherever_it_is() {
        let message = |blocks: &[&[u8]]| spoken(blocks).unwrap_err().to_string();
        assert!(message(&[]).starts_with("there is no text on standard input"));
        assert!(message(&[b"\xef\xbb\xbf \n", b"\t"]).starts_with("there is no text on standard input"));
        assert!(message(&[b"caf\xe9"]).contains("is not UTF-8 (byte 3 is"));
        assert!(message(&[b"Good morning. And then caf", b"\xe9."]).contains("(byte 26 is"));
        assert!(message(&[b"Good \xf0\x9f", b"\x98"]).contains("(byte 5 is"));
        let block = vec![b'a'; 1 << 20];
        assert!(message(&[&block[..]; 17]).contains("larger than 16777216 bytes"));
    }

    #[test]
    fn a_sentence_ends_where_another_one_could_follow() {
        for text in ["Good morning.", "Good morning. ", "Yes. No.\n", "It was 1999.", "One, two. Three!"] {
            assert!(ends_with_sentence(text), "{text:?}");
        }
        for text in ["Good", "Good morning. The", "Good morning, Dr.", "Yes. [pau", "one,", "3"] {
            assert!(!ends_with_sentence(text), "{text:?}");
        }
    }

    #[test]
    fn a_writer_who_pauses_after_a_sentence_has_ended_it_and_nowhere_else() {
        let (sender, receiver) = sync_channel(4);
        let long_ago = Instant::now().checked_sub(WRITER_PAUSE).unwrap();
        let write = |text: &str| sender.send((long_ago, Ok(text.as_bytes().to_vec()))).unwrap();
        write("Good mor");
        let mut input = StandardInput::of(receiver).unwrap();
        // The writer pauses inside a sentence until the fourth look.
        let looks = std::cell::Cell::new(0);
        let no_patience = || looks.replace(looks.get() + 1) > 3;
        assert_eq!(input.sentences(no_patience).unwrap(), [""; 0]);
        write("ning, Dr.");
        looks.set(0);
        assert_eq!(input.sentences(no_patience).unwrap(), [""; 0]);
        write(" Hill.");
        assert_eq!(input.sentences(|| false).unwrap(), ["Good morning, Dr. Hill."]);
        write(" Yes. ");
        assert_eq!(input.sentences(|| false).unwrap(), [" Yes. "]);
        drop(sender);
        assert_eq!(input.sentences(|| false).unwrap(), [""; 0]);
    }
}
