//! Prepared voices in memory: found by content, bounded in bytes, each prepared once for concurrent requests.
//!
//! It must not know how voices are prepared.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Voice;
use crate::{Result, digest::ContentHash};

/// The contents and counters of a model's cache of voices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VoiceCacheUsage {
    /// Voices that are held.
    pub voices: usize,
    /// Bytes of their keys and values.
    pub bytes: usize,
    /// Requests for a voice that was held, or that another thread was preparing.
    pub hits: u64,
    /// Requests that prepared a voice, or tried to.
    pub misses: u64,
}

/// Prepared voices, with least-recently-used eviction.
///
/// The lock is held for look-ups, never while a voice is prepared. A request for a voice that is being prepared waits for that
/// voice only.
#[derive(Debug)]
pub(crate) struct VoiceCache {
    limit_bytes: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    held: HashMap<ContentHash, Held>,
    in_preparation: HashMap<ContentHash, Arc<Slot>>,
    /// Counts uses, as the clock of the eviction.
    uses: u64,
    usage: VoiceCacheUsage,
}

#[derive(Debug)]
struct Held {
    voice: Voice,
    last_use: u64,
}

/// Shared by all requests for one voice: the first prepares it.
type Slot = Mutex<Option<Voice>>;

/// A share in a slot, returned on drop.
struct Turn<'a> {
    cache: &'a VoiceCache,
    key: ContentHash,
    slot: Arc<Slot>,
}

impl VoiceCache {
    /// A cache of at most `limit_bytes` bytes of keys and values; 0 holds nothing.
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self { limit_bytes, inner: Mutex::default() }
    }

    pub(crate) fn usage(&self) -> VoiceCacheUsage {
        self.lock().usage
    }

    /// The voice of this key, prepared now if it isn't held.
    pub(crate) fn voice(&self, key: ContentHash, prepare: impl FnOnce() -> Result<Voice>) -> Result<Voice> {
        let turn = {
            let mut inner = self.lock();
            if let Some(voice) = inner.find(&key) {
                inner.usage.hits += 1;
                return Ok(voice);
            }
            let slot = Arc::clone(inner.in_preparation.entry(key).or_default());
            Turn { cache: self, key, slot }
        };
        // A slot that a panic left empty can be used again.
        let mut place = turn.slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(voice) = place.as_ref() {
            self.lock().usage.hits += 1;
            return Ok(voice.clone());
        }
        self.lock().usage.misses += 1;
        let voice = prepare()?;
        *place = Some(voice.clone());
        self.lock().keep(key, &voice, self.limit_bytes);
        Ok(voice)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change of the maps is complete before anything can panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn find(&mut self, key: &ContentHash) -> Option<Voice> {
        self.uses += 1;
        let held = self.held.get_mut(key)?;
        held.last_use = self.uses;
        Some(held.voice.clone())
    }

    fn keep(&mut self, key: ContentHash, voice: &Voice, limit_bytes: usize) {
        let bytes = voice.bytes();
        if bytes > limit_bytes {
            return;
        }
        while self.usage.bytes + bytes > limit_bytes {
            let oldest = self.held.iter().min_by_key(|(_, held)| held.last_use).map(|(key, _)| *key);
            let Some(forgotten) = oldest.and_then(|key| self.held.remove(&key)) else { break };
            self.usage.bytes -= forgotten.voice.bytes();
        }
        self.uses += 1;
        let held = Held { voice: voice.clone(), last_use: self.uses };
        if let Some(replaced) = self.held.insert(key, held) {
            self.usage.bytes -= replaced.voice.bytes();
        }
        self.usage.bytes += bytes;
        self.usage.voices = self.held.len();
    }
}

impl Drop for Turn<'_> {
    /// The last share removes the slot.
    fn drop(&mut self) {
        let mut inner = self.cache.lock();
        drop(std::mem::take(&mut self.slot));
        if inner.in_preparation.get(&self.key).is_some_and(|slot| Arc::strong_count(slot) == 1) {
            inner.in_preparation.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{panic, sync::mpsc, thread};

    use pocket_tts_flow_lm::FlowLmState;
    use pocket_tts_tensor::KvCache;

    use super::*;
    use crate::{
        Error,
        voices::primed::{HeadShape, PrimedVoice},
    };

    fn voice() -> Voice {
        voice_of(1)
    }

    /// A voice of `positions` positions, each a key and a value of four bytes.
    fn voice_of(positions: usize) -> Voice {
        let cache = KvCache::from_parts(1, vec![1.0; positions], vec![2.0; positions]);
        Voice::new(PrimedVoice {
            model_id: 0,
            state: FlowLmState { caches: vec![cache] },
            shape: HeadShape { heads: 1, head_dim: 1 },
            made_with: None,
            warnings: Vec::new(),
        })
    }

    fn key(name: &str) -> ContentHash {
        crate::digest::Digest::new(name).finish()
    }

    #[test]
    fn a_voice_in_preparation_holds_up_no_other() {
        let cache = VoiceCache::new(1_000);
        let (begun, wait_for_begin) = mpsc::channel();
        let (finish, wait_for_finish) = mpsc::channel();
        thread::scope(|scope| {
            let cache = &cache;
            let slow = scope.spawn(move || {
                cache.voice(key("slow"), || {
                    begun.send(()).unwrap();
                    wait_for_finish.recv().unwrap();
                    Ok(voice())
                })
            });
            wait_for_begin.recv().unwrap();
            // If this waited for the slow one, the slow one would wait forever.
            cache.voice(key("other"), || Ok(voice())).unwrap();
            assert_eq!(cache.usage().voices, 1);
            finish.send(()).unwrap();
            slow.join().unwrap().unwrap();
        });
        assert_eq!(cache.usage().voices, 2);
        assert!(cache.lock().in_preparation.is_empty());
    }

    #[test]
    fn a_large_voice_makes_as_many_small_ones_go_as_it_needs_and_the_bytes_of_all_count() {
        let cache = VoiceCache::new(80);
        let ask = |name: &str, positions: usize| cache.voice(key(name), || Ok(voice_of(positions))).unwrap();
        for name in ["first", "second", "third"] {
            ask(name, 3);
        }
        assert_eq!((cache.usage().voices, cache.usage().bytes), (3, 72));
        ask("large", 6);
        assert_eq!((cache.usage().voices, cache.usage().bytes), (2, 72));
        let misses = cache.usage().misses;
        ask("third", 3);
        ask("large", 6);
        assert_eq!(cache.usage().misses, misses, "the latest are held still");
        // As much as there may be, and more.
        ask("all", 10);
        assert_eq!((cache.usage().voices, cache.usage().bytes), (1, 80));
        ask("too large", 11);
        assert_eq!((cache.usage().voices, cache.usage().bytes), (1, 80));
    }

    #[test]
    fn neither_a_failure_nor_a_panic_leaves_anything() {
        let cache = VoiceCache::new(1_000);
        assert!(matches!(cache.voice(key("a"), || Err(Error::ForeignVoice)), Err(Error::ForeignVoice)));
        let panicked = panic::catch_unwind(panic::AssertUnwindSafe(|| {
            drop(cache.voice(key("a"), || panic!("as a bug in the encoder would")));
        }));
        assert!(panicked.is_err());
        assert!(cache.lock().in_preparation.is_empty());
        cache.voice(key("a"), || Ok(voice())).unwrap();
        assert_eq!((cache.usage().voices, cache.usage().misses), (1, 3));
    }
}
