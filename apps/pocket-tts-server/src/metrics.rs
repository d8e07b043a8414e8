//! Metrics for Prometheus. It must not know where the values come from.

use std::env::consts::{ARCH, OS};

use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder, core::Collector,
};

use crate::{names::VERSION, process};

/// Buckets of the seconds until the first audio.
const FIRST_AUDIO_BUCKETS_S: &[f64] = &[0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 30.0];
/// Buckets of the seconds of work per second of audio.
const REAL_TIME_FACTOR_BUCKETS: &[f64] = &[0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0];
/// Buckets of the seconds until the last byte, from a page to the speech of a long text.
const REQUEST_BUCKETS_S: &[f64] = &[0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

const COMPLETED: &str = "completed";
const CANCELLED: &str = "cancelled";
const REFUSED: &str = "refused";
/// The outcome of a stream unless it reports another.
const FAILED: &str = "failed";

/// The server's metrics.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    request_duration: HistogramVec,
    queue: IntGauge,
    active: IntGauge,
    streams: IntCounterVec,
    audio_seconds: prometheus::Counter,
    first_audio: Histogram,
    real_time_factor: Histogram,
    pub(crate) unfinished_sentences: IntCounter,
    pub(crate) repeated_sentences: IntCounter,
    pub(crate) flawed_sentences: IntCounter,
    pub(crate) models_loaded: IntGauge,
    pub(crate) wyoming_advertised: IntGauge,
    /// Set when metrics are read.
    pub(crate) spool: IntGauge,
}

/// Counts the outcome of one stream.
#[derive(Debug)]
pub(crate) struct StreamWatch<'a> {
    metrics: &'a Metrics,
    outcome: &'static str,
}

impl Metrics {
    /// # Errors
    ///
    /// If two metrics have the same name, which is a bug.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counters = |name: &str, help: &str, labels: &[&str]| {
            add(&registry, IntCounterVec::new(Opts::new(name, help), labels)?)
        };
        let counter = |name: &str, help: &str| add(&registry, IntCounter::new(name, help)?);
        let gauge = |name: &str, help: &str| add(&registry, IntGauge::new(name, help)?);
        let histogram = |name: &str, help: &str, buckets: &[f64]| {
            let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
            add(&registry, Histogram::with_opts(options)?)
        };
        let build = ["version", "os", "architecture"];
        let about = "Always 1; its labels describe the program.";
        let build = add(&registry, IntGaugeVec::new(Opts::new("pocket_tts_build_info", about), &build)?)?;
        build.with_label_values(&[VERSION, OS, ARCH]).set(1);
        let streams = counters(
            "pocket_tts_streams_total",
            "Streams by outcome: completed, cancelled by the client, refused for what the client sent or how slowly it \
             read, or failed in the server.",
            &["outcome"],
        )?;
        for outcome in [COMPLETED, CANCELLED, REFUSED, FAILED] {
            // A counter that appears with its first event hides that event from `rate`.
            drop(streams.with_label_values(&[outcome]));
        }
        let durations = HistogramOpts::new(
            "pocket_tts_request_duration_seconds",
            "Seconds from a request to the end of its response, by route, method and class of status; WebSockets \
             and wrong methods are left out.",
        );
        let durations = durations.buckets(REQUEST_BUCKETS_S.to_vec());
        let durations = HistogramVec::new(durations, &["route", "method", "status_class"])?;
        Ok(Self {
            requests: counters(
                "pocket_tts_requests_total",
                "Requests by route, method and status.",
                &["route", "method", "status"],
            )?,
            request_duration: add(&registry, durations)?,
            queue: gauge("pocket_tts_queue_length", "Requests that wait for a stream.")?,
            active: gauge("pocket_tts_active_streams", "Running streams.")?,
            streams,
            audio_seconds: add(
                &registry,
                prometheus::Counter::new(
                    "pocket_tts_audio_seconds_total",
                    "Seconds of audio of completed streams.",
                )?,
            )?,
            first_audio: histogram(
                "pocket_tts_first_audio_seconds",
                "Seconds from a request to its first audio, waiting included.",
                FIRST_AUDIO_BUCKETS_S,
            )?,
            real_time_factor: histogram(
                "pocket_tts_real_time_factor",
                "Seconds that a stream took per second of its audio; below 1 is faster than real time.",
                REAL_TIME_FACTOR_BUCKETS,
            )?,
            unfinished_sentences: counter(
                "pocket_tts_unfinished_sentences_total",
                "Sentences that were cut before the model ended them.",
            )?,
            repeated_sentences: counter(
                "pocket_tts_sentences_repeated_total",
                "Sentences that were spoken again, as words were missing, unclear or said twice.",
            )?,
            flawed_sentences: counter(
                "pocket_tts_sentences_flawed_total",
                "Sentences that were sent although words are likely missing or said twice.",
            )?,
            models_loaded: gauge("pocket_tts_models_loaded", "Models in memory.")?,
            wyoming_advertised: gauge(
                "pocket_tts_wyoming_advertised",
                "1 while the Wyoming port is visible over Zeroconf.",
            )?,
            spool: gauge(
                "pocket_tts_spool_bytes",
                "Bytes of temporary files with audio that clients have not read yet.",
            )?,
            registry,
        })
    }

    pub(crate) fn request(&self, route: &str, method: &str, status: u16) {
        self.requests.with_label_values(&[route, method, &status.to_string()]).inc();
    }

    /// Records how long a request took, up to the end of its response.
    pub(crate) fn request_took(&self, route: &str, method: &str, status: u16, seconds: f64) {
        let class = match status {
            // A conversation lasts as long as its client wants, and each unknown method would be a series of its own.
            100..200 | 405 => return,
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        self.request_duration.with_label_values(&[route, method, class]).observe(seconds);
    }

    pub(crate) fn first_audio(&self, seconds: f64) {
        self.first_audio.observe(seconds);
    }

    pub(crate) fn stream_begins(&self) -> StreamWatch<'_> {
        StreamWatch { metrics: self, outcome: FAILED }
    }

    /// All metrics as text, in the format 0.0.4.
    pub(crate) fn text(&self, waiting: usize, active: usize) -> Result<Vec<u8>, prometheus::Error> {
        self.queue.set(waiting as i64);
        self.active.set(active as i64);
        let mut families = self.registry.gather();
        families.extend(process::metrics()?);
        let mut text = Vec::new();
        TextEncoder::new().encode(&families, &mut text)?;
        Ok(text)
    }
}

