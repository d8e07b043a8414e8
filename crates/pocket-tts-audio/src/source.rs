//! An open file: its packets one by one, and a decoder for them. Knows which library reads which format; runs on a
//! thread that may panic.

use std::io::{Cursor, ErrorKind, Read};
use std::sync::LazyLock;

use symphonia::core::codecs::audio::well_known::{CODEC_ID_FLAC, CODEC_ID_MP3, CODEC_ID_OPUS};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions, ReadOnlySource};
use symphonia::core::packet::Packet;
use symphonia::default::codecs::{
    AacDecoder, AdpcmDecoder, AlacDecoder, FlacDecoder as LibraryFlacDecoder, PcmDecoder, VorbisDecoder,
};
use symphonia::default::formats::{AdtsReader, FlacReader, IsoMp4Reader, MpaReader, OggReader, WavReader};

use crate::container::Container;
use crate::error::AudioError;
use crate::flac::FlacDecoder;
use crate::mp3_decoder::Mp3Decoder;
use crate::opus_decoder::{ByteOrder, OPUS_RATE_HZ, OpusDecoder};
use crate::wav_header::WavSound;
use crate::webm::WebmReader;

/// Why a packet produced no sound.
pub(crate) enum Stop {
    /// It is damaged; the next packet may be intact.
    Damaged(AudioError),
    /// The file has no more packets.
    End,
    Failed(AudioError),
}

/// A file and its decoder.
pub(crate) struct Source<'a> {
    packets: Packets<'a>,
    decoder: Decoder,
    /// Samples per second, if the file's header states it.
    pub(crate) sample_rate_hz: Option<u32>,
    /// The duration in the file's header, in seconds, if it is reliable.
    pub(crate) declared_s: Option<f64>,
}

enum Packets<'a> {
    Library { reader: Box<dyn FormatReader + 'a>, track_id: u32 },
    WebM(WebmReader<'a>),
}

pub(crate) enum Decoder {
    Library(Box<dyn AudioDecoder>),
    Opus(Box<OpusDecoder>),
    Mp3(Box<Mp3Decoder>),
    Flac(Box<FlacDecoder>),
}

impl<'a> Source<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, AudioError> {
        let (container, bytes) = Container::recognise(bytes)?;
        if container == Container::WebM {
            let reader = WebmReader::open(bytes)?;
            let decoder = Decoder::Opus(Box::new(OpusDecoder::new(reader.head, ByteOrder::Little)?));
            let packets = Packets::WebM(reader);
            return Ok(Self { packets, decoder, sample_rate_hz: Some(OPUS_RATE_HZ), declared_s: None });
        }
        let mut wav_declared_s = None;
        let reader = match container {
            Container::Wav => {
                let sound = WavSound::find(bytes)?;
                wav_declared_s = sound.declared_s();
                wav_reader(&sound)?
            }
            other => library_reader(other, stream(Box::new(Cursor::new(bytes))))?,
        };
        let track = reader.default_track(TrackType::Audio).ok_or(AudioError::NoSamples)?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let parameters = parameters.ok_or(UNKNOWN_CODEC)?;
        let decoder = decoder(parameters, container)?;
        let (track_id, sample_rate_hz) = (track.id, parameters.sample_rate);
        let declared_s = wav_declared_s.or_else(|| declared_s(container, track, parameters));
        Ok(Self { packets: Packets::Library { reader, track_id }, decoder, sample_rate_hz, declared_s })
    }

    /// Decodes the next packet into `interleaved`. Returns its sample rate and its number of channels, which is 0 if
    /// the packet belongs to another track.
    pub(crate) fn next(&mut self, interleaved: &mut Vec<f32>) -> Result<(u32, usize), Stop> {
        match &mut self.packets {
            Packets::Library { reader, track_id } => {
                let packet = reader.next_packet().map_err(stop_of_reader)?.ok_or(Stop::End)?;
                if packet.track_id != *track_id {
                    return Ok((0, 0));
                }
                self.decoder.decode(&packet, interleaved)
            }
            Packets::WebM(reader) => {
                let packet = reader.next_packet().map_err(Stop::Failed)?.ok_or(Stop::End)?;
                let Decoder::Opus(decoder) = &mut self.decoder else { return Err(Stop::End) };
                decode_opus(decoder, packet.data, packet.discarded_samples(OPUS_RATE_HZ), interleaved)
            }
        }
    }
}

