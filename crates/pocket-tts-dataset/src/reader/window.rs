//! Reads one part of a file after another. Keeps the last file open, as the next window is often in it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::time::Instant;

use pocket_tts_audio::{AudioError, Channel, PartResampler, SoundFile};

use super::options::{ChannelMix, ReaderOptions};
use super::plan::{Part, Place};
use super::sample::Sample;
use crate::error::DatasetError;

/// The most rates for which a resampler is kept.
const MOST_RESAMPLERS: usize = 16;
/// The most recordings whose ends are remembered.
const MOST_ENDS: usize = 10_000;
/// Seconds beyond the duration that a file states.
const MARGIN_S: f64 = 1.0;

/// Recordings that have been found to be shorter than stated, by their numbers: the earliest window without sound. Later
/// ones have none, either, and need not be looked for.
#[derive(Debug, Default)]
pub(super) struct Ends(HashMap<u64, (f64, Part)>);

impl Ends {
    /// The error of a window that lies behind one without sound.
    pub(super) fn missing(&self, place: Place) -> Option<DatasetError> {
        let (end_s, part) = self.0.get(&place.recording)?;
        (place.start_s >= *end_s).then(|| DatasetError::NoSound {
            path: part.path.clone(),
            start_s: part.offset_s + place.start_s,
        })
    }

    /// Notes a window without sound.
    pub(super) fn note(&mut self, place: Place, part: Part) {
        if self.0.len() >= MOST_ENDS {
            self.0.clear();
        }
        let (end_s, _) = self.0.entry(place.recording).or_insert((place.start_s, part));
        *end_s = end_s.min(place.start_s);
    }
}

/// Reads parts of files. The last file stays open.
#[derive(Debug, Default)]
pub struct WindowReader {
    file: Option<(std::path::PathBuf, SoundFile)>,
    resamplers: HashMap<(u32, u32), PartResampler>,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
}

/// What is read of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Seconds from the start of the file.
    pub start: f64,
    /// Seconds that are there at most.
    pub present: f64,
    /// Seconds of the result: what is missing is silence.
    pub duration: f64,
}

/// A window's samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// `[channels, frames]`, full scale is -1 to 1.
    pub data: Vec<f32>,
    /// The number of channels.
    pub channels: usize,
    /// Frames that are of the recording; the others are silence.
    pub present: usize,
    /// Samples per second of each channel.
    pub sample_rate_hz: u32,
}

impl Window {
    /// The window without the silence behind the recording.
    #[must_use]
    pub fn trimmed(mut self) -> Self {
        let frames = self.data.len().checked_div(self.channels).unwrap_or(0);
        if self.present < frames {
            for channel in 1..self.channels {
                let start = channel * frames;
                self.data.copy_within(start..start + self.present, channel * self.present);
            }
            self.data.truncate(self.channels * self.present);
        }
        self
    }
}

impl WindowReader {
    /// Reads a window of a recording as a sample of the given number.
    pub(super) fn sample(
        &mut self,
        index: u64,
        place: Place,
        part: &Part,
        options: &ReaderOptions,
    ) -> Result<Sample, DatasetError> {
        let began = Instant::now();
        let span = Span {
            start: part.offset_s + place.start_s,
            present: (part.duration_s - place.start_s).min(options.duration_s),
            duration: options.duration_s,
        };
        let window = self.read(&part.path, span, options.sample_rate_hz, options.channels)?;
        Ok(Sample {
            sample_index: index,
            file_index: place.recording,
            path: part.path.clone(),
            start_time_sec: place.start_s,
            sample_rate: window.sample_rate_hz,
            unpadded_len: window.present,
            gen_duration_sec: began.elapsed().as_secs_f64(),
            channels: window.channels,
            data: window.data,
        })
    }