impl StreamWatch<'_> {
    /// The stream is complete.
    pub(crate) fn completed(mut self, audio_s: f64, took_s: f64) {
        self.outcome = COMPLETED;
        self.metrics.audio_seconds.inc_by(audio_s);
        if audio_s > 0.0 {
            self.metrics.real_time_factor.observe(took_s / audio_s);
        }
    }

    /// The client cancelled the stream.
    pub(crate) fn cancelled(mut self) {
        self.outcome = CANCELLED;
    }

    /// The stream ended with an error of this status: below 500 the cause is the client, else the server.
    pub(crate) fn ended_with(mut self, status: u16) {
        self.outcome = if status < 500 { REFUSED } else { FAILED };
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
    fn all_metrics_are_reported() {
        let metrics = Metrics::new().unwrap();
        metrics.request("/tts", "POST", 200);
        metrics.request_took("/tts", "POST", 200, 0.2);
        metrics.request_took("/v1/audio/stream", "GET", 101, 3_600.0);
        metrics.first_audio(0.3);
        metrics.stream_begins().completed(2.0, 1.0);
        metrics.stream_begins().cancelled();
        metrics.stream_begins().ended_with(408);
        metrics.stream_begins().ended_with(504);
        drop(metrics.stream_begins());
        let text = String::from_utf8(metrics.text(3, 2).unwrap()).unwrap();
        for line in [
            r#"pocket_tts_requests_total{method="POST",route="/tts",status="200"} 1"#,
            "pocket_tts_queue_length 3",
            "pocket_tts_active_streams 2",
            r#"pocket_tts_streams_total{outcome="completed"} 1"#,
            r#"pocket_tts_streams_total{outcome="cancelled"} 1"#,
            r#"pocket_tts_streams_total{outcome="refused"} 1"#,
            r#"pocket_tts_streams_total{outcome="failed"} 2"#,
            r#"pocket_tts_first_audio_seconds_bucket{le="0.4"} 1"#,
            r#"pocket_tts_real_time_factor_bucket{le="0.5"} 1"#,
            r#"pocket_tts_real_time_factor_bucket{le="0.35"} 0"#,
            r#"pocket_tts_request_duration_seconds_bucket{method="POST",route="/tts",status_class="2xx",le="0.25"} 1"#,
            "pocket_tts_audio_seconds_total 2",
            "pocket_tts_wyoming_advertised 0",
            "pocket_tts_sentences_repeated_total 0",
            "pocket_tts_sentences_flawed_total 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in:\n{text}");
        }
        assert!(!text.contains("/v1/audio/stream"), "{text}");
    }

    #[test]
    fn every_outcome_is_there_before_the_first_stream() {
        let text = String::from_utf8(Metrics::new().unwrap().text(0, 0).unwrap()).unwrap();
        for outcome in ["completed", "cancelled", "refused", "failed"] {
            let line = format!("pocket_tts_streams_total{{outcome=\"{outcome}\"}} 0\n");
            assert!(text.contains(&line), "{line} is missing in:\n{text}");
        }
    }
}
