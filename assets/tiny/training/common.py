"""What several scripts use: constants, the pause for benchmarks, and reading of shards."""
import fcntl
import time
from pathlib import Path

import numpy as np

SR = 24000
FRAME = 1920                                # samples of a latent (80 ms)
HOP = 240                                   # samples of a feature frame (10 ms), eight for each latent


def wait_for_lock(path):
    """Sleep while another process holds the file's lock (flock), and return the seconds waited.

    The lock is taken so that benchmarks of other programs are not disturbed. Without a path, or if the
    file does not exist, nothing is waited for.
    """
    start = time.monotonic()
    while path and Path(path).exists():
        with open(path, encoding="utf-8") as f:
            try:
                fcntl.flock(f, fcntl.LOCK_SH | fcntl.LOCK_NB)
                fcntl.flock(f, fcntl.LOCK_UN)
                break
            except OSError:
                pass
        time.sleep(2)
    return time.monotonic() - start


def shards(work, kind="train"):
    """The shards of the teacher's speech in a work folder."""
    return sorted(p for p in Path(work).glob(f"{kind}_*.npz") if ".tmp" not in p.name)


def read_shard(path):
    """Utterances of a shard: text, phonemes, their durations in 25 ms, F0 at 80 Hz, and samples."""
    z = np.load(path, allow_pickle=False)
    audio, ao, dur, do, f0, fo = (z[k] for k in ("audio", "audio_off", "dur", "dur_off", "f0", "f0_off"))
    for i, (text, phonemes) in enumerate(zip(z["text"], z["phonemes"])):
        yield dict(text=str(text), phonemes=str(phonemes), dur=dur[do[i]:do[i + 1]], f0=f0[fo[i]:fo[i + 1]],
                   audio=audio[ao[i]:ao[i + 1]].astype(np.float32) / 32767.0)
