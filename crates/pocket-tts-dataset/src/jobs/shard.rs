//! Which recordings one of several processes works on.

use std::str::FromStr;

use crate::error::DatasetError;

/// One of several parts of a set: every `count`th recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    index: u64,
    count: u64,
}

impl Shard {
    /// All recordings.
    pub const WHOLE: Self = Self { index: 1, count: 1 };

    /// Whether the recording of a number from 0 on belongs to it.
    pub fn has(self, recording: u64) -> bool {
        recording % self.count == self.index - 1
    }

    /// For file names.
    pub(super) fn name(self) -> String {
        format!("{}-of-{}", self.index, self.count)
    }

    /// Whether it is what [`name`](Self::name) returns.
    pub(super) fn is_name(text: &str) -> bool {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.split_once("-of-").is_some_and(|(index, count)| is_number(index) && is_number(count))
    }
}

impl FromStr for Shard {
    type Err = DatasetError;

    /// Reads a part such as `1/4`.
    fn from_str(text: &str) -> Result<Self, DatasetError> {
        let parts = text.split_once('/').and_then(|(index, count)| {
            Some(Self { index: index.trim().parse().ok()?, count: count.trim().parse().ok()? })
        });
        parts.filter(|shard| (1..=shard.count).contains(&shard.index)).ok_or_else(|| {
            DatasetError::Option(format!(
                "`{text}` is no part; give its number and how many there are, from 1/4 to 4/4 for four processes"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_recording_belongs_to_one_part() {
        let shards: Vec<Shard> = ["1/3", "2/3", " 3 / 3"].iter().map(|text| text.parse().unwrap()).collect();
        for recording in 0..20 {
            assert_eq!(shards.iter().filter(|shard| shard.has(recording)).count(), 1);
        }
        assert!((0..9).all(|recording| Shard::WHOLE.has(recording)));
        for wrong in ["0/3", "4/3", "1/0", "1", "a/b", ""] {
            assert!(wrong.parse::<Shard>().unwrap_err().to_string().contains("from 1/4 to 4/4"), "{wrong}");
        }
    }
}