impl Decoder {
    pub(crate) fn decode(
        &mut self,
        packet: &Packet,
        interleaved: &mut Vec<f32>,
    ) -> Result<(u32, usize), Stop> {
        match self {
            Self::Library(decoder) => {
                let frames = decoder.decode(packet).map_err(stop_of_decoder)?;
                frames.copy_to_vec_interleaved(interleaved);
                Ok((frames.spec().rate(), frames.spec().channels().count()))
            }
            Self::Opus(decoder) => {
                let trim_end = usize::try_from(packet.trim_end.get()).unwrap_or(usize::MAX);
                decode_opus(decoder, &packet.data, trim_end, interleaved)
            }
            Self::Mp3(decoder) => {
                let result = decoder.decode(&packet.data, interleaved);
                trimmed(packet, result.map_err(|_| "its MP3 frames are damaged"), interleaved)
            }
            Self::Flac(decoder) => {
                let result = decoder.decode(&packet.data, interleaved);
                trimmed(packet, result.map_err(|_| "its FLAC frames are damaged"), interleaved)
            }
        }
    }

    /// Forgets what it remembers of earlier packets, as after a seek.
    pub(crate) fn reset(&mut self) {
        match self {
            Self::Library(decoder) => decoder.reset(),
            Self::Opus(decoder) => decoder.reset(),
            Self::Mp3(decoder) => decoder.reset(),
            Self::Flac(_) => {}
        }
    }
}

/// Removes the samples that the file marks as not part of its sound.
fn trimmed(
    packet: &Packet,
    decoded: Result<(u32, usize), &str>,
    interleaved: &mut Vec<f32>,
) -> Result<(u32, usize), Stop> {
    let damaged = |reason: &str| Stop::Damaged(AudioError::Decoder { reason: reason.to_owned() });
    let (rate, channels) = decoded.map_err(damaged)?;
    let samples = |frames: u64| usize::try_from(frames).unwrap_or(usize::MAX).saturating_mul(channels);
    interleaved.truncate(interleaved.len().saturating_sub(samples(packet.trim_end.get())));
    let start = samples(packet.trim_start.get()).min(interleaved.len());
    if start > 0 {
        interleaved.drain(..start);
    }
    Ok((rate, channels))
}

fn decode_opus(
    decoder: &mut OpusDecoder,
    packet: &[u8],
    trim_end: usize,
    interleaved: &mut Vec<f32>,
) -> Result<(u32, usize), Stop> {
    let channels = decoder.channels();
    let samples = decoder.decode(packet, trim_end).ok_or_else(|| {
        Stop::Damaged(AudioError::Decoder { reason: "its Opus packets are damaged".to_owned() })
    })?;
    interleaved.clear();
    interleaved.extend_from_slice(samples);
    Ok((OPUS_RATE_HZ, channels))
}

pub(crate) const UNKNOWN_CODEC: AudioError =
    AudioError::NotAudio { found: Some("a file whose audio codec is not supported") };

pub(crate) fn decoder(
    parameters: &AudioCodecParameters,
    container: Container,
) -> Result<Decoder, AudioError> {
    if parameters.codec == CODEC_ID_OPUS {
        let order = if container == Container::Mp4 { ByteOrder::Big } else { ByteOrder::Little };
        let head = parameters.extra_data.as_deref().unwrap_or_default();
        return Ok(Decoder::Opus(Box::new(OpusDecoder::new(head, order)?)));
    }
    if parameters.codec == CODEC_ID_MP3 {
        return Ok(Decoder::Mp3(Box::default()));
    }
    // Other FLAC streams, of more than 24 bits, are left to the library.
    let of_flac = parameters.extra_data.as_deref().filter(|_| parameters.codec == CODEC_ID_FLAC);
    if let Some(decoder) = of_flac.and_then(FlacDecoder::new) {
        return Ok(Decoder::Flac(Box::new(decoder)));
    }
    match library_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default()) {
        Ok(decoder) => Ok(Decoder::Library(decoder)),
        Err(SymphoniaError::Unsupported(_)) => Err(UNKNOWN_CODEC),
        Err(error) => Err(decoder_error(&error)),
    }
}

