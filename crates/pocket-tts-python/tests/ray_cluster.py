"""The programs for a Ray cluster on three nodes of one machine, of which one dies in the middle.

Ray is large, so this runs only when it is asked for: `cargo xtask ray`, or in an environment with this package:

    pip install 'ray[data]' pytest WHEEL
    pytest crates/pocket-tts-python/tests/ray_cluster.py

The results are compared with what the model within the package makes on this machine.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from pocket_tts_rs import TTSModel, data
from ray.cluster_utils import Cluster

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NODE = {"num_cpus": 1, "object_store_memory": 100 << 20}
# Two of them fit on a node, so that the actor of a node that died finds a place.
CPUS = "0.5"
ACTORS = 3
LIMIT_S = 300


@pytest.fixture
def cluster():
    """Three nodes."""
    cluster = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    for _ in range(2):
        cluster.add_node(**NODE)
    cluster.wait_for_nodes()
    yield cluster
    cluster.shutdown()


class Run:
    """A program on the cluster, with its output in a file."""

    def __init__(self, cluster, log, name, *arguments):
        environment = {
            **os.environ,
            "RAY_ADDRESS": cluster.address,
            "RAY_DEDUP_LOGS": "0",
            "RAY_USAGE_STATS_ENABLED": "0",
            "HF_HUB_OFFLINE": "1",
        }
        command = [sys.executable, str(EXAMPLES / name), *map(str, arguments), "--cpus", CPUS, "--actors", str(ACTORS)]
        self.log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.STDOUT)

    def nodes(self):
        """The nodes on which models are loaded."""
        return re.findall(r"a model is loaded on node (\w+)", self.log.read_text())

    def wait_for(self, condition):
        """Waits until a condition holds, while the program runs."""
        end = time.monotonic() + LIMIT_S
        while not condition():
            assert self.process.poll() is None and time.monotonic() < end, self.log.read_text()
            time.sleep(0.05)

    def finish(self, code):
        """Waits for the end, with this exit code. Returns what the program printed."""
        assert self.process.wait(LIMIT_S) == code, self.log.read_text()
        return self.log.read_text()


def kill_a_worker(cluster, run):
    """Kills a node that has a model and isn't the head, as if its machine had lost power."""
    run.wait_for(lambda: set(run.nodes()) - {cluster.head_node.node_id})
    victim = next(node for node in cluster.worker_nodes if node.node_id in run.nodes())
    cluster.remove_node(victim, allow_graceful=False)


def files(folder, ending=""):
    """The files below a folder, from there on, but logs and what a killed process has begun."""
    paths = (path for path in folder.rglob(f"*{ending}") if path.is_file() and not path.name.startswith("."))
    return sorted(path.relative_to(folder).as_posix() for path in paths)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_speech_survives_the_death_of_a_node(cluster, tmp_path):
    text = "This is number {}. It has some more sentences, so that it takes a while. Here is one of them. Here is another one, which is longer."
    manifest = [{"text": text.format(number)} for number in range(36)]
    manifest[7] = {"text": "With a seed of its own.", "seed": 3}
    manifest[9] = {"text": " "}
    (tmp_path / "lines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in manifest))
    spoken = tmp_path / "spoken"
    arguments = ("ray_speak.py", tmp_path / "lines.jsonl", spoken, "--language", "tiny", "--batch", 4)
    run = Run(cluster, tmp_path / "first.log", *arguments)
    run.wait_for(lambda: len(files(spoken, ".wav")) >= 3)
    kill_a_worker(cluster, run)
    assert len(files(spoken, ".wav")) < 30, "the node must die in the middle"
    # A line that can't be spoken is listed, and the others are spoken.
    assert "35 lines are spoken, 1 failed" in run.finish(1)
    numbers = [number for number in range(36) if number != 9]
    assert files(spoken) == sorted(
        [*(f"{number:08}.wav" for number in numbers), "failed.jsonl", "manifest.jsonl", "settings.json"]
    )
    assert [line["index"] for line in lines(spoken / "manifest.jsonl")] == numbers
    assert [line["index"] for line in lines(spoken / "failed.jsonl")] == [9]

    model = TTSModel.load_model(language="tiny", offline=True)
    voice = model.get_state_for_audio_prompt(model.default_voice)
    for number in numbers:
        line = manifest[number]
        model.speak(line["text"], voice, seed=line.get("seed", number)).save(tmp_path / "local.wav")
        assert (spoken / f"{number:08}.wav").read_bytes() == (tmp_path / "local.wav").read_bytes(), number

    before = {path: path.stat().st_mtime_ns for path in spoken.glob("*.wav")}
    (spoken / "00000004.wav").unlink()
    again = Run(cluster, tmp_path / "second.log", *arguments)
    again.process.wait(LIMIT_S)
    after = {path: path.stat().st_mtime_ns for path in spoken.glob("*.wav")}
    assert set(after) == set(before)
    assert [path.name for path in after if after[path] != before[path]] == ["00000004.wav"]
    other = Run(cluster, tmp_path / "third.log", *arguments, "--precision", "int8")
    assert "name another folder" in other.finish(1)


def test_latents_survive_the_death_of_a_node(cluster, tmp_path):
    entries = []
    for number in range(36):
        sound = 0.1 * np.random.default_rng(number).standard_normal(24_000 * (10 + number % 5))
        data.write_wav(tmp_path / f"{number}.wav", sound.astype(np.float32), 24_000)
        entries.append({"path": str(tmp_path / f"{number}.wav"), "duration": 10.0 + number % 5})
    entries[5] = {"path": str(tmp_path / "gone.wav"), "duration": 10.0}
    manifest = tmp_path / "train.jsonl"
    manifest.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    encoded = tmp_path / "encoded"
    arguments = ("ray_encode.py", manifest, encoded, "--language", "tiny", "--shards", 12)
    run = Run(cluster, tmp_path / "first.log", *arguments)
    run.wait_for(lambda: len(files(encoded, ".safetensors")) >= 3)
    kill_a_worker(cluster, run)
    assert len(files(encoded, ".safetensors")) < 30, "the node must die in the middle"
    assert "error: recordings failed: 1" in run.finish(1)

    model = TTSModel.load_model(language="tiny", offline=True)
    local = tmp_path / "local"
    assert data.encode(manifest, model, local, num_threads=2) == (35, 0, 1, True)
    assert len(files(local)) == 35 + 3 and files(encoded) == files(local)
    for name in files(local):
        assert (encoded / name).read_bytes() == (local / name).read_bytes(), name

    again = Run(cluster, tmp_path / "second.log", *arguments).finish(1)
    # What has failed is tried again.
    assert "0 recordings are encoded, 35 had been before, 1 failed" in again
