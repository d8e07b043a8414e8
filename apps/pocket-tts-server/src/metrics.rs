//! Figures for Prometheus. It must not know where they come from.

use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
    core::Collector,
};

use crate::process;

/// Seconds until the first sound.
const FIRST_AUDIO_BUCKETS_S: &[f64] = &[0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 30.0];
/// Seconds of sound per second of work.
const REAL_TIME_FACTOR_BUCKETS: &[f64] = &[0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// What a stream that ends without a word has.
const FAILED: &str = "failed";

/// The server's figures.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    queue: IntGauge,
    active: IntGauge,
    streams: IntCounterVec,
    audio_seconds: prometheus::Counter,
    first_audio: Histogram,
    real_time_factor: Histogram,
    pub(crate) unfinished_sentences: IntCounter,
    pub(crate) models_loaded: IntGauge,
    pub(crate) wyoming_advertised: IntGauge,
    /// Set before the figures are told.
    pub(crate) spool: IntGauge,
    resident: IntGauge,
    threads: IntGauge,
    descriptors: IntGauge,
}

/// One stream, until its end.
#[derive(Debug)]
pub(crate) struct StreamWatch<'a> {
    metrics: &'a Metrics,
    outcome: &'static str,
}

impl Metrics {
    /// # Errors
    ///
    /// If two figures have one name, which is a bug.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counters = |name: &str, help: &str, labels: &[&str]| {
            add(&registry, IntCounterVec::new(Opts::new(name, help), labels)?)
        };
        let gauge = |name: &str, help: &str| add(&registry, IntGauge::new(name, help)?);
        let histogram = |name: &str, help: &str, buckets: &[f64]| {
            let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
            add(&registry, Histogram::with_opts(options)?)
        };
        Ok(Self {
            requests: counters(
                "pocket_tts_requests_total",
                "Requests by route, method and status.",
                &["route", "method", "status"],
            )?,
            queue: gauge("pocket_tts_queue_length", "Requests that wait for a stream.")?,
            active: gauge("pocket_tts_active_streams", "Streams that speak now.")?,
            streams: counters(
                "pocket_tts_streams_total",
                "Streams by outcome: completed, cancelled by the client, or failed.",
                &["outcome"],
            )?,
            audio_seconds: add(
                &registry,
                prometheus::Counter::new(
                    "pocket_tts_audio_seconds_total",
                    "Seconds of sound of completed streams.",
                )?,
            )?,
            first_audio: histogram(
                "pocket_tts_first_audio_seconds",
                "Seconds from a request to its first sound, waiting included.",
                FIRST_AUDIO_BUCKETS_S,
            )?,
            real_time_factor: histogram(
                "pocket_tts_real_time_factor",
                "Seconds of sound per second that its stream took.",
                REAL_TIME_FACTOR_BUCKETS,
            )?,
            unfinished_sentences: add(
                &registry,
                IntCounter::new(
                    "pocket_tts_unfinished_sentences_total",
                    "Sentences that were cut before the model ended them.",
                )?,
            )?,
            models_loaded: gauge("pocket_tts_models_loaded", "Models in memory.")?,
            wyoming_advertised: gauge(
                "pocket_tts_wyoming_advertised",
                "1 while the Wyoming port is found over Zeroconf.",
            )?,
            spool: gauge(
                "pocket_tts_spool_bytes",
                "Bytes of temporary files with sound that clients have not read yet.",
            )?,
            resident: gauge("process_resident_memory_bytes", "Resident memory.")?,
            threads: gauge("process_threads", "Threads.")?,
            descriptors: gauge("process_open_fds", "Open file descriptors.")?,
            registry,
        })
    }

    pub(crate) fn request(&self, route: &str, method: &str, status: u16) {
        self.requests.with_label_values(&[route, method, &status.to_string()]).inc();
    }

    pub(crate) fn first_audio(&self, seconds: f64) {
        self.first_audio.observe(seconds);
    }

    pub(crate) fn stream_begins(&self) -> StreamWatch<'_> {
        StreamWatch { metrics: self, outcome: FAILED }
    }

    /// All figures as text, in the format 0.0.4.
    pub(crate) fn text(&self, waiting: usize, active: usize) -> Result<Vec<u8>, prometheus::Error> {
        self.queue.set(waiting as i64);
        self.active.set(active as i64);
        let usage = process::Usage::read();
        for (gauge, value) in [
            (&self.resident, usage.resident_bytes),
            (&self.threads, usage.threads),
            (&self.descriptors, usage.descriptors),
        ] {
            gauge.set(value.map_or(-1, |value| value as i64));
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

impl StreamWatch<'_> {
    /// The stream came to its end.
    pub(crate) fn completed(mut self, audio_s: f64, took_s: f64) {
        self.outcome = "completed";
        self.metrics.audio_seconds.inc_by(audio_s);
        if took_s > 0.0 {
            self.metrics.real_time_factor.observe(audio_s / took_s);
        }
    }

    /// Nobody wanted the rest.
    pub(crate) fn cancelled(mut self) {
        self.outcome = "cancelled";
    }

    /// It broke.
    pub(crate) fn failed(mut self) {
        self.outcome = FAILED;
    }
}

impl Drop for StreamWatch<'_> {
    /// A panic counts as a failure.
    fn drop(&mut self) {
        self.metrics.streams.with_label_values(&[self.outcome]).inc();
    }
}

fn add<T: Collector + Clone + 'static>(registry: &Registry, collector: T) -> Result<T, prometheus::Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_told() {
        let metrics = Metrics::new().unwrap();
        metrics.request("/tts", "POST", 200);
        metrics.first_audio(0.3);
        metrics.stream_begins().completed(2.0, 1.0);
        metrics.stream_begins().cancelled();
        drop(metrics.stream_begins());
        let text = String::from_utf8(metrics.text(3, 2).unwrap()).unwrap();
        for line in [
            r#"pocket_tts_requests_total{method="POST",route="/tts",status="200"} 1"#,
            "pocket_tts_queue_length 3",
            "pocket_tts_active_streams 2",
            r#"pocket_tts_streams_total{outcome="completed"} 1"#,
            r#"pocket_tts_streams_total{outcome="cancelled"} 1"#,
            r#"pocket_tts_streams_total{outcome="failed"} 1"#,
            r#"pocket_tts_first_audio_seconds_bucket{le="0.4"} 1"#,
            r#"pocket_tts_real_time_factor_bucket{le="2"} 1"#,
            "pocket_tts_audio_seconds_total 2",
            "pocket_tts_wyoming_advertised 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in:\n{text}");
        }
    }
}
