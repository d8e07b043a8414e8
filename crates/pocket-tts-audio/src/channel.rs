//! One channel of interleaved samples.

/// One channel of interleaved samples.
#[derive(Clone, Copy, Debug)]
pub struct Channel<'a> {
    interleaved: &'a [f32],
    channels: usize,
    index: usize,
}

impl<'a> Channel<'a> {
    /// Channel `index` of `interleaved`, which has `channels` samples in each frame. A channel that isn't there has no
    /// samples.
    pub fn new(interleaved: &'a [f32], channels: usize, index: usize) -> Self {
        let interleaved = if index < channels { interleaved } else { &[] };
        Self { interleaved, channels: channels.max(1), index }
    }

    /// A sound of one channel.
    pub fn only(samples: &'a [f32]) -> Self {
        Self::new(samples, 1, 0)
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.interleaved.len() / self.channels
    }

    /// Whether there are no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends the first `length` samples, or as many as there are.
    pub fn append_to(&self, length: usize, output: &mut Vec<f32>) {
        let begin = output.len();
        output.resize(begin + length.min(self.len()), 0.0);
        self.each(0, &mut output[begin..], |place, sample| *place = sample);
    }

    /// Calls `take` for each place with its sample, from sample `start` on.
    pub(crate) fn each<T>(&self, start: usize, places: &mut [T], take: impl Fn(&mut T, f32)) {
        let rest = self.interleaved.get(start.saturating_mul(self.channels)..).unwrap_or_default();
        // Loops for the usual numbers of channels, as steps of known size are faster.
        match (self.channels, self.index) {
            (1, _) => places.iter_mut().zip(rest).for_each(|(place, sample)| take(place, *sample)),
            (2, 0) => {
                let frames = rest.as_chunks::<2>().0;
                places.iter_mut().zip(frames).for_each(|(place, [left, _])| take(place, *left));
            }
            (2, _) => {
                let frames = rest.as_chunks::<2>().0;
                places.iter_mut().zip(frames).for_each(|(place, [_, right])| take(place, *right));
            }
            (channels, index) => {
                let samples = rest.iter().skip(index).step_by(channels);
                places.iter_mut().zip(samples).for_each(|(place, sample)| take(place, *sample));
            }
        }
    }
}

/// Appends the mean of the channels of each frame.
pub fn append_mean(interleaved: &[f32], channels: usize, output: &mut Vec<f32>) {
    // Sum first, then one division, as when whole files are decoded.
    match channels {
        0 | 1 => output.extend_from_slice(interleaved),
        2 => {
            output.extend(interleaved.as_chunks::<2>().0.iter().map(|[left, right]| (left + right) / 2.0));
        }
        _ => {
            let mean = |frame: &[f32]| frame.iter().sum::<f32>() / frame.len() as f32;
            output.extend(interleaved.chunks_exact(channels).map(mean));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_taken_and_averaged_for_any_number_of_them() {
        for channels in 1..5 {
            let interleaved: Vec<f32> = (0..12 * channels).map(|index| index as f32).collect();
            for index in 0..channels {
                let mut taken = Vec::new();
                Channel::new(&interleaved, channels, index).append_to(7, &mut taken);
                let expected: Vec<f32> = (0..7).map(|frame| (frame * channels + index) as f32).collect();
                assert_eq!(taken, expected, "{index} of {channels}");
            }
            let mut means = Vec::new();
            append_mean(&interleaved, channels, &mut means);
            let mean = |frame: usize| (frame * channels) as f32 + (channels - 1) as f32 / 2.0;
            assert_eq!(means, (0..12).map(mean).collect::<Vec<_>>(), "{channels}");
        }
        assert!(Channel::new(&[1.0], 1, 1).is_empty());
    }
}
