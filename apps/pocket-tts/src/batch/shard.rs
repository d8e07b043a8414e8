//! Which lines of a manifest one of several processes speaks.

use std::fmt;

use crate::exit::Failure;

/// One of several parts of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    /// Counted from 1.
    index: u64,
    count: u64,
}

impl Shard {
    /// All lines.
    pub(super) const WHOLE: Self = Self { index: 1, count: 1 };

    /// Parses a part as a user writes it, such as `1/4`.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let parts = text.split_once('/').and_then(|(index, count)| {
            Some(Self { index: index.trim().parse().ok()?, count: count.trim().parse().ok()? })
        });
        parts.filter(|shard| (1..=shard.count).contains(&shard.index)).ok_or_else(|| {
            Failure::Usage(format!(
                "invalid value `{text}` for --shard; it must be a part and the number of parts, from 1/4 to 4/4 for four \
                 processes"
            ))
        })
    }

    /// Whether the line of this number, counted from 1, belongs to the part.
    pub(super) fn has(self, line: u64) -> bool {
        line % self.count == self.index % self.count
    }

    /// Whether it is one of several parts.
    pub(super) fn is_partial(self) -> bool {
        self.count > 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-of-{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_belongs_to_exactly_one_part() {
        let shards = ["1/3", "2/3", " 3 / 3"].map(|text| Shard::parse(text).unwrap());
        for line in 1..=20 {
            assert_eq!(shards.iter().filter(|shard| shard.has(line)).count(), 1, "{line}");
        }
        assert!(shards[0].has(1) && shards[0].has(4) && shards[2].has(3));
        assert!((1..9).all(|line| Shard::WHOLE.has(line)) && !Shard::WHOLE.is_partial());
    }

    #[test]
    fn other_parts_are_refused() {
        for text in ["0/4", "5/4", "1/0", "0/0", "1", "a/b", "-1/4", "1/4/2", ""] {
            assert!(Shard::parse(text).unwrap_err().to_string().contains("from 1/4 to 4/4"), "{text}");
        }
    }
}
