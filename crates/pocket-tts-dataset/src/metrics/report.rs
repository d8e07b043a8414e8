//! Histograms of metrics, and their picture (SVG).

use std::fmt::Write as _;

use serde::Serialize;

use super::Metrics;

const BINS: usize = 60;
/// The size of a histogram in the picture, with its labels.
const WIDTH: usize = 360;
const HEIGHT: usize = 180;
const COLUMNS: usize = 2;
const MARGIN: usize = 30;

/// The histograms: metric, unit, first and last value. Values beyond count for the first or last bin.
const AXES: [(&str, &str, f64, f64); 8] = [
    ("duration", "s", 0.0, 30.0),
    ("peak", "dBFS", -60.0, 0.0),
    ("rms", "dBFS", -60.0, 0.0),
    ("loudness", "LUFS", -60.0, 0.0),
    ("clipped", "share", 0.0, 0.01),
    ("snr", "dB", 0.0, 90.0),
    ("silence", "share", 0.0, 1.0),
    ("bandwidth", "Hz", 0.0, 24_000.0),
];

/// The histograms of many recordings. Its size does not depend on their number.
#[derive(Clone, Debug, Default)]
pub struct Report {
    recordings: u64,
    seconds: f64,
    metrics: [Histogram; AXES.len()],
}

#[derive(Clone, Debug)]
struct Histogram {
    bins: [u64; BINS],
    count: u64,
    sum: f64,
    least: f64,
    most: f64,
}

/// A metric over all recordings in which it could be measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricSummary {
    /// The metric.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// How many recordings it was measured in.
    pub count: u64,
    /// The smallest value.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// The largest value.
    pub max: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { bins: [0; BINS], count: 0, sum: 0.0, least: f64::INFINITY, most: f64::NEG_INFINITY }
    }
}

impl Report {
    /// Adds a recording.
    pub fn add(&mut self, metrics: &Metrics) {
        self.recordings += 1;
        self.seconds += metrics.duration;
        for ((name, _, first, last), histogram) in AXES.iter().zip(&mut self.metrics) {
            if let Some(value) = metrics.value(name) {
                let place = (value - first) / (last - first) * BINS as f64;
                histogram.bins[place.clamp(0.0, (BINS - 1) as f64) as usize] += 1;
                histogram.count += 1;
                histogram.sum += value;
                histogram.least = histogram.least.min(value);
                histogram.most = histogram.most.max(value);
            }
        }
    }

    /// How many recordings there are.
    pub fn recordings(&self) -> u64 {
        self.recordings
    }

    /// Their duration in hours.
    pub fn hours(&self) -> f64 {
        self.seconds / 3_600.0
    }

    /// The metrics that could be measured at all.
    pub fn summaries(&self) -> Vec<MetricSummary> {
        let measured = AXES.iter().zip(&self.metrics).filter(|(_, histogram)| histogram.count > 0);
        let summary =
            |((name, unit, ..), histogram): (&(&'static str, &'static str, f64, f64), &Histogram)| {
                let (count, mean) = (histogram.count, histogram.sum / histogram.count as f64);
                MetricSummary { name, unit, count, min: histogram.least, mean, max: histogram.most }
            };
        measured.map(summary).collect()
    }

    /// The histograms as a picture.
    pub fn to_svg(&self) -> String {
        let rows = AXES.len().div_ceil(COLUMNS);
        let (width, height) = (COLUMNS * WIDTH, rows * HEIGHT + MARGIN);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
             <text x=\"{MARGIN}\" y=\"20\" font-size=\"14\">{} recordings, {:.2} hours</text>\n",
            self.recordings,
            self.hours()
        );
        for (index, (axis, histogram)) in AXES.iter().zip(&self.metrics).enumerate() {
            let (x, y) = (index % COLUMNS * WIDTH, MARGIN + index / COLUMNS * HEIGHT);
            draw(&mut svg, (x, y), axis, histogram);
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn draw(
    svg: &mut String,
    (x, y): (usize, usize),
    (name, unit, first, last): &(&str, &str, f64, f64),
    histogram: &Histogram,
) {
    let (inner_width, inner_height) = (WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN);
    let (left, bottom) = (x + MARGIN, y + MARGIN + inner_height);
    let most = histogram.bins.iter().copied().max().unwrap_or(0).max(1);
    let mean = match histogram.count {
        0 => "not measured".to_owned(),
        count => format!("mean {:.4}", histogram.sum / count as f64),
    };
    // Writing to a string can't fail.
    let _ = writeln!(svg, "<text x=\"{left}\" y=\"{}\">{name} ({unit}), {mean}</text>", y + MARGIN - 6);
    let bar = inner_width as f64 / BINS as f64;
    for (bin, count) in histogram.bins.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = *count as f64 / most as f64 * inner_height as f64;
        let _ = writeln!(
            svg,
            "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{height:.2}\" fill=\"#3b6ea5\"/>",
            left as f64 + bin as f64 * bar,
            bottom as f64 - height,
            bar * 0.9
        );
    }
    let right = left + inner_width;
    let _ = writeln!(
        svg,
        "<path d=\"M{left} {bottom}H{right}\" stroke=\"#444444\"/>\n\
         <text x=\"{left}\" y=\"{below}\">{first}</text>\n\
         <text x=\"{right}\" y=\"{below}\" text-anchor=\"end\">{last}</text>\n\
         <text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#777777\">{most}</text>",
        left - 3,
        y + MARGIN + 8,
        below = bottom + 14,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_summed_up_and_drawn() {
        let mut report = Report::default();
        for duration in [1.0, 2.0, 6.0] {
            report.add(&Metrics { duration, snr: Some(duration * 10.0), ..Metrics::default() });
        }
        assert_eq!(report.recordings(), 3);
        assert!((report.hours() - 9.0 / 3_600.0).abs() < 1e-12);
        let summaries = report.summaries();
        let duration = &summaries[0];
        assert_eq!((duration.name, duration.count), ("duration", 3));
        assert!((duration.min, duration.mean, duration.max) == (1.0, 3.0, 6.0));
        // Peak, RMS, loudness and bandwidth were not measured.
        let names: Vec<_> = summaries.iter().map(|summary| summary.name).collect();
        assert_eq!(names, ["duration", "clipped", "snr", "silence"]);
        let svg = report.to_svg();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("3 recordings") && svg.contains("loudness (LUFS), not measured"));
        assert_eq!(svg.matches("#3b6ea5").count(), 3 + 1 + 3 + 1);
    }
}
