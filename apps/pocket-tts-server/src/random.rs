//! Numbers that nobody can foretell, for ids and seeds. Not for keys.

use std::hash::{BuildHasher, RandomState};

/// The largest whole number that every program reads from JSON as it is.
const MAX_SEED: u64 = (1 << 53) - 1;

/// 32 hexadecimal digits.
pub(crate) fn id() -> String {
    format!("{:016x}{:016x}", number(), number())
}

/// A seed that survives a way through JSON.
pub(crate) fn seed() -> u64 {
    number() & MAX_SEED
}

/// Each `RandomState` has another key, drawn from the system's randomness.
fn number() -> u64 {
    RandomState::new().hash_one(std::time::SystemTime::now())
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_ids_are_alike() {
        let ids: std::collections::BTreeSet<String> = (0..1_000).map(|_| super::id()).collect();
        assert!(ids.len() == 1_000 && ids.iter().all(|id| id.len() == 32));
    }
}
