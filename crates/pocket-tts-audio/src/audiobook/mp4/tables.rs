//! Where the samples of a track lie, in bytes and in time. A sample is a frame of sound, or a title.

use super::boxes::{boxed, full_box, list_box, words};

/// The samples of a track, in order: 4 bytes for each, and 8 for each chunk of samples that lie together.
#[derive(Debug)]
pub(in super::super) struct SampleTable {
    samples_per_chunk: usize,
    sizes: Vec<u32>,
    chunk_offsets: Vec<u64>,
}

/// A number of samples of equal duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) samples: u32,
    pub(super) duration: u32,
}

impl SampleTable {
    pub(in super::super) fn new(samples_per_chunk: usize) -> Self {
        Self { samples_per_chunk, sizes: Vec::new(), chunk_offsets: Vec::new() }
    }

    /// Adds a sample of `size` bytes at `offset` in the file, behind the previous one if that is in the same chunk.
    pub(in super::super) fn add(&mut self, size: usize, offset: u64) {
        if self.sizes.len().is_multiple_of(self.samples_per_chunk) {
            self.chunk_offsets.push(offset);
        }
        self.sizes.push(size as u32);
    }

    /// The number of samples.
    pub(in super::super) fn len(&self) -> usize {
        self.sizes.len()
    }

    /// The bytes of all samples.
    pub(super) fn bytes(&self) -> u64 {
        self.sizes.iter().map(|size| u64::from(*size)).sum()
    }

    /// The size of the largest sample.
    pub(super) fn largest(&self) -> u32 {
        self.sizes.iter().copied().max().unwrap_or(0)
    }

    /// The box `stbl`, with the sample description `stsd` and further boxes.
    pub(super) fn boxed(&self, description: &[u8], runs: &[Run], others: &[u8]) -> Vec<u8> {
        let description = list_box(*b"stsd", 1, description);
        let durations = words(runs.iter().flat_map(|run| [run.samples, run.duration]));
        let durations = list_box(*b"stts", runs.len(), &durations);
        let sizes = words(self.sizes.iter().copied());
        // 0: the sizes differ.
        let sizes = full_box(*b"stsz", 0, 0, &[&[0; 4], &(self.len() as u32).to_be_bytes(), &sizes]);
        boxed(*b"stbl", &[&description, &durations, &self.chunks(), &sizes, &self.offsets(), others])
    }

    /// How many samples the chunks hold: the full ones, and an incomplete last one.
    fn chunks(&self) -> Vec<u8> {
        let (full, rest) = (self.len() / self.samples_per_chunk, self.len() % self.samples_per_chunk);
        let mut entries = Vec::new();
        if full > 0 {
            entries.push([1, self.samples_per_chunk as u32, 1]);
        }
        if rest > 0 {
            entries.push([full as u32 + 1, rest as u32, 1]);
        }
        list_box(*b"stsc", entries.len(), &words(entries.concat()))
    }

    /// Positions in 32 bits if all fit, else in 64.
    fn offsets(&self) -> Vec<u8> {
        let offsets = &self.chunk_offsets;
        let short: Result<Vec<u32>, _> = offsets.iter().map(|offset| u32::try_from(*offset)).collect();
        if let Ok(short) = short {
            return list_box(*b"stco", short.len(), &words(short));
        }
        let long: Vec<u8> = offsets.iter().flat_map(|offset| offset.to_be_bytes()).collect();
        list_box(*b"co64", offsets.len(), &long)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(samples: usize, start: u64) -> SampleTable {
        let mut table = SampleTable::new(3);
        for index in 0..samples {
            table.add(5, start + 5 * index as u64);
        }
        table
    }

    #[test]
    fn the_last_chunk_may_be_incomplete() {
        assert_eq!(table(0, 0).chunks()[12..], [0; 4]);
        assert_eq!(table(2, 0).chunks()[12..], words([1, 1, 2, 1]));
        assert_eq!(table(6, 0).chunks()[12..], words([1, 1, 3, 1]));
        assert_eq!(table(7, 0).chunks()[12..], words([2, 1, 3, 1, 3, 1, 1]));
        assert_eq!(table(7, 0).offsets()[4..], [&b"stco"[..], &words([0, 3, 0, 15, 30])].concat());
    }

    #[test]
    fn positions_beyond_4_gib_take_64_bits() {
        let offsets = table(4, u64::from(u32::MAX) - 1).offsets();
        assert_eq!(offsets[4..], [&b"co64"[..], &words([0, 2, 0, u32::MAX - 1, 1, 13])].concat());
    }
}
