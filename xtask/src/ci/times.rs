//! A table of the duration of each step.

use std::{fmt, time::Duration};

/// A line for each step that ran.
#[derive(Debug, Default)]
pub(super) struct Times(Vec<Line>);

#[derive(Debug)]
struct Line {
    step: &'static str,
    duration: Duration,
    limit: Duration,
    passed: bool,
}

impl Times {
    pub(super) fn add(&mut self, step: &'static str, duration: Duration, limit: Duration, passed: bool) {
        self.0.push(Line { step, duration, limit, passed });
    }
}

impl fmt::Display for Times {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:<22} {:>8} {:>8}", "step", "time", "limit")?;
        for line in &self.0 {
            let failed = if line.passed { "" } else { "  failed" };
            let (duration, limit) = (clock(line.duration), clock(line.limit));
            writeln!(formatter, "{:<22} {duration:>8} {limit:>8}{failed}", line.step)?;
        }
        let all: Duration = self.0.iter().map(|line| line.duration).sum();
        write!(formatter, "{:<22} {:>8}", "all", clock(all))
    }
}

/// Minutes and seconds, rounded down.
pub(super) fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_a_line_and_the_last_line_is_the_sum() {
        let mut times = Times::default();
        times.add("clippy", Duration::from_secs(185), Duration::from_mins(30), true);
        times.add("test", Duration::from_millis(59_900), Duration::from_mins(40), false);
        let expected = "\
step                       time    limit
clippy                     3:05    30:00
test                       0:59    40:00  failed
all                        4:04";
        assert_eq!(times.to_string(), expected);
    }
}
