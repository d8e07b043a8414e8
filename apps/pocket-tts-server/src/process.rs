//! The resources that this process uses, from Linux's `/proc`. Other systems report nothing.

use std::{fs, sync::OnceLock};

use prometheus::{Counter, Gauge, core::Collector, proto::MetricFamily};

/// Clock ticks per second in `/proc`: a constant on all processors that this program runs on.
const TICKS_PER_S: f64 = 100.0;

/// The resources that this process uses now.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    pub(crate) resident_bytes: Option<u64>,
    virtual_bytes: Option<u64>,
    threads: Option<u64>,
    descriptors: Option<u64>,
    most_descriptors: Option<u64>,
    /// Of all threads, in user and in system mode.
    cpu_s: Option<f64>,
}

impl Usage {
    pub(crate) fn read() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let descriptors = fs::read_dir("/proc/self/fd").ok().map(|entries| entries.count() as u64);
        Self {
            resident_bytes: field(&status, "VmRSS:").map(|kibibytes| kibibytes * 1024),
            virtual_bytes: field(&status, "VmSize:").map(|kibibytes| kibibytes * 1024),
            threads: field(&status, "Threads:"),
            // Reading the folder opens one itself.
            descriptors: descriptors.map(|count| count.saturating_sub(1)),
            most_descriptors: field(&limits, "Max open files"),
            cpu_s: ticks(&stat, 14).zip(ticks(&stat, 15)).map(|(user, system)| (user + system) / TICKS_PER_S),
        }
    }
}

/// The metrics of this process under the standard names of Prometheus clients. Unknown ones are left out.
pub(crate) fn metrics() -> Result<Vec<MetricFamily>, prometheus::Error> {
    let usage = Usage::read();
    let as_number = |count: Option<u64>| count.map(|count| count as f64);
    let mut families = Vec::new();
    for (name, help, value) in [
        ("process_max_fds", "Maximum number of open file descriptors.", as_number(usage.most_descriptors)),
        ("process_open_fds", "Number of open file descriptors.", as_number(usage.descriptors)),
        ("process_resident_memory_bytes", "Resident memory size in bytes.", as_number(usage.resident_bytes)),
        (
            "process_start_time_seconds",
            "Start time of the process since the Unix epoch in seconds.",
            start_s(),
        ),
        ("process_threads", "Number of threads.", as_number(usage.threads)),
        ("process_virtual_memory_bytes", "Virtual memory size in bytes.", as_number(usage.virtual_bytes)),
    ] {
        if let Some(value) = value {
            let gauge = Gauge::new(name, help)?;
            gauge.set(value);
            families.extend(gauge.collect());
        }
    }
    if let Some(seconds) = usage.cpu_s {
        let help = "Total user and system CPU time spent in seconds.";
        let counter = Counter::new("process_cpu_seconds_total", help)?;
        counter.inc_by(seconds);
        families.extend(counter.collect());
    }
    Ok(families)
}

/// When this process was started, in seconds since 1970.
fn start_s() -> Option<f64> {
    static START_S: OnceLock<Option<f64>> = OnceLock::new();
    *START_S.get_or_init(|| {
        let since_boot = ticks(&fs::read_to_string("/proc/self/stat").ok()?, 22)? / TICKS_PER_S;
        let boot_s = field(&fs::read_to_string("/proc/stat").ok()?, "btime ")?;
        Some(boot_s as f64 + since_boot)
    })
}

/// The number that follows this name at the beginning of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// A field of `/proc/self/stat`, counted from 1 as its manual page does, from the third one on.
fn ticks(stat: &str, number: usize) -> Option<f64> {
    const FIRST_AFTER_NAME: usize = 3;
    // The name of the program stands in parentheses and may hold anything, parentheses included.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(number.checked_sub(FIRST_AFTER_NAME)?)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_names() {
        let status = "VmHWM:\t 99 kB\nVmRSS:\t  2560 kB\nThreads:\t7\n";
        assert_eq!((field(status, "VmRSS:"), field(status, "Threads:")), (Some(2_560), Some(7)));
        assert_eq!(field(status, "VmSwap:"), None);
        let limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024      524288    files\n";
        assert_eq!(field(limits, "Max open files"), Some(1_024));
    }

    #[test]
    fn fields_of_the_statistics_are_found_by_their_numbers() {
        let stat = "7 (a) b) (c) S 1 7 7 0 -1 0 10 11 12 13 140 150 16 17 18 19 20 21 220 23";
        assert_eq!(
            (ticks(stat, 14), ticks(stat, 15), ticks(stat, 22)),
            (Some(140.0), Some(150.0), Some(220.0))
        );
        assert_eq!((ticks(stat, 2), ticks(stat, 99), ticks("", 14)), (None, None, None));
    }
}
