//! Runs a command with a time limit, and kills all processes that it started.
//!
//! On Unix it leads a process group, and the group is killed at the end. Programs that leave the group, such as browsers,
//! are found on Linux by a variable in their environment.

use std::{
    io,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crate::error::TaskError;

/// Interval between checks of a running command.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Time for processes to end by themselves after their command.
const GRACE: Duration = Duration::from_secs(2);
/// The environment variable that marks a command's processes. Its prefix must not be one for which a program refuses
/// unknown variables.
const MARK: &str = "XTASK_STEP";

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) how: Ending,
    /// Descriptions of the processes that were left after it had exited; a single entry if they can't be listed.
    pub(crate) left_behind: Vec<String>,
}

#[derive(Debug)]
pub(crate) enum Ending {
    Exited(ExitStatus),
    OutOfTime,
    Interrupted,
}

/// Whether a signal has interrupted this program.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// Registers handlers of the terminating signals, which set this value. Commands don't receive a terminal's signals,
    /// as they have their own process groups.
    pub(crate) fn watch() -> Result<Self, TaskError> {
        let interruption = Self::default();
        #[cfg(unix)]
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP]
        {
            signal_hook::flag::register(signal, Arc::clone(&interruption.0))
                .map_err(|source| TaskError::Signals { source })?;
        }
        Ok(interruption)
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs `command` to its end, for `limit` at most, and kills the processes that it leaves behind.
pub(crate) fn run(command: &mut Command, limit: Duration, interruption: &Interruption) -> io::Result<Ended> {
    let mark = new_mark();
    // A background process that reads from the terminal is stopped.
    command.env(MARK, &mark).stdin(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let started = Instant::now();
    let mut child = command.spawn()?;
    let group = Group { leader: child.id(), mark };
    let how = loop {
        if let Some(status) = child.try_wait()? {
            break Ending::Exited(status);
        }
        if interruption.is_set() {
            break Ending::Interrupted;
        }
        if started.elapsed() >= limit {
            break Ending::OutOfTime;
        }
        thread::sleep(POLL_INTERVAL);
    };
    let mut left_behind = Vec::new();
    if let Ending::Exited(_) = how {
        let ended = Instant::now();
        while !group.is_empty() && ended.elapsed() < GRACE {
            thread::sleep(POLL_INTERVAL);
        }
        left_behind = group.members();
    }
    group.kill(&mut child)?;
    Ok(Ended { how, left_behind })
}

/// A unique mark.
fn new_mark() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A command's processes.
struct Group {
    /// The leader of the process group, whose ID is the group's.
    leader: u32,
    mark: String,
}

impl Group {
    fn is_empty(&self) -> bool {
        !self.has_group() && self.marked().is_empty()
    }

    /// A description of each process.
    fn members(&self) -> Vec<String> {
        let marked = self.marked();
        if marked.is_empty() && self.has_group() {
            return vec![format!("group {}", self.leader)];
        }
        marked.into_iter().map(|process| format!("{process} ({})", name_of(process))).collect()
    }

    /// Kills all processes, and reaps the command itself. It repeats, as a killed process may just have started another.
    fn kill(&self, child: &mut Child) -> io::Result<()> {
        let started = Instant::now();
        loop {
            self.signal_group();
            #[cfg(not(unix))]
            drop(child.kill());
            child.wait()?;
            let marked = self.marked();
            for process in &marked {
                signal("KILL", &process.to_string());
            }
            if (marked.is_empty() && !self.has_group()) || started.elapsed() > GRACE {
                return Ok(());
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    fn has_group(&self) -> bool {
        signal("0", &format!("-{}", self.leader))
    }

    fn signal_group(&self) {
        signal("KILL", &format!("-{}", self.leader));
    }

    /// The processes with the mark, without zombies.
    #[cfg(target_os = "linux")]
    fn marked(&self) -> Vec<u32> {
        let variable = format!("{MARK}={}", self.mark);
        let has_mark = |process: &u32| {
            let environment = std::fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|entry| entry == variable.as_bytes())
        };
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        processes.filter(has_mark).collect()
    }

    #[cfg(not(target_os = "linux"))]
    fn marked(&self) -> Vec<u32> {
        Vec::new()
    }
}

/// The name of a process's program; empty if unknown.
fn name_of(process: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    name.trim().to_owned()
}

/// Sends a signal to a process, or to a group as `-LEADER`, and returns whether it exists. It uses the shell's `kill`, as
/// the standard library can only kill its own children.
#[cfg(unix)]
fn signal(name: &str, target: &str) -> bool {
    let script = format!("kill -s {name} -- {target} 2>/dev/null");
    Command::new("sh").args(["-c", &script]).status().is_ok_and(|status| status.success())
}

#[cfg(not(unix))]
fn signal(_: &str, _: &str) -> bool {
    false
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::null());
        command
    }

    fn run_with_limit(script: &str, limit: Duration) -> (Ended, Duration) {
        let started = Instant::now();
        let ended = run(&mut shell(script), limit, &Interruption::default()).unwrap();
        (ended, started.elapsed())
    }

    const LONG: Duration = Duration::from_mins(5);

    #[test]
    fn the_status_of_a_command_is_returned() {
        let (ended, _) = run_with_limit("exit 3", LONG);
        assert!(matches!(ended.how, Ending::Exited(status) if status.code() == Some(3)));
        assert!(ended.left_behind.is_empty(), "{:?}", ended.left_behind);
    }

    #[test]
    fn a_command_that_hangs_is_killed_at_its_limit_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("children");
        let script = format!("sleep 600 & echo $! > {0}.part; mv {0}.part {0}; wait", file.display());
        let (ended, took) = run_with_limit(&script, Duration::from_secs(5));
        assert!(matches!(ended.how, Ending::OutOfTime) && took < LONG);
        let child = std::fs::read_to_string(&file).unwrap();
        assert!(!is_alive(child.trim().parse().unwrap()));
    }

    #[test]
    fn processes_left_behind_are_reported_and_killed() {
        let (ended, took) = run_with_limit("sleep 600 & exit 0", LONG);
        assert!(matches!(ended.how, Ending::Exited(status) if status.success()) && took < LONG);
        assert_eq!(ended.left_behind.len(), 1, "{:?}", ended.left_behind);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_left_the_group_is_found_by_its_mark() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let script = format!(
            "setsid sh -c 'echo $$ > {0}.part; mv {0}.part {0}; exec sleep 600' & \
             while [ ! -e {0} ]; do sleep 0.1; done",
            file.display()
        );
        let (ended, _) = run_with_limit(&script, LONG);
        let child: u32 = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
        assert_eq!(ended.left_behind, [format!("{child} (sleep)")]);
        assert!(!is_alive(child));
    }

    #[test]
    fn an_interruption_ends_a_command() {
        let interruption = Interruption::default();
        interruption.0.store(true, Ordering::Relaxed);
        let ended = run(&mut shell("sleep 600"), LONG, &interruption).unwrap();
        assert!(matches!(ended.how, Ending::Interrupted));
    }

    /// Whether a process runs; a zombie is listed until its parent reaps it.
    fn is_alive(process: u32) -> bool {
        let output = Command::new("ps").args(["-o", "stat=", "-p", &process.to_string()]).output().unwrap();
        let state = String::from_utf8(output.stdout).unwrap();
        !state.trim().is_empty() && !state.trim().starts_with('Z')
    }
}
