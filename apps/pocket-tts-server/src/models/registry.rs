//! Things that are large, loaded when needed, and dropped when others need their room.
//!
//! It must not know what they are.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use pocket_tts_core::Error;

/// Loads the thing of an index and tells how many bytes it takes.
type Load<M> = Arc<dyn Fn(usize) -> Result<(M, u64), Error> + Send + Sync>;

/// A fixed number of things, of which those in memory stay within a limit where that can be.
pub(crate) struct Registry<M> {
    entries: Vec<Mutex<Entry<M>>>,
    limit_bytes: Option<u64>,
    load: Load<M>,
    /// Held while one is loaded, so that its size can be told and the limit be kept.
    loading: Mutex<()>,
    /// Counts uses, as a clock that tells which was the latest.
    uses: AtomicU64,
}

struct Entry<M> {
    loaded: Option<Loaded<M>>,
    /// What it took when it was last loaded.
    known_bytes: Option<u64>,
    last_use: u64,
}

struct Loaded<M> {
    value: M,
    /// Shared by those who use it.
    in_use: Arc<()>,
}

/// The right to use a thing, which stays in memory as long.
#[derive(Debug)]
pub(crate) struct Lease<M> {
    value: M,
    _in_use: Arc<()>,
}

/// Why a thing can't be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// Loading failed.
    #[error(transparent)]
    Speech(#[from] Error),
    /// The others are in use.
    #[error("the models in use leave no room for this one, which takes {bytes} bytes; try again")]
    Memory {
        /// What it takes.
        bytes: u64,
    },
}

impl<M> Lease<M> {
    /// The thing.
    pub(crate) fn get(&self) -> &M {
        &self.value
    }
}

impl<M: Clone> Registry<M> {
    pub(crate) fn new(count: usize, limit_bytes: Option<u64>, load: Load<M>) -> Self {
        let entry = || Mutex::new(Entry { loaded: None, known_bytes: None, last_use: 0 });
        Self {
            entries: std::iter::repeat_with(entry).take(count).collect(),
            limit_bytes,
            load,
            loading: Mutex::default(),
            uses: AtomicU64::new(1),
        }
    }

    /// How many are in memory.
    pub(crate) fn loaded(&self) -> usize {
        (0..self.entries.len()).filter(|index| self.entry(*index).loaded.is_some()).count()
    }

    /// The thing of this index if it is in memory; that is no use of it.
    pub(crate) fn peek(&self, index: usize) -> Option<M> {
        self.entry(index).loaded.as_ref().map(|loaded| loaded.value.clone())
    }

    /// The thing of this index, loaded now if it isn't in memory.
    pub(crate) fn acquire(&self, index: usize) -> Result<Lease<M>, LoadError> {
        if let Some(lease) = self.lease(index) {
            return Ok(lease);
        }
        // A panic while loading leaves nothing half done.
        let _turn = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lease) = self.lease(index) {
            return Ok(lease);
        }
        if let Some(bytes) = self.entry(index).known_bytes
            && !self.make_room(index, bytes)
        {
            return Err(LoadError::Memory { bytes });
        }
        let (value, bytes) = (self.load)(index)?;
        {
            let mut entry = self.entry(index);
            entry.known_bytes = Some(bytes);
            entry.loaded = Some(Loaded { value, in_use: Arc::default() });
        }
        let lease = self.lease(index);
        // A size that wasn't known is known now. If the others are in use, they go later.
        self.make_room(index, bytes);
        lease.ok_or(LoadError::Memory { bytes })
    }

    fn lease(&self, index: usize) -> Option<Lease<M>> {
        let mut entry = self.entry(index);
        entry.last_use = self.uses.fetch_add(1, Ordering::Relaxed);
        let loaded = entry.loaded.as_ref()?;
        Some(Lease { value: loaded.value.clone(), _in_use: Arc::clone(&loaded.in_use) })
    }

    /// Drops idle things, those used longest ago first, until `bytes` for `index` fit beside the others.
    fn make_room(&self, index: usize, bytes: u64) -> bool {
        let Some(limit) = self.limit_bytes else { return true };
        loop {
            let others: Vec<(u64, usize, u64, bool)> = (0..self.entries.len())
                .filter(|other| *other != index)
                .filter_map(|other| {
                    let entry = self.entry(other);
                    let loaded = entry.loaded.as_ref()?;
                    let idle = Arc::strong_count(&loaded.in_use) == 1;
                    Some((entry.last_use, other, entry.known_bytes.unwrap_or(0), idle))
                })
                .collect();
            let taken: u64 = others.iter().map(|(_, _, bytes, _)| bytes).sum();
            if others.is_empty() || taken.saturating_add(bytes) <= limit {
                return true;
            }
            let Some((_, oldest, ..)) = others.iter().filter(|(.., idle)| *idle).min() else { return false };
            let mut entry = self.entry(*oldest);
            // It may have found a user just now.
            if entry.loaded.as_ref().is_some_and(|loaded| Arc::strong_count(&loaded.in_use) == 1) {
                entry.loaded = None;
            }
        }
    }

    fn entry(&self, index: usize) -> MutexGuard<'_, Entry<M>> {
        self.entries[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Clone> fmt::Debug for Registry<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Registry")
            .field("entries", &self.entries.len())
            .field("loaded", &self.loaded())
            .field("limit_bytes", &self.limit_bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// Three things of 10 bytes within 20.
    fn registry() -> (Registry<usize>, Arc<AtomicUsize>) {
        let loads = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&loads);
        let load: Load<usize> = Arc::new(move |index| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok((index, 10))
        });
        (Registry::new(3, Some(20), load), loads)
    }

    fn in_memory(registry: &Registry<usize>) -> Vec<usize> {
        (0..3).filter(|index| registry.entry(*index).loaded.is_some()).collect()
    }

    #[test]
    fn the_one_used_longest_ago_makes_room() {
        let (registry, loads) = registry();
        for index in [0, 1, 0, 2] {
            assert_eq!(*registry.acquire(index).unwrap().get(), index);
        }
        assert_eq!((in_memory(&registry), loads.load(Ordering::Relaxed)), (vec![0, 2], 3));
        registry.acquire(1).unwrap();
        assert_eq!(in_memory(&registry), [1, 2]);
    }

    #[test]
    fn one_in_use_stays_and_one_that_fits_nowhere_is_refused() {
        let (registry, _) = registry();
        drop(registry.acquire(2).unwrap());
        let leases = [registry.acquire(0).unwrap(), registry.acquire(1).unwrap()];
        assert_eq!(in_memory(&registry), [0, 1]);
        let refused = registry.acquire(2).unwrap_err();
        assert!(matches!(refused, LoadError::Memory { bytes: 10 }), "{refused}");
        drop(leases);
        registry.acquire(2).unwrap();
    }

    #[test]
    fn threads_that_ask_at_once_load_it_once() {
        let (registry, loads) = registry();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| registry.acquire(1).unwrap());
            }
        });
        assert_eq!(loads.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn one_larger_than_the_limit_is_loaded_alone() {
        let load: Load<usize> = Arc::new(|index| Ok((index, 50)));
        let registry = Registry::new(2, Some(20), load);
        registry.acquire(0).unwrap();
        registry.acquire(1).unwrap();
        assert!(registry.entry(0).loaded.is_none());
    }
}