    /// Reads a part of a file at a sample rate, or at its own.
    ///
    /// # Errors
    /// [`DatasetError::Sound`], and [`DatasetError::NoSound`] if the file ends before it.
    pub fn read(
        &mut self,
        path: &Path,
        span: Span,
        sample_rate_hz: Option<u32>,
        mix: ChannelMix,
    ) -> Result<Window, DatasetError> {
        let of_sound = |source| DatasetError::Sound { path: path.to_owned(), source };
        let mut file = self.opened(path).map_err(of_sound)?;
        let window = self.window(&mut file, span, sample_rate_hz, mix).map_err(of_sound)?;
        self.file = Some((path.to_owned(), file));
        if window.present == 0 {
            return Err(DatasetError::NoSound { path: path.to_owned(), start_s: span.start });
        }
        Ok(window)
    }

    /// Reads a file from `start` seconds on to its end, without padding.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_rest(
        &mut self,
        path: &Path,
        start: f64,
        sample_rate_hz: Option<u32>,
        mix: ChannelMix,
    ) -> Result<Window, DatasetError> {
        let of_sound = |source| DatasetError::Sound { path: path.to_owned(), source };
        let file = self.opened(path).map_err(of_sound)?;
        // What a file says of its duration may be an estimate.
        let mut duration = (file.duration_s().unwrap_or(0.0) - start).max(0.0) + MARGIN_S;
        self.file = Some((path.to_owned(), file));
        loop {
            let span = Span { start, present: duration, duration };
            let window = self.read(path, span, sample_rate_hz, mix)?;
            if window.present * window.channels < window.data.len() {
                return Ok(window.trimmed());
            }
            duration *= 2.0;
        }
    }

    fn opened(&mut self, path: &Path) -> Result<SoundFile, AudioError> {
        match self.file.take() {
            Some((last, file)) if last == path => Ok(file),
            _ => SoundFile::open(path),
        }
    }

    fn window(
        &mut self,
        file: &mut SoundFile,
        span: Span,
        sample_rate_hz: Option<u32>,
        mix: ChannelMix,
    ) -> Result<Window, AudioError> {
        let (own_hz, file_channels) = (file.sample_rate_hz(), file.channels());
        let sample_rate_hz = sample_rate_hz.unwrap_or(own_hz);
        let at = |seconds: f64| (seconds * f64::from(sample_rate_hz)).round().max(0.0) as u64;
        let start = at(span.start);
        let wanted = at(span.start + span.present).saturating_sub(start);
        let frames = at(span.duration).max(1);
        let wanted = wanted.min(frames);
        let mut resampler = if own_hz == sample_rate_hz {
            None
        } else {
            if self.resamplers.len() >= MOST_RESAMPLERS {
                self.resamplers.clear();
            }
            Some(match self.resamplers.entry((own_hz, sample_rate_hz)) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(PartResampler::new(own_hz, sample_rate_hz)?),
            })
        };
        let needed =
            resampler.as_ref().map_or(start..start + wanted, |resampler| resampler.needed(start, wanted));
        self.interleaved.clear();
        let length = usize::try_from(needed.end - needed.start).unwrap_or(usize::MAX);
        let read = file.read(needed.start, length, &mut self.interleaved)?;
        let read_end = needed.start + read as u64;
        // The sound may be shorter than the manifest says.
        let end = if read < length {
            resampler.as_ref().map_or(read_end, |resampler| resampler.resampled_frames(read_end))
        } else {
            start + wanted
        };
        let present = end.min(start + wanted).saturating_sub(start);
        let is_mixed = mix == ChannelMix::Mono && file_channels > 1;
        let channels = if is_mixed { 1 } else { file_channels };
        let source = if is_mixed {
            self.mono.clear();
            ChannelMix::mix(&self.interleaved, file_channels, &mut self.mono);
            &self.mono
        } else {
            &self.interleaved
        };
        let mut data = Vec::with_capacity(frames as usize * channels);
        for index in 0..channels {
            let channel = Channel::new(source, channels, index);
            match &mut resampler {
                Some(resampler) => resampler.apply(channel, start, present, &mut data),
                None => channel.append_to(present as usize, &mut data),
            }
            data.resize((index + 1) * frames as usize, 0.0);
        }
        Ok(Window { data, channels, present: present as usize, sample_rate_hz })
    }
}
