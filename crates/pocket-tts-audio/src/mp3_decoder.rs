//! MP3 by `rusty_mp3`, which takes two thirds of the time of the decoder library's own. Knows frames, not files.

use rusty_mp3::Mp3Decode;
use rusty_mp3::header::FrameHeader;

use crate::mp3_reservoir::main_data;

const HEADER_BYTES: usize = 4;
const CHECKSUM_BYTES: usize = 2;
/// The most bytes of earlier frames that a frame can use.
const MOST_KEPT: usize = 511;
const GRANULE: usize = 576;

/// Decodes one frame after another.
#[derive(Default)]
pub(crate) struct Mp3Decoder {
    decoder: Mp3Decode,
    /// Bytes of main data that the decoder holds of earlier frames.
    kept: usize,
}

/// A frame that can't be decoded.
#[derive(Debug)]
pub(crate) struct DamagedMp3Frame;

impl Mp3Decoder {
    /// Decodes a frame into `interleaved`. Returns its sample rate and channels.
    ///
    /// A frame that depends on more bytes of earlier ones than there were is silence.
    pub(crate) fn decode(
        &mut self,
        frame: &[u8],
        interleaved: &mut Vec<f32>,
    ) -> Result<(u32, usize), DamagedMp3Frame> {
        let header = frame.first_chunk::<HEADER_BYTES>().ok_or(DamagedMp3Frame)?;
        let header = FrameHeader::parse(*header).map_err(|_| DamagedMp3Frame)?;
        if header.frame_size() != frame.len() {
            return Err(DamagedMp3Frame);
        }
        let (wanted, own) = main_data(frame).ok_or(DamagedMp3Frame)?;
        let side_start = HEADER_BYTES + if header.crc_protected { CHECKSUM_BYTES } else { 0 };
        let (side, main) =
            frame[side_start..].split_at_checked(header.side_info_len()).ok_or(DamagedMp3Frame)?;
        let channels = header.channel_mode.channels();
        let is_complete = wanted <= self.kept;
        self.kept = (self.kept.min(wanted) + own).min(MOST_KEPT);
        if is_complete {
            *interleaved = self.decoder.decode_frame(&header, side, main).map_err(|_| DamagedMp3Frame)?;
        } else {
            // Its bytes may be needed by later frames.
            self.decoder.decode_frame_entropy(&header, side, main).map_err(|_| DamagedMp3Frame)?;
            interleaved.clear();
            interleaved.resize(header.version.granules() * GRANULE * channels, 0.0);
        }
        Ok((header.sample_rate, channels))
    }

    /// Forgets earlier frames.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}
