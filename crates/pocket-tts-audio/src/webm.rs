//! Finds the Opus packets in `WebM` and Matroska files, as browsers record them. Knows the container only.
//!
//! The file is read once, element by element, and only forward: each step consumes at least two bytes, so no file causes
//! a loop. No allocation depends on sizes that a file declares.
//!
//! Source: RFC 9559, Matroska; RFC 8794, EBML.

use crate::error::AudioError;

const SEGMENT: u32 = 0x1853_8067;
const CLUSTER: u32 = 0x1f43_b675;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK_ENTRY: u32 = 0xae;
const TRACK_NUMBER: u32 = 0xd7;
const CODEC_ID: u32 = 0x86;
const CODEC_PRIVATE: u32 = 0x63a2;
const CONTENT_ENCODINGS: u32 = 0x6d80;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;
const SIMPLE_BLOCK: u32 = 0xa3;
const DISCARD_PADDING: u32 = 0x75a2;

const OPUS: &[u8] = b"A_OPUS";
/// The time code and the flags of a block, after its track number.
const BLOCK_HEADER_BYTES: usize = 3;
/// The flags of a block with several packets.
const LACING: u8 = 0x06;
const NANOSECONDS_PER_S: u64 = 1_000_000_000;

/// The first Opus track of a file.
#[derive(Debug)]
pub(crate) struct WebmReader<'a> {
    /// The bytes after the elements that have been read.
    rest: &'a [u8],
    track: u64,
    /// The Opus header.
    pub(crate) head: &'a [u8],
}

/// A packet of the track.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WebmPacket<'a> {
    pub(crate) data: &'a [u8],
    /// Duration of its end that is not played, in nanoseconds.
    pub(crate) discard_ns: u64,
}

/// An element and its surroundings.
struct Element<'a> {
    id: u32,
    /// The content of the element; it extends to the end of the file if the element states no size.
    content: &'a [u8],
    /// The bytes after the element's header, starting with its content.
    inside: &'a [u8],
    /// The bytes after the element.
    after: &'a [u8],
    /// Whether the file contains all of the element.
    is_complete: bool,
}

impl<'a> WebmReader<'a> {
    /// Finds the track in a file that starts with an EBML header.
    ///
    /// # Errors
    /// [`AudioError::NotAudio`] when the file has no Opus track.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, AudioError> {
        let mut rest = bytes;
        while let Some(element) = Element::read(rest) {
            match element.id {
                SEGMENT | TRACKS => rest = element.inside,
                TRACK_ENTRY => {
                    if let Some((track, head)) = opus_track(element.content) {
                        return Ok(Self { rest: element.after, track, head });
                    }
                    rest = element.after;
                }
                // The tracks are described before the first cluster.
                CLUSTER => break,
                _ => rest = element.after,
            }
        }
        Err(AudioError::NotAudio { found: Some("a WebM or Matroska file without Opus sound") })
    }

    /// The next packet of the track, or `None` after the last.
    ///
    /// # Errors
    /// [`AudioError::Decoder`] when a block contains several packets.
    pub(crate) fn next_packet(&mut self) -> Result<Option<WebmPacket<'a>>, AudioError> {
        while let Some(element) = Element::read(self.rest) {
            let (block, discard_ns) = match element.id {
                SEGMENT | CLUSTER => {
                    self.rest = element.inside;
                    continue;
                }
                SIMPLE_BLOCK => (element.is_complete.then_some(element.content), 0),
                // The end of a group states how much of its sound is played.
                BLOCK_GROUP if element.is_complete => block_of(element.content),
                _ => (None, 0),
            };
            self.rest = element.after;
            if let Some(data) = block.map(|block| self.packet(block)).transpose()?.flatten() {
                return Ok(Some(WebmPacket { data, discard_ns }));
            }
        }
        Ok(None)
    }

    /// The packet in a block, if it belongs to the track.
    fn packet(&self, block: &'a [u8]) -> Result<Option<&'a [u8]>, AudioError> {
        let Some((track, rest)) = number(block) else { return Ok(None) };
        let Some((header, data)) = rest.split_at_checked(BLOCK_HEADER_BYTES) else { return Ok(None) };
        if track != Some(self.track) {
            return Ok(None);
        }
        if header[2] & LACING != 0 {
            let reason = "it has several packets in one block, which is not supported".to_owned();
            return Err(AudioError::Decoder { reason });
        }
        Ok(Some(data))
    }
}

impl WebmPacket<'_> {
    /// Number of samples at its end that are not played.
    pub(crate) fn discarded_samples(&self, rate_hz: u32) -> usize {
        let nearest =
            self.discard_ns.saturating_mul(u64::from(rate_hz)).saturating_add(NANOSECONDS_PER_S / 2);
        let samples = nearest / NANOSECONDS_PER_S;
        usize::try_from(samples).unwrap_or(usize::MAX)
    }
}

impl<'a> Element<'a> {
    /// The element that `bytes` start with; `None` at the end, and where there is no element.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (id, rest) = id(bytes)?;
        let (size, inside) = number(rest)?;
        let size = size.map_or(usize::MAX, |size| usize::try_from(size).unwrap_or(usize::MAX));
        let present = size.min(inside.len());
        let (content, after) = inside.split_at(present);
        Some(Self { id, content, inside, after, is_complete: present == size })
    }
}

