//! Reads the windows of a manifest or of sound files, and prints how fast, as a line of JSON:
//! `read_windows MANIFEST|FILE... [duration=4] [rate=24000] [threads=1] [shuffle=1] [limit=1000]`.

#![expect(clippy::print_stdout, reason = "it is a program")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use pocket_tts_dataset::{DatasetReader, OnError, ReaderOptions, Shuffle, Steps, durations};

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (settings, files): (Vec<&String>, Vec<&String>) = words.iter().partition(|word| word.contains('='));
    let setting = |name: &str, usual: f64| {
        let found = settings.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        found.map_or(Ok(usual), str::parse)
    };
    let rate = setting("rate", 24_000.0)?;
    let options = ReaderOptions {
        sample_rate_hz: (rate > 0.0).then_some(rate as u32),
        threads: setting("threads", 1.0)? as usize,
        on_error: OnError::Skip,
        ..ReaderOptions::new(setting("duration", 4.0)?)
    };
    let reader = match files.as_slice() {
        [manifest] if Path::new(manifest).extension().is_some_and(|extension| extension == "jsonl") => {
            DatasetReader::of_manifest(manifest, options)?
        }
        files => {
            let paths: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            let found = durations(&paths, options.threads);
            let known = paths.into_iter().zip(found).filter_map(|(path, found)| Some((path, found.ok()?)));
            DatasetReader::of_files(known.collect(), options)?
        }
    };
    let began = Instant::now();
    let mut iter = if setting("shuffle", 1.0)? > 0.0 {
        reader.shuffled(Shuffle::default())?
    } else {
        reader.sequential(Steps::default())?
    };
    let (mut windows, mut samples, mut sum) = (0_u64, 0_usize, 0.0);
    for sample in iter.by_ref().take(setting("limit", f64::from(u32::MAX))? as usize) {
        let sample = sample?;
        windows += 1;
        samples += sample.data.len();
        sum += f64::from(sample.data[sample.data.len() / 2]);
    }
    let seconds = began.elapsed().as_secs_f64();
    let (per_second, skipped) = (windows as f64 / seconds, iter.skipped_count());
    println!(
        "{{\"windows\": {windows}, \"skipped\": {skipped}, \"samples\": {samples}, \"seconds\": {seconds:.3}, \
         \"windows_per_second\": {per_second:.1}, \"sum\": {sum:.6}}}"
    );
    Ok(())
}
