//! Durations of files, from their headers.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use pocket_tts_audio::SoundFile;

use crate::error::DatasetError;
use crate::jobs::MOST_THREADS;

/// The duration of a file in seconds: from its header, or else by reading it to its end.
///
/// # Errors
/// [`DatasetError::Sound`].
pub fn duration(path: &Path) -> Result<f64, DatasetError> {
    let of_sound = |source| DatasetError::Sound { path: path.to_owned(), source };
    let mut file = SoundFile::open(path).map_err(of_sound)?;
    let frames = match file.frames() {
        Some(frames) => frames,
        None => file.count_frames().map_err(of_sound)?,
    };
    Ok(frames as f64 / f64::from(file.sample_rate_hz()))
}

/// The durations of files in seconds, in their order, found on several threads.
pub fn durations<P: AsRef<Path> + Sync>(paths: &[P], threads: usize) -> Vec<Result<f64, DatasetError>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(paths.len()));
    let work = || {
        while let Some((index, path)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|index| Some((index, paths.get(index)?)))
        {
            let found = duration(path.as_ref());
            results.lock().unwrap_or_else(PoisonError::into_inner).push((index, found));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.clamp(1, paths.len().clamp(1, MOST_THREADS)) {
            scope.spawn(work);
        }
        work();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, found)| found).collect()
}