/// The number and the Opus header of a track, if it is a supported Opus track.
fn opus_track(mut entry: &[u8]) -> Option<(u64, &[u8])> {
    let (mut track, mut head, mut is_opus) = (None, None, false);
    while let Some(element) = Element::read(entry) {
        match element.id {
            TRACK_NUMBER => track = unsigned(element.content),
            CODEC_ID => is_opus = element.content == OPUS,
            CODEC_PRIVATE => head = Some(element.content),
            // Compressed or encrypted.
            CONTENT_ENCODINGS => return None,
            _ => {}
        }
        entry = element.after;
    }
    Some((track?, head?)).filter(|_| is_opus)
}

/// The block of a group, and the duration of its end that is not played, in nanoseconds.
fn block_of(mut group: &[u8]) -> (Option<&[u8]>, u64) {
    let (mut block, mut discard_ns) = (None, 0);
    while let Some(element) = Element::read(group) {
        match element.id {
            BLOCK if element.is_complete => block = Some(element.content),
            // It is signed; a negative one applies to the start, and the header states it too.
            DISCARD_PADDING if element.content.first().is_some_and(|first| *first < 0x80) => {
                discard_ns = unsigned(element.content).unwrap_or(0);
            }
            _ => {}
        }
        group = element.after;
    }
    (block, discard_ns)
}

/// An element's identifier: one to four bytes, by the leading zeros of the first.
fn id(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let length = bytes.first()?.leading_zeros() as usize + 1;
    let (id, rest) = bytes.split_at_checked(length).filter(|_| length <= 4)?;
    Some((id.iter().fold(0, |id, byte| id << 8 | u32::from(*byte)), rest))
}

/// A number of one to eight bytes, by the leading zeros of the first; all ones mean unknown.
fn number(bytes: &[u8]) -> Option<(Option<u64>, &[u8])> {
    let length = bytes.first()?.leading_zeros() as usize + 1;
    let (number, rest) = bytes.split_at_checked(length).filter(|_| length <= 8)?;
    let all = number.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let mask = (1_u64 << (7 * length)) - 1;
    let value = all & mask;
    Some(((value != mask).then_some(value), rest))
}

/// The content of an unsigned element.
fn unsigned(content: &[u8]) -> Option<u64> {
    (content.len() <= 8).then(|| content.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
        [id, &[0x10 | (content.len() >> 24) as u8], &(content.len() as u32).to_be_bytes()[1..], content]
            .concat()
    }

    fn track(number: u8, codec: &[u8]) -> Vec<u8> {
        let parts = [
            element(&[0xd7], &[number]),
            element(&[0x86], codec),
            element(&[0x63, 0xa2], b"OpusHead of the track"),
        ];
        element(&[0xae], &parts.concat())
    }

    fn block(track: u8, flags: u8, data: &[u8]) -> Vec<u8> {
        [&[0x80 | track, 0, 0, flags], data].concat()
    }

    fn file(blocks: &[Vec<u8>]) -> Vec<u8> {
        let tracks = [track(1, b"V_VP8"), track(2, b"A_OPUS")].concat();
        let endless = |id: &[u8]| [id, &[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]].concat();
        [
            element(b"\x1a\x45\xdf\xa3", b"header"),
            endless(b"\x18\x53\x80\x67"),
            element(b"\x16\x54\xae\x6b", &tracks),
            endless(b"\x1f\x43\xb6\x75"),
            element(&[0xe7], &[0]),
            blocks.concat(),
        ]
        .concat()
    }

    fn packets(bytes: &[u8]) -> Vec<(Vec<u8>, u64)> {
        let mut reader = WebmReader::open(bytes).unwrap();
        assert_eq!(reader.head, b"OpusHead of the track");
        let next = || reader.next_packet().unwrap();
        std::iter::from_fn(next).map(|packet| (packet.data.to_vec(), packet.discard_ns)).collect()
    }

    #[test]
    fn the_packets_of_the_opus_track_are_found_in_clusters_of_unknown_size() {
        let group = [element(&[0xa1], &block(2, 0, b"last")), element(&[0x75, 0xa2], &[0x0f, 0x42, 0x40])];
        let bytes = file(&[
            element(&[0xa3], &block(2, 0x80, b"first")),
            element(&[0xa3], &block(1, 0, b"a picture")),
            element(&[0xec], b"nothing"),
            element(&[0xa0], &group.concat()),
        ]);
        let found = packets(&bytes);
        assert_eq!(found, [(b"first".to_vec(), 0), (b"last".to_vec(), 1_000_000)]);
        let packet = WebmPacket { data: b"", discard_ns: 1_000_000 };
        assert_eq!(packet.discarded_samples(48_000), 48);
        // The last block is cut off, so it is skipped.
        assert_eq!(packets(&bytes[..bytes.len() - 12]), [(b"first".to_vec(), 0)]);
    }

    #[test]
    fn a_file_without_an_opus_track_and_blocks_of_several_packets_are_refused() {
        let other = [element(b"\x1a\x45\xdf\xa3", b""), element(b"\x16\x54\xae\x6b", &track(1, b"A_VORBIS"))];
        let error = WebmReader::open(&other.concat()).unwrap_err().to_string();
        assert!(error.contains("a WebM or Matroska file without Opus sound"), "{error}");
        let laced = file(&[element(&[0xa3], &block(2, 0x06, b"several"))]);
        let error = WebmReader::open(&laced).unwrap().next_packet().unwrap_err().to_string();
        assert!(error.contains("several packets in one block"), "{error}");
    }
}
