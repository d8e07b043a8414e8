"""Choose each voice's prompt: a whole short utterance that ends in 80 ms of silence."""
import argparse
from pathlib import Path

import numpy as np

from common import FRAME, read_shard, shards
from speakers import write_wav
from voices import VOICES


def choose(work, prefix, frames):
    """Write a voice's prompt: its text, samples and latents."""
    path = shards(work, f"{prefix}train")[0]
    lat, best = np.load(work / f"lat_{path.name}"), None
    for i, u in enumerate(read_shard(path)):
        rows = slice(lat["off"][i], lat["off"][i] + frames)
        peak = lat["peak"][lat["off"][i]:lat["off"][i + 1]]
        end = int(np.flatnonzero(peak > 0.01)[-1]) + 1
        if end == frames - 1 and u["text"].endswith(".") and (best is None or peak[:end].mean() > best[0]):
            best = (peak[:end].mean(), u, lat["z"][rows])
    _, u, z = best
    print(u["text"], z.shape)
    np.save(work / f"{prefix}prompt_latents.npy", z)
    (work / f"{prefix}prompt.txt").write_text(u["text"] + "\n", encoding="utf-8")
    write_wav(work / f"{prefix}prompt.wav", u["audio"][: frames * FRAME])


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--work-dir", type=Path, required=True)
    ap.add_argument("--frames", type=int, default=16)
    a = ap.parse_args()
    for voice in VOICES:
        if not (a.work_dir / f"{voice.prefix}prompt_latents.npy").exists():
            choose(a.work_dir, voice.prefix, a.frames)


if __name__ == "__main__":
    main()
