//! Decodes the sound of one file, packet by packet, as far as its limits go. Runs where it may panic.

use std::io::{Cursor, ErrorKind};
use std::time::Instant;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions, ReadOnlySource};
use symphonia::core::packet::Packet;
use symphonia::default::formats::{AdtsReader, FlacReader, IsoMp4Reader, MpaReader, OggReader, WavReader};
use symphonia::default::get_codecs;

use crate::audio::{Audio, check_sample_rate, check_samples};
use crate::container::Container;
use crate::decode::DecodeLimits;
use crate::error::AudioError;
use crate::recording::Recording;
use crate::wav_header::WavSound;

/// The shortest duration limit: one sample at the lowest sample rate.
const MIN_DURATION_LIMIT_S: f64 = 0.001;
/// A small file can hold hours of silence; nobody means to give that as a voice.
const LONGEST_S: f64 = 600.0;
/// More damage in a row than that is no damage but another kind of data.
const MAX_DAMAGED_IN_A_ROW: usize = 64;

/// Decodes a whole file.
pub(crate) fn decode(
    bytes: &[u8],
    limits: &DecodeLimits,
    deadline: Instant,
) -> Result<Recording, AudioError> {
    if bytes.is_empty() {
        return Err(AudioError::Empty);
    }
    let mut format = open(bytes)?;
    let (track_id, parameters) = {
        let track = format.default_track(TrackType::Audio).ok_or(AudioError::NoSamples)?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        (track.id, parameters.ok_or(AudioError::NoSamples)?.clone())
    };
    let decoder = get_codecs()
        .make_audio_decoder(&parameters, &AudioDecoderOptions::default())
        .map_err(decoder_error)?;
    let mut sound = Sound { decoder, spec: None, samples: Vec::new(), interleaved: Vec::new() };
    // Some formats only tell the rate in their first packet.
    if let Some(sample_rate_hz) = parameters.sample_rate {
        check_sample_rate(sample_rate_hz)?;
        max_samples(limits, sample_rate_hz)?;
    }
    let mut damaged = Damage::default();
    while !sound.is_full(limits)? {
        if Instant::now() >= deadline {
            return Err(AudioError::TooSlow { max_time: limits.max_time });
        }
        let outcome = match format.next_packet() {
            Ok(None) => break,
            Ok(Some(packet)) if packet.track_id != track_id => continue,
            Ok(Some(packet)) => sound.add(&packet),
            Err(error) => Err(Stop::from_format(error)),
        };
        match outcome {
            Ok(()) => damaged.in_a_row = 0,
            Err(Stop::Damaged(error)) if damaged.is_too_much() => {
                return sound.finish(limits, damaged.total).map_err(|_| decoder_error(error));
            }
            Err(Stop::Damaged(_)) => damaged.count(),
            Err(Stop::End) => break,
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    sound.finish(limits, damaged.total)
}

/// Why a packet gave no sound.
enum Stop {
    /// It is damaged, and the next may not be.
    Damaged(SymphoniaError),
    /// There is nothing behind it.
    End,
    Failed(AudioError),
}

impl Stop {
    fn from_format(error: SymphoniaError) -> Self {
        match error {
            // The file ends early, or chains another stream behind the first.
            SymphoniaError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Self::End,
            SymphoniaError::ResetRequired => Self::End,
            SymphoniaError::DecodeError(_) => Self::Damaged(error),
            other => Self::Failed(decoder_error(other)),
        }
    }
}

#[derive(Default)]
struct Damage {
    total: usize,
    in_a_row: usize,
}

impl Damage {
    fn count(&mut self) {
        self.total += 1;
        self.in_a_row += 1;
    }

    fn is_too_much(&self) -> bool {
        self.in_a_row >= MAX_DAMAGED_IN_A_ROW
    }
}

/// What has been decoded.
struct Sound {
    decoder: Box<dyn AudioDecoder>,
    /// Sample rate and channels of every packet so far.
    spec: Option<(u32, usize)>,
    samples: Vec<f32>,
    interleaved: Vec<f32>,
}

impl Sound {
    fn add(&mut self, packet: &Packet) -> Result<(), Stop> {
        let frames = match self.decoder.decode(packet) {
            Ok(frames) => frames,
            Err(error @ (SymphoniaError::DecodeError(_) | SymphoniaError::IoError(_))) => {
                return Err(Stop::Damaged(error));
            }
            Err(SymphoniaError::ResetRequired) => return Err(Stop::End),
            Err(error) => return Err(Stop::Failed(decoder_error(error))),
        };
        let (rate, channels) = (frames.spec().rate(), frames.spec().channels().count());
        if channels == 0 {
            return Ok(());
        }
        check_sample_rate(rate).map_err(Stop::Failed)?;
        if *self.spec.get_or_insert((rate, channels)) != (rate, channels) {
            return Err(Stop::Failed(AudioError::ChangedMidway));
        }
        frames.copy_to_vec_interleaved(&mut self.interleaved);
        self.samples.extend(self.interleaved.chunks_exact(channels).map(mean));
        Ok(())
    }

    /// Whether there is more than is kept.
    fn is_full(&self, limits: &DecodeLimits) -> Result<bool, AudioError> {
        let Some((rate, _)) = self.spec else { return Ok(false) };
        let is_full = self.samples.len() > max_samples(limits, rate)?;
        if is_full && limits.max_duration_s.is_none() {
            return Err(AudioError::TooLong { longest_s: LONGEST_S as u32 });
        }
        Ok(is_full)
    }

    fn finish(mut self, limits: &DecodeLimits, damaged_packets: usize) -> Result<Recording, AudioError> {
        let was_cut = self.is_full(limits)?;
        let Some((sample_rate_hz, _)) = self.spec else { return Err(AudioError::NoSamples) };
        self.samples.truncate(max_samples(limits, sample_rate_hz)?);
        if self.samples.is_empty() {
            return Err(AudioError::NoSamples);
        }
        check_samples(&self.samples)?;
        let audio = Audio { samples: self.samples, sample_rate_hz };
        Ok(Recording { audio, was_cut, damaged_packets })
    }
}

fn open(bytes: &[u8]) -> Result<Box<dyn FormatReader + '_>, AudioError> {
    let (container, bytes) = Container::recognise(bytes)?;
    let options = FormatOptions::default();
    let whole = || stream(Box::new(Cursor::new(bytes)));
    Ok(match container {
        Container::Wav => {
            let sound = WavSound::find(bytes)?;
            let source =
                ReadOnlySource::new(std::io::Read::chain(Cursor::new(sound.plain_header()), sound.data));
            Box::new(WavReader::try_new(stream(Box::new(source)), options).map_err(decoder_error)?)
        }
        Container::Mpeg => Box::new(MpaReader::try_new(whole(), options).map_err(decoder_error)?),
        Container::Flac => Box::new(FlacReader::try_new(whole(), options).map_err(decoder_error)?),
        Container::Ogg => Box::new(OggReader::try_new(whole(), options).map_err(decoder_error)?),
        Container::Adts => Box::new(AdtsReader::try_new(whole(), options).map_err(decoder_error)?),
        Container::Mp4 => Box::new(IsoMp4Reader::try_new(whole(), options).map_err(decoder_error)?),
    })
}

fn stream<'a>(source: Box<dyn MediaSource + 'a>) -> MediaSourceStream<'a> {
    MediaSourceStream::new(source, MediaSourceStreamOptions::default())
}

fn max_samples(limits: &DecodeLimits, sample_rate_hz: u32) -> Result<usize, AudioError> {
    match limits.max_duration_s.unwrap_or(LONGEST_S) {
        duration_s if duration_s.is_finite() && duration_s >= MIN_DURATION_LIMIT_S => {
            Ok((duration_s * f64::from(sample_rate_hz)) as usize)
        }
        found_s => Err(AudioError::DurationLimit { found_s }),
    }
}

/// Sum first, then one division: numpy's mean over the channels of a frame.
fn mean(frame: &[f32]) -> f32 {
    frame.iter().sum::<f32>() / frame.len() as f32
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function for map_err")]
fn decoder_error(error: SymphoniaError) -> AudioError {
    let reason = match &error {
        SymphoniaError::Unsupported(_) => "its codec is not one that is read".to_owned(),
        other => other.to_string(),
    };
    AudioError::Decoder { reason }
}
