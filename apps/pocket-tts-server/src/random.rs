//! Unpredictable numbers for ids and seeds. Not for keys.

use std::hash::{BuildHasher, RandomState};

/// The largest integer that every JSON parser reads exactly.
const MAX_SEED: u64 = (1 << 53) - 1;

/// 32 hexadecimal digits.
pub(crate) fn id() -> String {
    format!("{:016x}{:016x}", number(), number())
}

/// A seed that JSON can represent exactly.
pub(crate) fn seed() -> u64 {
    number() & MAX_SEED
}

/// Each `RandomState` has another key from the system's random numbers.
fn number() -> u64 {
    RandomState::new().hash_one(std::time::SystemTime::now())
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_unique() {
        let ids: std::collections::BTreeSet<String> = (0..1_000).map(|_| super::id()).collect();
        assert!(ids.len() == 1_000 && ids.iter().all(|id| id.len() == 32));
    }
}
