"""Choose the voice's prompt: a whole short utterance that ends in 80 ms of silence."""
import argparse
from pathlib import Path

import numpy as np

from common import FRAME, read_shard, shards
from speakers import write_wav


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--work-dir", type=Path, required=True)
    ap.add_argument("--frames", type=int, default=16)
    a = ap.parse_args()
    path = shards(a.work_dir)[0]
    lat, best = np.load(a.work_dir / f"lat_{path.name}"), None
    for i, u in enumerate(read_shard(path)):
        rows = slice(lat["off"][i], lat["off"][i] + a.frames)
        peak = lat["peak"][lat["off"][i]:lat["off"][i + 1]]
        end = int(np.flatnonzero(peak > 0.01)[-1]) + 1
        if end == a.frames - 1 and u["text"].endswith(".") and (best is None or peak[:end].mean() > best[0]):
            best = (peak[:end].mean(), u, lat["z"][rows])
    _, u, z = best
    print(u["text"], z.shape)
    np.save(a.work_dir / "prompt_latents.npy", z)
    (a.work_dir / "prompt.txt").write_text(u["text"] + "\n", encoding="utf-8")
    write_wav(a.work_dir / "prompt.wav", u["audio"][: a.frames * FRAME])


if __name__ == "__main__":
    main()
