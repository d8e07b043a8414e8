//! The packets of a file from any place on, decoded. Knows how far in front of a place decoding must begin, by codec.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_FLAC, CODEC_ID_MP3, CODEC_ID_OPUS, CODEC_ID_VORBIS,
};
use symphonia::core::errors::{Error as SymphoniaError, SeekErrorKind};
use symphonia::core::formats::{FormatReader, SeekMode, SeekTo, TrackType};
use symphonia::core::packet::Packet;
use symphonia::core::units::Timestamp;

use super::block::Block;
use super::media::FileFrom;
use super::wav::WavFile;
use super::webm::WebmPackets;
use crate::container::Container;
use crate::error::AudioError;
use crate::flac::FlacFile;
use crate::mp3_reservoir;
use crate::opus_decoder::OPUS_RATE_HZ;
use crate::source::{Decoder, Stop, UNKNOWN_CODEC, decoder, library_reader, stop_of_reader, stream};

/// Samples that are decoded in front of a place. Mostly five frames of MPEG 1 hold all that the place depends on, see
/// [`mp3_reservoir`]. Twelve, or 25 of MPEG 2, do so at the lowest bit rates.
const MP3_LEADS: [i64; 2] = [5 * 1_152, 14_400];
/// A frame of AAC overlaps with the one before it.
const AAC_LEAD: i64 = 2 * 1_024;
/// The longest block of Vorbis.
const VORBIS_LEAD: i64 = 8_192;
/// Opus needs 80 ms to converge to what a listener can't tell from the whole; this is five times that.
const OPUS_LEAD: i64 = 19_200;
/// The decoder library knows the places in the last page of an Ogg file only if it has read the page before.
const OGG_LAST_PAGES_S: i64 = 5;

/// Decoded packets.
pub(super) enum Stream {
    Library(Box<Library>),
    Wav(Box<WavPackets>),
    Flac(Box<FlacFile>),
    WebM(Box<WebmPackets>),
}

/// A container that the library reads.
pub(super) struct Library {
    file: File,
    start: u64,
    container: Container,
    codec: AudioCodecId,
    reader: Box<dyn FormatReader>,
    track_id: u32,
    decoder: Decoder,
    /// The time stamp of the first sample of the sound.
    origin: i64,
    /// Samples per channel, if the file states or implies them.
    frames: Option<u64>,
    sample_rate_hz: Option<u32>,
    spec: Option<(u32, usize)>,
    /// Whether time stamps count samples.
    counts_samples: bool,
    /// The next packets, when they have been looked at.
    ahead: VecDeque<Packet>,
    /// Whether the reader has come to the end, from which not every one returns.
    has_ended: bool,
    /// Whether the next packets are the first ones of the file.
    has_restarted: bool,
}

/// A WAV file, read from a place on.
pub(super) struct WavPackets {
    file: WavFile,
    reader: Option<(Box<dyn FormatReader>, u32, Decoder)>,
    next: u64,
}

impl Stream {
    /// Opens a file, by its content.
    pub(super) fn open(file: File, path: &Path) -> Result<Self, AudioError> {
        let failed = |reason| AudioError::Read { name: path.display().to_string(), reason };
        let (container, start) = FileFrom::recognise(file.try_clone().map_err(failed)?, failed)?;
        match container {
            Container::Wav => {
                let mut file = WavFile::find(file, start)?;
                let reader = file.from(0)?;
                Ok(Self::Wav(Box::new(WavPackets { file, reader, next: 0 })))
            }
            Container::WebM => {
                let mut file = file;
                let mut bytes = Vec::new();
                file.seek(SeekFrom::Start(start)).map_err(failed)?;
                file.read_to_end(&mut bytes).map_err(failed)?;
                Ok(Self::WebM(Box::new(WebmPackets::open(bytes)?)))
            }
            Container::Flac => {
                let copy = file.try_clone().map_err(failed)?;
                match FlacFile::open(copy, start) {
                    Some(flac) => Ok(Self::Flac(Box::new(flac))),
                    None => {
                        Library::open(file, start, container).map(|library| Self::Library(Box::new(library)))
                    }
                }
            }
            other => Library::open(file, start, other).map(|library| Self::Library(Box::new(library))),
        }
    }

    /// Samples of each channel, if the file states or implies them.
    pub(super) fn frames(&self) -> Option<u64> {
        match self {
            Self::Library(library) => library.frames,
            Self::Wav(wav) => Some(wav.file.frames()),
            Self::Flac(flac) => flac.frames(),
            Self::WebM(packets) => Some(packets.frames()),
        }
    }

