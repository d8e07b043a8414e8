//! A cache of large objects within a memory limit: loaded on demand, least recently used first out.
//!
//! It must not know what the objects are.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use pocket_tts_core::Error;

use super::load_error::LoadError;

/// The binary logarithm of a MiB.
const MIB_BITS: u32 = 20;

/// Loads objects by index.
pub(crate) trait Source<M>: Send + Sync {
    /// An estimate of its size in bytes, if there is one.
    fn estimated_bytes(&self, index: usize) -> Option<u64>;

    /// Loads it. Returns its size in bytes, too.
    fn load(&self, index: usize) -> Result<(M, u64), Error>;
}

/// A fixed number of objects, of which the ones in memory stay within a limit.
pub(crate) struct Registry<M> {
    names: Vec<String>,
    entries: Vec<Mutex<RegistryEntry<M>>>,
    limit_bytes: Option<u64>,
    source: Box<dyn Source<M>>,
    /// Held during loading, so that the limit holds.
    loading: Mutex<()>,
    /// Counts uses, as a logical clock.
    uses: AtomicU64,
}

struct RegistryEntry<M> {
    loaded: Option<Loaded<M>>,
    /// Its size when it was last loaded.
    known_bytes: Option<u64>,
    last_use: u64,
}

struct Loaded<M> {
    value: M,
    /// Shared by its leases.
    in_use: Arc<()>,
}

/// Keeps an object in memory while it is in use.
#[derive(Debug)]
pub(crate) struct Lease<M> {
    value: M,
    _in_use: Arc<()>,
}

impl<M> Lease<M> {
    /// The object.
    pub(crate) fn get(&self) -> &M {
        &self.value
    }
}

impl<M: Clone> Registry<M> {
    pub(crate) fn new(names: Vec<String>, limit_bytes: Option<u64>, source: Box<dyn Source<M>>) -> Self {
        let entry = || Mutex::new(RegistryEntry { loaded: None, known_bytes: None, last_use: 0 });
        Self {
            entries: std::iter::repeat_with(entry).take(names.len()).collect(),
            names,
            limit_bytes,
            source,
            loading: Mutex::default(),
            uses: AtomicU64::new(1),
        }
    }

    /// The number of objects in memory.
    pub(crate) fn loaded(&self) -> usize {
        (0..self.entries.len()).filter(|index| self.entry(*index).loaded.is_some()).count()
    }

    /// The object if it is in memory. Does not count as a use.
    pub(crate) fn peek(&self, index: usize) -> Option<M> {
        self.entry(index).loaded.as_ref().map(|loaded| loaded.value.clone())
    }

