"""Measures a stream of speech and prints one line of JSON, with the fields of `pocket-tts bench`.

FRAMES, RUNS and TEXT are read from the environment. THREADS, if set, is the number of cores that the process may
use; it is applied when this module is imported, which must happen before the runtime is imported.
"""

import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path

FRAME_S = 0.08
# No logit is that large, so speech continues until the frame limit.
NOTHING_ENDS = 1e9

FRAMES = int(os.environ.get("FRAMES", "125"))
RUNS = int(os.environ.get("RUNS", "1"))
TEXT = os.environ.get("TEXT") or "On market days the ferry crossed the bay twice before noon."

if os.environ.get("THREADS"):
    if not hasattr(os, "sched_setaffinity"):
        sys.exit("this system cannot restrict a process to some cores; don't set THREADS")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(os.environ["THREADS"])])


class Clock:
    """Seconds since its creation."""

    def __init__(self):
        self.start = time.perf_counter()

    def elapsed(self):
        return time.perf_counter() - self.start


def busy_core_seconds():
    """Busy time of all programs together, without idle and I/O wait; None if the system doesn't report it."""
    try:
        first_line = Path("/proc/stat").read_text().splitlines()[0]
    except OSError:
        return None
    ticks = [int(field) for field in first_line.split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def speak(stream):
    """Seconds to the end and to the first chunk, and the number of samples."""
    clock, first, samples = Clock(), None, 0
    for chunk in stream():
        if first is None:
            first = clock.elapsed()
        samples += len(chunk)
    return clock.elapsed(), first, samples


def measure(stream, sample_rate, **extra):
    """Prints the figures of `stream()`, which yields chunks of samples, and the `extra` fields."""
    speak(stream)  # warm-up
    busy, own, clock = busy_core_seconds(), time.process_time(), Clock()
    runs = [speak(stream) for _ in range(RUNS)]
    wall = clock.elapsed()
    cpu_cores = (time.process_time() - own) / wall
    others = None if busy is None else max(0.0, (busy_core_seconds() - busy) / wall - cpu_cores)
    factors = [samples / sample_rate / total for total, _, samples in runs]
    firsts = [1e3 * first for _, first, _ in runs]
    figures = {
        "frames": round(runs[0][2] / sample_rate / FRAME_S),
        "streams": 1,
        "runs": RUNS,
        "times_real_time": round(statistics.median(factors), 3),
        "times_real_time_min": round(min(factors), 3),
        "times_real_time_max": round(max(factors), 3),
        "wall_s": round(statistics.median(total for total, _, _ in runs), 4),
        "first_chunk_ms": round(statistics.median(firsts), 2),
        "first_chunk_ms_max": round(max(firsts), 2),
        "cpu_cores": round(cpu_cores, 2),
        "other_cores": None if others is None else round(others, 2),
        # In KiB on Linux.
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    print(json.dumps(figures | extra))