    /// Sample rate and channels, if the header states them reliably.
    pub(super) fn spec(&self) -> Option<(u32, usize)> {
        match self {
            Self::Library(library) => library.spec.filter(|_| library.states_spec()),
            Self::Wav(wav) => Some(wav.file.spec()),
            Self::Flac(flac) => Some(flac.spec()),
            Self::WebM(packets) => Some((OPUS_RATE_HZ, packets.channels())),
        }
    }

    /// Whether samples do not depend on where decoding began.
    pub(super) fn is_exact(&self) -> bool {
        match self {
            Self::Library(library) => !matches!(library.codec, CODEC_ID_OPUS | CODEC_ID_AAC),
            Self::Wav(_) | Self::Flac(_) => true,
            Self::WebM(_) => false,
        }
    }

    /// Makes the next packets those from `place` on, and some in front of it.
    pub(super) fn seek(&mut self, place: u64) -> Result<(), Stop> {
        match self {
            Self::Library(library) => library.seek(place),
            Self::Flac(flac) => flac.seek(place),
            Self::Wav(wav) => {
                wav.reader = wav.file.from(place).map_err(Stop::Failed)?;
                wav.next = place;
                Ok(())
            }
            Self::WebM(packets) => {
                packets.seek(place.min(i64::MAX as u64).cast_signed() - OPUS_LEAD);
                Ok(())
            }
        }
    }

    /// Decodes the next packet into `block`, which is empty if the packet belongs to another track.
    pub(super) fn next(&mut self, block: &mut Block) -> Result<(), Stop> {
        match self {
            Self::Library(library) => library.next(block),
            Self::Wav(wav) => wav.next(block),
            Self::Flac(flac) => {
                block.start = flac.next(&mut block.interleaved)?;
                (block.sample_rate_hz, block.channels) = flac.spec();
                Ok(())
            }
            Self::WebM(packets) => {
                let (start, channels) = packets.next(&mut block.interleaved)?;
                (block.sample_rate_hz, block.channels) = (OPUS_RATE_HZ, channels);
                block.place_at(start);
                Ok(())
            }
        }
    }
}

impl Library {
    fn open(file: File, start: u64, container: Container) -> Result<Self, AudioError> {
        let reader = Self::reader(&file, start, container)?;
        let track = reader.default_track(TrackType::Audio).ok_or(AudioError::NoSamples)?.clone();
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let parameters = parameters.ok_or(UNKNOWN_CODEC)?;
        let decoder = decoder(parameters, container)?;
        let counts_samples = track
            .time_base
            .is_none_or(|base| base.numer.get() == 1 && Some(base.denom.get()) == parameters.sample_rate);
        let mut library = Self {
            file,
            start,
            container,
            codec: parameters.codec,
            reader,
            track_id: track.id,
            decoder,
            origin: 0,
            frames: track.num_frames.filter(|_| counts_samples),
            sample_rate_hz: parameters.sample_rate,
            spec: parameters.sample_rate.zip(parameters.channels.as_ref().map(Channels::count)),
            counts_samples,
            ahead: VecDeque::new(),
            has_ended: false,
            has_restarted: true,
        };
        library.find_origin()?;
        Ok(library)
    }

    fn reader(file: &File, start: u64, container: Container) -> Result<Box<dyn FormatReader>, AudioError> {
        let failed = |reason| AudioError::Read { name: "the audio data".to_owned(), reason };
        let from = FileFrom::new(file.try_clone().map_err(failed)?, start).map_err(failed)?;
        library_reader(container, stream(Box::new(from)))
    }

    /// Takes the place of the first packet as the start of the sound: parts of longer Ogg files begin anywhere.
    fn find_origin(&mut self) -> Result<(), AudioError> {
        let pre_skip = if let Decoder::Opus(decoder) = &self.decoder { decoder.pre_skip() as i64 } else { 0 };
        if self.container == Container::Ogg {
            let first = loop {
                match self.reader.next_packet() {
                    Ok(Some(packet)) if packet.track_id == self.track_id => break packet,
                    Ok(Some(_)) => {}
                    Ok(None) | Err(_) => return Err(AudioError::NoSamples),
                }
            };
            self.origin = first.pts.get() + first.trim_start.get() as i64;
            self.ahead.push_back(first);
        }
        self.origin = self.origin.saturating_add(pre_skip);
        self.frames = self.frames.map(|frames| frames.saturating_sub(pre_skip as u64));
        Ok(())
    }

    fn seek(&mut self, place: u64) -> Result<(), Stop> {
        let place = i64::try_from(place).map_err(|_| Stop::End)?;
        if self.codec != CODEC_ID_MP3 {
            return self.seek_before(place, self.lead());
        }
        for lead in MP3_LEADS {
            self.seek_before(place, lead)?;
            if self.has_restarted || self.holds_reservoir(place)? {
                break;
            }
        }
        Ok(())
    }

