//! A bar chart of the speeds, in SVG for light and dark backgrounds. It must not measure.

use super::{
    contender::{Contender, Program, Setting},
    measurement::Measurement,
    statistics::Spread,
    summary::Summary,
};

const WIDTH: f64 = 760.0;
/// Left end of the bars, after the names.
const LEFT: f64 = 210.0;
/// Space for the figures after the longest bar.
const RIGHT: f64 = 130.0;
const BAR: f64 = 16.0;
const BAR_DISTANCE: f64 = 22.0;
const GROUP_DISTANCE: f64 = 34.0;
const TOP: f64 = 52.0;

/// The background is transparent.
const STYLE: &str = "\
text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; fill: #24292f; }\n\
.title { font-weight: 600; font-size: 15px; }\n\
.group { font-weight: 600; }\n\
.note { font-size: 12px; fill: #57606a; }\n\
.ours { fill: #0b7285; }\n\
.pocket_tts { fill: #c2571a; }\n\
.ptts { fill: #7048a8; }\n\
.spread { stroke: #24292f; stroke-width: 1.2; fill: none; }\n\
.real { stroke: #8c959f; stroke-width: 1; stroke-dasharray: 3 3; }\n\
@media (prefers-color-scheme: dark) {\n\
text { fill: #e6edf3; }\n\
.note { fill: #9198a1; }\n\
.ours { fill: #3bc9db; }\n\
.pocket_tts { fill: #f0883e; }\n\
.ptts { fill: #b48ef0; }\n\
.spread { stroke: #e6edf3; }\n\
}\n";

/// The plot; a bar is a median, and the line on it spans the range.
pub(super) fn svg(measurements: &[Measurement], machine: &str) -> String {
    let summary = Summary::of(measurements);
    let groups: Vec<(Setting, Vec<Bar<'_>>)> = Setting::ALL
        .into_iter()
        .map(|setting| (setting, bars(&summary, setting)))
        .filter(|(_, bars)| !bars.is_empty())
        .collect();
    let all = || groups.iter().flat_map(|(_, bars)| bars);
    let most = all().map(|bar| bar.speed.most).fold(1.0, f64::max);
    let scale = (WIDTH - LEFT - RIGHT) / most;
    let mut body = String::new();
    let mut y = TOP;
    for (setting, bars) in &groups {
        body.push_str(&text(12.0, y + 12.0, "group", setting.name()));
        y += BAR_DISTANCE;
        for bar in bars {
            body.push_str(&bar.svg(y, scale));
            y += BAR_DISTANCE;
        }
        y += GROUP_DISTANCE - BAR_DISTANCE;
    }
    let real = LEFT + scale;
    let height = y + 26.0;
    let line =
        format!("<line class=\"real\" x1=\"{real:.1}\" x2=\"{real:.1}\" y1=\"{TOP}\" y2=\"{y:.1}\"/>\n");
    let note = text(real - 6.0, y + 14.0, "note", "real time");
    let descriptions: Vec<String> =
        all().map(|bar| format!("{} {}", bar.label(), bar.speed.formatted())).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\">\n<title>Speed against real time</title>\n<desc>{}</desc>\n\
         <style>\n{STYLE}</style>\n{}{}{line}{body}{note}</svg>\n",
        escaped(&descriptions.join("; ")),
        text(12.0, 20.0, "title", "Seconds of sound generated per second (longer is faster)"),
        text(12.0, 38.0, "note", machine),
    )
}

struct Bar<'a> {
    contender: &'a Contender,
    speed: Spread,
}

fn bars<'a>(summary: &Summary<'a>, setting: Setting) -> Vec<Bar<'a>> {
    let speed = |contender| {
        Some(Bar { contender, speed: summary.spread(contender, |one| Some(one.times_real_time))? })
    };
    summary.contenders(setting).into_iter().filter_map(speed).collect()
}

impl Bar<'_> {
    fn label(&self) -> String {
        format!("{} {}", self.contender.program.name(), self.contender.precision)
    }

    fn svg(&self, y: f64, scale: f64) -> String {
        let Spread { least, median, most } = self.speed;
        let class = match self.contender.program {
            Program::Ours => "ours",
            Program::PocketTts => "pocket_tts",
            Program::Ptts => "ptts",
        };
        let middle = y + BAR / 2.0;
        let [from, to] = [least, most].map(|value| LEFT + scale * value);
        format!(
            "{}<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\"/>\n\
             <path class=\"spread\" d=\"M{from:.1} {middle:.1}H{to:.1}M{from:.1} {:.1}v6M{to:.1} {:.1}v6\"/>\n{}",
            text(24.0, y + 12.5, "", &self.label()),
            scale * median,
            middle - 3.0,
            middle - 3.0,
            text(to + 8.0, y + 12.5, "", &self.speed.formatted()),
        )
    }
}

fn text(x: f64, y: f64, class: &str, content: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<text{class} x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n", escaped(content))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::measurement::tests::measurement;
    use super::*;

    fn plot() -> String {
        let of = |round, program, precision, times_real_time| {
            measurement(round, Setting::OneStream, program, (precision, times_real_time))
        };
        let measurements = [
            of(0, Program::Ours, "f32", 5.0),
            of(1, Program::Ours, "f32", 10.0),
            of(0, Program::Ptts, "q8_0", 2.0),
        ];
        svg(&measurements, "CPU <1> & co")
    }

    #[test]
    fn bars_are_as_long_as_speeds() {
        let plot = plot();
        let scale = (WIDTH - LEFT - RIGHT) / 10.0;
        for (class, speed) in [("ours", 7.5), ("ptts", 2.0)] {
            let bar = plot.lines().find(|line| line.contains(&format!("<rect class=\"{class}\""))).unwrap();
            assert!(bar.contains(&format!("width=\"{:.1}\"", scale * speed)), "{bar}");
        }
        let spread = plot.lines().find(|line| line.contains("class=\"spread\"")).unwrap();
        let (from, to) = (LEFT + scale * 5.0, LEFT + scale * 10.0);
        assert!(
            spread.contains(&format!("M{from:.1} ")) && spread.contains(&format!("H{to:.1}M")),
            "{spread}"
        );
        assert_eq!(plot.matches("<rect").count(), 2);
    }

    #[test]
    fn the_plot_is_self_contained_and_supports_light_and_dark() {
        let plot = plot();
        assert!(plot.contains("prefers-color-scheme: dark") && plot.contains("<title>"));
        assert!(plot.contains("CPU &lt;1&gt; &amp; co") && !plot.contains("CPU <1>"));
        assert_eq!(plot.matches("http").count(), 1, "nothing is fetched; only the namespace has an address");
        for tag in ["text", "style", "svg", "desc"] {
            let opened =
                plot.matches(&format!("<{tag} ")).count() + plot.matches(&format!("<{tag}>")).count();
            assert_eq!(opened, plot.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }

    #[test]
    fn without_measurements_the_plot_is_empty() {
        assert!(!svg(&[], "CPU").contains("NaN"));
    }
}
