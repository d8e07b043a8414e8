"""Encodes the recordings of a manifest to latents on a Ray cluster, in the files that pocket-tts's training reads.

    pip install pocket-tts-rs 'ray[data]'
    python ray_encode.py train.jsonl encoded --language english --shards 256 --actors 8 --cpus 1

The manifest has an object with `path` and `duration` in each line, as `pocket_tts_rs.data` reads it. All nodes must see it,
the recordings and the folder of the output. `pocket_tts_rs.data.encode` and `pocket-tts dataset encode` write the same files
on one machine, byte for byte, whatever the shards and actors.

Ray schedules the shards, and repeats the ones that a node which died has not finished. That encodes no recording twice whose
latents are there, and loses none: a file is named after the line's number and appears complete or not at all, and what is done
is written down in the folder. The same holds for a run that is started again, also with other numbers of shards and actors.

An actor is a process with one model. `--cpus` is what Ray counts for it, and may be a fraction; the actor encodes as many
recordings at once, but at least one. Reading from a slow disk or network leaves time for others: 0.5 puts two actors on each
core then.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import pocket_tts_rs as pocket_tts
from pocket_tts_rs import data


class Encoder:
    """An actor: a model that encodes the shards that it is given."""

    def __init__(self, load: dict[str, Any], manifest: str, output: str, threads: int) -> None:
        import ray

        self.model = pocket_tts.TTSModel.load_model(**load)
        self.manifest, self.output, self.threads = manifest, output, threads
        print(f"a model is loaded on node {ray.get_runtime_context().get_node_id()}", flush=True)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, list[int]]:
        summaries = [
            data.encode(self.manifest, self.model, self.output, shard=str(shard), num_threads=self.threads)
            for shard in batch["shard"]
        ]
        return {name: [getattr(summary, name) for summary in summaries] for name in ("done", "skipped", "failed")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("output", type=Path)
    model = parser.add_mutually_exclusive_group()
    model.add_argument("--language", default="english", help="the name of a model [english]")
    model.add_argument("--config", help="the configuration of another model")
    parser.add_argument("--shards", type=int, default=64, help="parts of the manifest; the unit that Ray repeats [64]")
    parser.add_argument("--actors", type=int, default=1, help="processes, each with a model [1]")
    parser.add_argument("--cpus", type=float, default=1.0, help="cores for each of them, also a fraction [1]")
    arguments = parser.parse_args()

    # `--help` works without it.
    import ray
    import ray.data

    load = {"config": arguments.config} if arguments.config else {"language": arguments.language}
    settings = {
        "load": {**load, "threads": 1},
        "manifest": str(arguments.manifest.absolute()),
        "output": str(arguments.output.absolute()),
        "threads": max(1, int(arguments.cpus)),
    }
    ray.init()
    # Unlike a range, a list needs no task that reads it, for which a cluster that is full of actors has no core.
    shards = [{"shard": f"{number}/{arguments.shards}"} for number in range(1, arguments.shards + 1)]
    encoded = ray.data.from_items(shards, override_num_blocks=arguments.shards).map_batches(
        Encoder,
        fn_constructor_kwargs=settings,
        compute=ray.data.ActorPoolStrategy(size=arguments.actors),
        num_cpus=arguments.cpus,
        batch_size=1,
    )
    rows = encoded.take_all()
    done, skipped, failed = (sum(row[name] for row in rows) for name in ("done", "skipped", "failed"))
    print(f"{done} recordings are encoded, {skipped} had been before, {failed} failed")
    result = arguments.output / f"{arguments.manifest.stem}_latents.jsonl"
    if not result.exists():
        # Two actors that end at once may each miss what the other has just written, on a slow network file system.
        raise SystemExit(f"error: {result} is missing\nhelp: run the same command again; it only writes this file")
    if failed:
        reasons = result.with_suffix(".failed.jsonl")
        raise SystemExit(f"error: recordings failed: {failed}\nhelp: read the reasons in {reasons}")


if __name__ == "__main__":
    main()
