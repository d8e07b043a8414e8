"""Speaks the lines of a manifest on a Ray cluster: each into a file that is named after the line's number.

    pip install pocket-tts-rs 'ray[data]'
    python ray_speak.py lines.jsonl spoken --language tiny --actors 8 --cpus 0.5

A line is an object with `text`, and `voice` and `seed` if it has others than the model's voice and the line's number:

    {"text": "Good morning."}
    {"text": "Good evening.", "voice": "me.safetensors", "seed": 7}

On one machine Ray starts by itself; on a cluster, run it as a job (`ray job submit`), or set RAY_ADDRESS. All nodes must see
the folder of the output and the files of voices. Ray schedules, and repeats what a node that died has not finished. Nothing
is spoken twice or missing then, nor when the script is run again: a file appears complete or not at all, a line's seed fixes
its samples, and lines whose files are there are not spoken again. A folder belongs to one manifest and to one model and format;
for others it is refused.

An actor is a process with one model. `--cpus` is what Ray counts for it, and may be a fraction: the model computes on as many
threads, but at least one, so that 0.5 puts two actors on each core. That fills the pauses in which an actor writes files or
waits for voices. Memory is the limit: each actor holds the model's weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pocket_tts_rs as pocket_tts
from pocket_tts_rs import data


class Speaker:
    """An actor: a model and what it has of voices."""

    def __init__(self, load: dict[str, Any], output: str, format: str) -> None:
        import ray

        self.model = pocket_tts.TTSModel.load_model(**load)
        self.voices: dict[str, pocket_tts.ModelState] = {}
        self.output, self.format = Path(output), format
        print(f"a model is loaded on node {ray.get_runtime_context().get_node_id()}", flush=True)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, list[Any]]:
        rows = [self.row(int(index), str(line)) for index, line in zip(batch["index"], batch["line"], strict=True)]
        return {name: [row[name] for row in rows] for name in ("index", "path", "duration", "error")}

    def row(self, index: int, line: str) -> dict[str, Any]:
        """What became of a line."""
        path = self.output / f"{index:08}.{self.format}"
        try:
            if not path.exists():
                self.speak(json.loads(line), index, path)
            (duration,) = data.durations([path])
            return {"index": index, "path": str(path), "duration": duration, "error": ""}
        except (pocket_tts.PocketTtsError, ValueError, KeyError, TypeError) as error:
            # The line is wrong; another try would fail, too.
            return {"index": index, "path": "", "duration": 0.0, "error": f"{type(error).__name__}: {error}"}

    def speak(self, line: dict[str, Any], index: int, path: Path) -> None:
        name = line.get("voice") or self.model.default_voice
        if name not in self.voices:
            self.voices[name] = self.model.get_state_for_audio_prompt(name)
        self.model.speak(line["text"], self.voices[name], seed=line.get("seed", index)).save(path)


def settle(folder: Path, settings: dict[str, Any]) -> None:
    """Writes the settings into the folder, or refuses a folder that has others.

    Raises:
        SystemExit: If the settings differ.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "settings.json"
    text = json.dumps(settings, sort_keys=True)
    if file.exists() and file.read_text(encoding="utf-8") != text:
        raise SystemExit(
            f"error: {folder} holds files of another manifest or other settings\nhelp: name another folder"
        )
    write(file, text)


def write(path: Path, text: str) -> None:
    """Writes a file that appears complete or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("output", type=Path)
    model = parser.add_mutually_exclusive_group()
    model.add_argument("--language", default="english", help="the name of a model [english]")
    model.add_argument("--config", help="the configuration of another model")
    parser.add_argument("--precision", default="f32", help="f32, bf16 or int8 [f32]")
    parser.add_argument("--format", default="wav", help="the format of the files [wav]")
    parser.add_argument("--actors", type=int, default=1, help="processes, each with a model [1]")
    parser.add_argument("--cpus", type=float, default=1.0, help="cores for each of them, also a fraction [1]")
    parser.add_argument("--batch", type=int, default=16, help="lines that an actor takes at once [16]")
    arguments = parser.parse_args()

    # `--help` works without it.
    import ray
    import ray.data

    content = arguments.manifest.read_bytes()
    # Other characters that end lines elsewhere may stand in a text.
    lines = content.decode("utf-8").split("\n")
    output = arguments.output.absolute()
    load = {"config": arguments.config} if arguments.config else {"language": arguments.language}
    load["precision"] = arguments.precision
    settle(output, {**load, "format": arguments.format, "manifest": hashlib.sha256(content).hexdigest()})

    ray.init()
    items = [{"index": index, "line": line} for index, line in enumerate(lines) if line.strip()]
    spoken = ray.data.from_items(items, override_num_blocks=-(-len(items) // arguments.batch)).map_batches(
        Speaker,
        fn_constructor_kwargs={
            "load": {**load, "threads": max(1, int(arguments.cpus))},
            "output": str(output),
            "format": arguments.format,
        },
        compute=ray.data.ActorPoolStrategy(size=arguments.actors),
        num_cpus=arguments.cpus,
        batch_size=arguments.batch,
    )
    rows = sorted(spoken.iter_rows(), key=lambda row: row["index"])
    manifest = [{**json.loads(lines[row["index"]]), **row} for row in rows if not row["error"]]
    failed = [{"index": row["index"], "error": row["error"]} for row in rows if row["error"]]
    for name, entries in (("manifest.jsonl", manifest), ("failed.jsonl", failed)):
        write(output / name, "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries))
    print(f"{len(manifest)} lines are spoken, {len(failed)} failed")
    if failed:
        raise SystemExit(f"error: lines failed: {len(failed)}\nhelp: read {output / 'failed.jsonl'}")


if __name__ == "__main__":
    main()