/// The library's decoders except the one of MP3, so that this isn't in the program.
fn library_codecs() -> &'static CodecRegistry {
    static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
        let mut codecs = CodecRegistry::new();
        codecs.register_audio_decoder::<AacDecoder>();
        codecs.register_audio_decoder::<AdpcmDecoder>();
        codecs.register_audio_decoder::<AlacDecoder>();
        codecs.register_audio_decoder::<LibraryFlacDecoder>();
        codecs.register_audio_decoder::<PcmDecoder>();
        codecs.register_audio_decoder::<VorbisDecoder>();
        codecs
    });
    &CODECS
}

/// The duration in the track's header. Containers other than these only estimate it.
fn declared_s(container: Container, track: &Track, parameters: &AudioCodecParameters) -> Option<f64> {
    if !matches!(container, Container::Flac | Container::Mp4) {
        return None;
    }
    let rate_hz = parameters.sample_rate.filter(|rate_hz| *rate_hz > 0)?;
    Some(track.num_frames? as f64 / f64::from(rate_hz))
}

fn wav_reader<'a>(sound: &WavSound<'a>) -> Result<Box<dyn FormatReader + 'a>, AudioError> {
    plain_wav_reader(sound.plain_header(), sound.data)
}

/// A reader of the samples in `data`, which follow `header`.
pub(crate) fn plain_wav_reader<'a>(
    header: Vec<u8>,
    data: impl Read + Send + Sync + 'a,
) -> Result<Box<dyn FormatReader + 'a>, AudioError> {
    let source = ReadOnlySource::new(Cursor::new(header).chain(data));
    boxed(WavReader::try_new(stream(Box::new(source)), FormatOptions::default()))
}

pub(crate) fn library_reader(
    container: Container,
    file: MediaSourceStream<'_>,
) -> Result<Box<dyn FormatReader + '_>, AudioError> {
    let options = FormatOptions::default();
    match container {
        Container::Mpeg => boxed(MpaReader::try_new(file, options)),
        Container::Flac => boxed(FlacReader::try_new(file, options)),
        Container::Ogg => boxed(OggReader::try_new(file, options)),
        Container::Adts => boxed(AdtsReader::try_new(file, options)),
        Container::Mp4 => boxed(IsoMp4Reader::try_new(file, options)),
        Container::Wav | Container::WebM => Err(UNKNOWN_CODEC),
    }
}

fn boxed<'a>(
    reader: Result<impl FormatReader + 'a, SymphoniaError>,
) -> Result<Box<dyn FormatReader + 'a>, AudioError> {
    Ok(Box::new(reader.map_err(|error| decoder_error(&error))?))
}

pub(crate) fn stream<'a>(source: Box<dyn MediaSource + 'a>) -> MediaSourceStream<'a> {
    MediaSourceStream::new(source, MediaSourceStreamOptions::default())
}

pub(crate) fn stop_of_reader(error: SymphoniaError) -> Stop {
    match error {
        // The file ends early, or another stream is chained to the first.
        SymphoniaError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => Stop::End,
        SymphoniaError::ResetRequired => Stop::End,
        SymphoniaError::DecodeError(_) => Stop::Damaged(decoder_error(&error)),
        other => Stop::Failed(decoder_error(&other)),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function for map_err")]
fn stop_of_decoder(error: SymphoniaError) -> Stop {
    match error {
        SymphoniaError::DecodeError(_) | SymphoniaError::IoError(_) => Stop::Damaged(decoder_error(&error)),
        SymphoniaError::ResetRequired => Stop::End,
        _ => Stop::Failed(decoder_error(&error)),
    }
}

/// The decoder library's message, except for one that names only its own parts.
pub(crate) fn decoder_error(error: &SymphoniaError) -> AudioError {
    let reason = match error {
        SymphoniaError::Unsupported(feature) => format!("unsupported or damaged ({feature})"),
        other => other.to_string(),
    };
    AudioError::Decoder { reason }
}
