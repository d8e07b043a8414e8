//! The results of a benchmark: their names, rounding and statistics. It must not measure.

use serde::Serialize;

use super::machine::Usage;

/// The times of one run, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    pub(super) wall_s: f64,
    pub(super) first_chunk_s: f64,
    /// Time of the slowest stream divided by the mean.
    pub(super) unfairness: f64,
}

/// The printed line. Its names are shared with the benchmarks of other runtimes.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    frames: usize,
    streams: usize,
    runs: usize,
    times_real_time: f64,
    times_real_time_min: f64,
    times_real_time_max: f64,
    wall_s: f64,
    first_chunk_ms: f64,
    first_chunk_ms_max: f64,
    unfairness: f64,
    cpu_cores: Option<f64>,
    other_cores: Option<f64>,
    threads: Option<usize>,
    peak_rss_mb: Option<f64>,
    load_s: f64,
    import_s: f64,
    version: &'static str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    components: Option<Components>,
}

/// The results of the parts that a run does not use.
#[derive(Debug, Serialize)]
pub(super) struct Components {
    voice_encode_ms: f64,
    voice_state_ms: f64,
}

impl Figures {
    /// The results of `runs`, each of which generated `audio_s` seconds of audio in all. There must be a run.
    pub(super) fn new(frames: usize, streams: usize, audio_s: f64, runs: &[Run], load_s: f64) -> Self {
        let walls = Sorted::new(runs.iter().map(|run| run.wall_s));
        let firsts = Sorted::new(runs.iter().map(|run| run.first_chunk_s));
        let factors = Sorted::new(runs.iter().map(|run| audio_s / run.wall_s));
        Self {
            frames,
            streams,
            runs: runs.len(),
            times_real_time: round(factors.median(), 3),
            times_real_time_min: round(factors.least(), 3),
            times_real_time_max: round(factors.most(), 3),
            wall_s: round(walls.median(), 4),
            first_chunk_ms: round(1e3 * firsts.median(), 2),
            first_chunk_ms_max: round(1e3 * firsts.most(), 2),
            unfairness: round(runs.iter().map(|run| run.unfairness).fold(1.0, f64::max), 3),
            cpu_cores: None,
            other_cores: None,
            threads: None,
            peak_rss_mb: None,
            load_s: round(load_s, 3),
            import_s: 0.0,
            version: env!("CARGO_PKG_VERSION"),
            components: None,
        }
    }

    /// Adds the results of the parts.
    pub(super) fn with_components(self, components: Components) -> Self {
        Self { components: Some(components), ..self }
    }

    /// Adds the resource usage.
    pub(super) fn with_machine(self, usage: Usage, threads: Option<usize>) -> Self {
        Self {
            cpu_cores: usage.cpu_cores.map(|cores| round(cores, 2)),
            other_cores: usage.other_cores.map(|cores| round(cores, 2)),
            peak_rss_mb: usage.peak_rss_mb.map(|size| round(size, 1)),
            threads,
            ..self
        }
    }
}

impl Components {
    /// The medians of times in seconds.
    pub(super) fn new(voice_encode_s: Vec<f64>, voice_state_s: Vec<f64>) -> Self {
        let median_ms = |times: Vec<f64>| round(1e3 * Sorted::new(times.into_iter()).median(), 2);
        Self { voice_encode_ms: median_ms(voice_encode_s), voice_state_ms: median_ms(voice_state_s) }
    }
}

/// Numbers in ascending order.
struct Sorted(Vec<f64>);

impl Sorted {
    fn new(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    fn least(&self) -> f64 {
        self.0.first().copied().unwrap_or(f64::NAN)
    }

    fn most(&self) -> f64 {
        self.0.last().copied().unwrap_or(f64::NAN)
    }

    /// The middle one, or the mean of the two in the middle.
    fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        match (self.0.get(middle), self.0.len() % 2) {
            (Some(upper), 0) => f64::midpoint(self.0[middle - 1], *upper),
            (Some(value), _) => *value,
            (None, _) => f64::NAN,
        }
    }
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_runs_is_the_mean_of_the_middle_two() {
        let run = |wall_s| Run { wall_s, first_chunk_s: wall_s / 100.0, unfairness: 1.0 };
        let figures = Figures::new(125, 1, 10.0, &[run(4.0), run(1.0), run(2.0), run(5.0)], 0.1234);
        assert!((figures.wall_s - 3.0).abs() < 1e-12);
        assert!((figures.times_real_time - 3.75).abs() < 1e-12, "the median of 2, 2.5, 5 and 10");
        assert!(
            (figures.times_real_time_min - 2.0).abs() < 1e-12
                && (figures.times_real_time_max - 10.0).abs() < 1e-12
        );
        assert!((figures.first_chunk_ms - 30.0).abs() < 1e-12);
        assert!((figures.first_chunk_ms_max - 50.0).abs() < 1e-12);
        assert!((figures.load_s - 0.123).abs() < 1e-12);
    }
}