    /// The object, loaded now if it is not in memory.
    pub(crate) fn acquire(&self, index: usize) -> Result<Lease<M>, LoadError> {
        if let Some(lease) = self.lease(index) {
            return Ok(lease);
        }
        // A panic during loading leaves no partial state.
        let _turn = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lease) = self.lease(index) {
            return Ok(lease);
        }
        let known = self.entry(index).known_bytes;
        if let Some(bytes) = known {
            self.demand_room(index, bytes)?;
        } else {
            // An estimate may be too high, so nothing is rejected because of it.
            let estimate = self.source.estimated_bytes(index).unwrap_or(0);
            self.make_room(index, estimate.min(self.limit_bytes.unwrap_or(u64::MAX)));
        }
        let (value, bytes) = self.source.load(index)?;
        self.entry(index).known_bytes = Some(bytes);
        self.demand_room(index, bytes).inspect_err(|problem| {
            tracing::warn!(model = self.names[index], mib = mib(bytes), %problem, "model loaded, but it does not fit");
        })?;
        tracing::info!(model = self.names[index], mib = mib(bytes), "model loaded");
        let mut entry = self.entry(index);
        let loaded = entry.loaded.insert(Loaded { value, in_use: Arc::default() });
        Ok(Lease { value: loaded.value.clone(), _in_use: Arc::clone(&loaded.in_use) })
    }

    /// Makes room for an object of known size.
    fn demand_room(&self, index: usize, bytes: u64) -> Result<(), LoadError> {
        let (name, mib_of_it) = (self.names[index].clone(), mib(bytes));
        match self.limit_bytes {
            Some(limit) if bytes > limit => {
                Err(LoadError::TooLarge { name, mib: mib_of_it, limit_mib: limit >> MIB_BITS })
            }
            _ if self.make_room(index, bytes) => Ok(()),
            _ => Err(LoadError::Busy { name, mib: mib_of_it }),
        }
    }

    fn lease(&self, index: usize) -> Option<Lease<M>> {
        let mut entry = self.entry(index);
        entry.last_use = self.uses.fetch_add(1, Ordering::Relaxed);
        let loaded = entry.loaded.as_ref()?;
        Some(Lease { value: loaded.value.clone(), _in_use: Arc::clone(&loaded.in_use) })
    }

    /// Drops idle objects, least recently used first, until `bytes` for `index` fit.
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
            if taken.saturating_add(bytes) <= limit {
                return true;
            }
            let Some((_, oldest, ..)) = others.iter().filter(|(.., idle)| *idle).min() else { return false };
            let mut entry = self.entry(*oldest);
            // It may just have been leased.
            if entry.loaded.as_ref().is_some_and(|loaded| Arc::strong_count(&loaded.in_use) == 1) {
                entry.loaded = None;
                let (model, mib) = (&self.names[*oldest], mib(entry.known_bytes.unwrap_or(0)));
                tracing::info!(model, mib, needed_for = self.names[index], "dropped a model to make room");
            }
        }
    }

    fn entry(&self, index: usize) -> MutexGuard<'_, RegistryEntry<M>> {
        self.entries[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Bytes as MiB, rounded up.
pub(super) fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(1 << MIB_BITS)
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

    /// Objects of these sizes.
    struct SizedObjects {
        sizes: Vec<u64>,
        estimate: Option<u64>,
        loads: Arc<AtomicUsize>,
    }

    impl Source<usize> for SizedObjects {
        fn estimated_bytes(&self, _: usize) -> Option<u64> {
            self.estimate
        }

        fn load(&self, index: usize) -> Result<(usize, u64), Error> {
            self.loads.fetch_add(1, Ordering::Relaxed);
            Ok((index, self.sizes[index]))
        }
    }

    /// Within 20 bytes.
    fn registry(sizes: &[u64], estimate: Option<u64>) -> (Registry<usize>, Arc<AtomicUsize>) {
        let loads = Arc::<AtomicUsize>::default();
        let objects = SizedObjects { sizes: sizes.to_vec(), estimate, loads: Arc::clone(&loads) };
        let names = (0..sizes.len()).map(|index| index.to_string()).collect();
        (Registry::new(names, Some(20), Box::new(objects)), loads)
    }

    fn in_memory(registry: &Registry<usize>) -> Vec<usize> {
        (0..registry.names.len()).filter(|index| registry.peek(*index).is_some()).collect()
    }

    #[test]
    fn the_least_recently_used_is_dropped() {
        let (registry, loads) = registry(&[10; 3], None);
        for index in [0, 1, 0, 2] {
            assert_eq!(*registry.acquire(index).unwrap().get(), index);
        }
        assert_eq!((in_memory(&registry), loads.load(Ordering::Relaxed)), (vec![0, 2], 3));
        registry.acquire(1).unwrap();
        assert_eq!(in_memory(&registry), [1, 2]);
    }

    #[test]
    fn objects_in_use_stay_and_one_that_does_not_fit_is_rejected() {
        for estimate in [None, Some(10)] {
            let (registry, loads) = registry(&[10; 3], estimate);
            let leases = [registry.acquire(0).unwrap(), registry.acquire(1).unwrap()];
            for attempt in 0..2 {
                let refused = registry.acquire(2).unwrap_err();
                assert!(matches!(refused, LoadError::Busy { .. }), "{attempt}: {refused}");
                assert_eq!(in_memory(&registry), [0, 1]);
            }
            assert_eq!(loads.load(Ordering::Relaxed), 3, "once its size is known, it is not loaded again");
            drop(leases);
            registry.acquire(2).unwrap();
        }
    }

    #[test]
    fn concurrent_requests_load_it_once() {
        let (registry, loads) = registry(&[10; 3], None);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| registry.acquire(1).unwrap());
            }
        });
        assert_eq!(loads.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn one_larger_than_the_limit_is_rejected_and_the_others_stay() {
        let (registry, loads) = registry(&[10, 50], None);
        registry.acquire(0).unwrap();
        for _ in 0..2 {
            let refused = registry.acquire(1).unwrap_err();
            assert!(matches!(refused, LoadError::TooLarge { .. }), "{refused}");
            assert!(refused.to_string().contains("--model-memory-mb"), "{refused}");
        }
        assert_eq!((in_memory(&registry), loads.load(Ordering::Relaxed)), (vec![0], 2));
    }

    #[test]
    fn an_estimate_makes_room_but_rejects_nothing() {
        let (registry, _) = registry(&[10; 3], Some(15));
        registry.acquire(0).unwrap();
        let lease = registry.acquire(1).unwrap();
        assert_eq!(in_memory(&registry), [1], "10 and 15 bytes are more than 20");
        registry.acquire(2).unwrap();
        assert_eq!(in_memory(&registry), [1, 2], "it takes less than the estimate");
        drop(lease);
        let (registry, _) = self::registry(&[10], Some(100));
        registry.acquire(0).unwrap();
    }
}