    /// Whether the packets from the next one on are all that the sound at `place` depends on.
    fn holds_reservoir(&mut self, place: i64) -> Result<bool, Stop> {
        let behind = place.saturating_add(self.origin);
        let ends = |packet: &Packet| packet.pts.get().saturating_add_unsigned(packet.dur.get());
        while self.ahead.back().is_none_or(|packet| ends(packet) <= behind) {
            match self.read() {
                Ok(packet) => self.ahead.push_back(packet),
                Err(Stop::End) => break,
                Err(stop) => return Err(stop),
            }
        }
        Ok(mp3_reservoir::is_enough(self.ahead.iter().map(|packet| &*packet.data)))
    }

    /// Makes the packets from `lead` samples in front of `place` the next ones.
    fn seek_before(&mut self, place: i64, lead: i64) -> Result<(), Stop> {
        let mut target = place - lead;
        if self.container == Container::Ogg {
            let last = OGG_LAST_PAGES_S * i64::from(self.sample_rate_hz.unwrap_or(OPUS_RATE_HZ));
            let end = self.frames.map_or(0, |frames| frames as i64);
            target = target.min(end - last);
        }
        if target <= 0 || !self.counts_samples {
            return self.restart().map_err(Stop::Failed);
        }
        if self.has_ended {
            self.restart().map_err(Stop::Failed)?;
        }
        self.has_restarted = false;
        self.ahead.clear();
        self.decoder.reset();
        let ts = Timestamp::from(target.saturating_add(self.origin));
        let to = SeekTo::Timestamp { ts, track_id: self.track_id };
        let Err(error) = self.reader.seek(SeekMode::Accurate, to) else { return Ok(()) };
        let is_behind = matches!(error, SymphoniaError::SeekError(SeekErrorKind::OutOfRange));
        Err(if is_behind { Stop::End } else { stop_of_reader(error) })
    }

    fn read(&mut self) -> Result<Packet, Stop> {
        let packet = self.reader.next_packet().map_err(stop_of_reader);
        self.has_ended |= !matches!(packet, Ok(Some(_)));
        packet?.ok_or(Stop::End)
    }

    /// Begins again at the start of the file.
    fn restart(&mut self) -> Result<(), AudioError> {
        let fresh = Self::open(
            self.file
                .try_clone()
                .map_err(|reason| AudioError::Read { name: "the audio data".to_owned(), reason })?,
            self.start,
            self.container,
        )?;
        *self = fresh;
        Ok(())
    }

    /// Whether each packet is bound to have the rate and the channels of the header.
    fn states_spec(&self) -> bool {
        matches!(self.codec, CODEC_ID_FLAC | CODEC_ID_MP3)
    }

    /// Samples that are decoded in front of a place, so that the ones at the place do not depend on the seek.
    fn lead(&self) -> i64 {
        match self.codec {
            CODEC_ID_AAC => AAC_LEAD,
            CODEC_ID_VORBIS => VORBIS_LEAD,
            CODEC_ID_OPUS => OPUS_LEAD,
            _ => 0,
        }
    }

    fn next(&mut self, block: &mut Block) -> Result<(), Stop> {
        block.start = block.end();
        block.interleaved.clear();
        let packet = if let Some(next) = self.ahead.pop_front() { next } else { self.read()? };
        if packet.track_id != self.track_id {
            return Ok(());
        }
        let (rate, channels) = self.decoder.decode(&packet, &mut block.interleaved)?;
        (block.sample_rate_hz, block.channels) = (rate, channels);
        if self.counts_samples {
            block.place_at(self.place_of(&packet));
        }
        Ok(())
    }

    /// The place of the first sample that a packet's decoder returns.
    fn place_of(&self, packet: &Packet) -> i64 {
        let start = packet.pts.get().saturating_sub(self.origin);
        match &self.decoder {
            // It drops the samples in front of the sound by itself.
            Decoder::Opus(decoder) if !decoder.has_been_reset() => start.max(0),
            Decoder::Opus(_) => start,
            _ => start.saturating_add_unsigned(packet.trim_start.get()),
        }
    }
}

impl WavPackets {
    fn next(&mut self, block: &mut Block) -> Result<(), Stop> {
        block.interleaved.clear();
        let (reader, track_id, decoder) = self.reader.as_mut().ok_or(Stop::End)?;
        let packet = reader.next_packet().map_err(stop_of_reader)?.ok_or(Stop::End)?;
        if packet.track_id != *track_id {
            return Ok(());
        }
        let (rate, channels) = decoder.decode(&packet, &mut block.interleaved)?;
        (block.sample_rate_hz, block.channels, block.start) = (rate, channels, self.next);
        self.next = block.end();
        Ok(())
    }
}
