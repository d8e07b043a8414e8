//! The processor and the memory.

use std::fs;
use std::path::Path;

use pocket_tts_core::{instruction_set, usable_cores};

use super::finding::Finding;
use crate::exit::counted;
use crate::fetching::size;

/// A released model, its voice and a few requests fit into this, in bytes.
const ENOUGH_BYTES: u64 = 1_500_000_000;
/// The built-in model needs some of this, in bytes.
const LEAST_BYTES: u64 = 200_000_000;

/// The processor's instructions and cores.
pub(super) fn processor() -> Finding {
    let cores = usable_cores();
    let architecture = std::env::consts::ARCH;
    match instruction_set() {
        Some(name) => Finding::ok(
            "processor",
            format!("{architecture} with {name}, {} for this program", counted(cores, "core")),
        ),
        None => Finding::warning(
            "processor",
            format!("{architecture} without vector instructions that this program uses, so speech is slow"),
            "use a processor with AVX2 or NEON; in a virtual machine, pass the host's processor through",
        ),
    }
}

/// The memory that this program can use.
pub(super) fn memory() -> Finding {
    let read = |path: &str| fs::read_to_string(path).ok();
    let free = read("/proc/meminfo").as_deref().and_then(available_bytes);
    let limit = read("/proc/self/cgroup")
        .as_deref()
        .and_then(|groups| group_limit(groups, Path::new("/sys/fs/cgroup")));
    finding_of(free, limit)
}

fn finding_of(free: Option<u64>, limit: Option<u64>) -> Finding {
    let Some(usable) = free.into_iter().chain(limit).min() else {
        return Finding::ok("memory", "unknown on this system");
    };
    let limited =
        limit.map(|limit| format!(", and this process may use {}", size(limit))).unwrap_or_default();
    let message = format!("{} free{limited}", free.map_or_else(|| "an unknown amount".to_owned(), size));
    if usable < LEAST_BYTES {
        return Finding::problem(
            "memory",
            message,
            "end other programs, or raise the limit of the container",
        );
    }
    if usable < ENOUGH_BYTES {
        let advice =
            "large models may not fit; use --precision q4, which takes a sixth, or the built-in model";
        return Finding::warning("memory", message, advice);
    }
    Finding::ok("memory", message)
}

/// `MemAvailable` of `/proc/meminfo`, which gives it in KiB.
fn available_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1_024)
}

/// The least memory limit of this process's control groups (version 2), if there is one.
fn group_limit(groups: &str, root: &Path) -> Option<u64> {
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let limits = Path::new(group).ancestors().map(|group| root.join(group).join("memory.max"));
    limits.filter_map(|path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok()).min()
}

#[cfg(test)]
mod tests {
    use super::super::finding::Status;
    use super::*;

    #[test]
    fn the_smaller_of_free_memory_and_limit_counts() {
        let status = |free, limit| finding_of(free, limit).status;
        assert_eq!(status(Some(8 << 30), None), Status::Ok);
        assert_eq!(status(Some(8 << 30), Some(1 << 30)), Status::Warning);
        assert_eq!(status(Some(100 << 20), Some(1 << 30)), Status::Problem);
        assert_eq!(status(None, None), Status::Ok);
        let message = finding_of(Some(8_000_000_000), Some(1_000_000_000)).message;
        assert_eq!(message, "8.0 GB free, and this process may use 1.0 GB");
    }

    #[test]
    fn numbers_come_from_linux_s_files() {
        assert_eq!(available_bytes("MemTotal: 9 kB\nMemAvailable:    2048 kB\n"), Some(2 << 20));
        assert_eq!(available_bytes(""), None);
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        fs::write(root.path().join("a/memory.max"), "5000\n").unwrap();
        fs::write(inner.join("memory.max"), "max\n").unwrap();
        assert_eq!(group_limit("1:cpu:/x\n0::/a/b\n", root.path()), Some(5_000));
        assert_eq!(group_limit("0::/\n", root.path()), None);
    }
}
