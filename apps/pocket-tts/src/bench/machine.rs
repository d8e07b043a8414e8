//! Resource usage: processor time, threads and memory, from Linux's `/proc`. Other systems report nothing. It must not
//! know what is measured.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

/// Clock ticks of `/proc` per second, the same on every Linux that this program is built for.
const TICKS_PER_S: f64 = 100.0;
/// How often threads are counted.
const WATCH_INTERVAL: Duration = Duration::from_millis(20);

/// Processor time so far, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Counters {
    process_s: Option<f64>,
    machine_s: Option<f64>,
}

/// The usage between two readings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Usage {
    /// Cores that this process kept busy.
    pub(super) cpu_cores: Option<f64>,
    /// Cores that other processes kept busy.
    pub(super) other_cores: Option<f64>,
    /// The peak memory of this process, in MiB.
    pub(super) peak_rss_mb: Option<f64>,
}

/// Records the largest number of threads of this process.
#[derive(Debug)]
pub(super) struct ThreadWatch {
    most: Arc<AtomicUsize>,
    /// Dropping it ends the watch.
    _stop: Sender<()>,
}

impl Counters {
    /// The counters now.
    pub(super) fn read() -> Self {
        Self {
            process_s: read("/proc/self/stat").as_deref().and_then(process_s),
            machine_s: read("/proc/stat").as_deref().and_then(machine_s),
        }
    }

    /// What was used since `before`, which is `wall` ago.
    pub(super) fn since(&self, before: &Self, wall: Duration) -> Usage {
        let cores = |now: Option<f64>, before: Option<f64>| Some((now? - before?) / wall.as_secs_f64());
        let cpu_cores = cores(self.process_s, before.process_s);
        let all_cores = cores(self.machine_s, before.machine_s);
        Usage {
            cpu_cores,
            other_cores: all_cores.zip(cpu_cores).map(|(all, own)| (all - own).max(0.0)),
            peak_rss_mb: read("/proc/self/status").as_deref().and_then(peak_rss_mb),
        }
    }
}

impl ThreadWatch {
    /// Starts to record, in a thread that is not counted.
    pub(super) fn start() -> Self {
        let most = Arc::<AtomicUsize>::default();
        let (stop, stopped) = channel();
        let seen = Arc::clone(&most);
        let watch = move || {
            while stopped.recv_timeout(WATCH_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                if let Ok(tasks) = fs::read_dir("/proc/self/task") {
                    seen.fetch_max(tasks.count().saturating_sub(1), Ordering::Relaxed);
                }
            }
        };
        // Without the thread the number is missing.
        drop(thread::Builder::new().name("thread-watch".to_owned()).spawn(watch));
        Self { most, _stop: stop }
    }

    /// The largest number so far.
    pub(super) fn most(&self) -> Option<usize> {
        Some(self.most.load(Ordering::Relaxed)).filter(|most| *most > 0)
    }
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// User and system time in `/proc/self/stat`: fields 14 and 15, of which the second may hold blanks and
/// brackets itself.
fn process_s(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_S)
}

/// All time in the first line of `/proc/stat` except idle time (field 4) and I/O wait (5). Guest time (9 and 10) is part
/// of user time.
fn machine_s(stat: &str) -> Option<f64> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<f64> = line.split_whitespace().take(8).map_while(|field| field.parse().ok()).collect();
    let idle: f64 = ticks.get(3..5)?.iter().sum();
    Some((ticks.iter().sum::<f64>() - idle) / TICKS_PER_S)
}

/// The largest resident size in `/proc/self/status`, which gives it in KiB.
fn peak_rss_mb(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_time_is_found_after_a_name_with_brackets() {
        let stat = "7 (a) b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1 0 9";
        assert_eq!(process_s(stat), Some(2.0));
    }

    #[test]
    fn idle_and_guest_time_are_not_counted() {
        assert_eq!(machine_s("cpu  100 1 50 9999 777 2 3 44 5555 6666\ncpu0 1"), Some(2.0));
        assert_eq!(machine_s("intr 1"), None);
    }

    #[test]
    fn the_peak_memory_is_in_mebibytes() {
        assert_eq!(peak_rss_mb("VmPeak:\t 99 kB\nVmHWM:\t  2560 kB\n"), Some(2.5));
    }
}
