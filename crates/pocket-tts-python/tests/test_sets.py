"""Work on whole sets, and latents."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from pocket_tts_rs import RequestError, TTSModel, _native, _safetensors, data

RATE = 24_000


def sound(seconds, seed):
    return (0.2 * np.random.default_rng(seed).standard_normal(round(seconds * RATE))).clip(-1, 1).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("set")
    for number, seconds in enumerate((1.0, 2.0, 3.0)):
        data.write_wav(folder / f"{number}.wav", sound(seconds, number), RATE)
    (folder / "broken.wav").write_text("text")
    return folder


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def contents(folder):
    """The files of a folder but the logs of runs."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_recordings_are_measured_and_filtered(folder, tmp_path):
    reported = []
    summary = data.measure(folder, tmp_path, keep=["duration>1.5"], progress=lambda *report: reported.append(report))
    assert summary == data.Summary(done=3, skipped=0, failed=1, is_complete=True)
    kept = lines(tmp_path / "manifest.jsonl")
    assert [round(line["duration"]) for line in kept] == [2, 3]
    assert -15 < kept[0]["metrics"]["rms"] < -13
    failures = {line["index"]: line["error"] for line in lines(tmp_path / "failed.jsonl")}
    # From 0.
    assert sorted(failures) == [0, 3] and "duration>1.5" in failures[0] and "broken.wav" in failures[3]
    assert "<svg" in (tmp_path / "report.svg").read_text()
    assert sorted(index for index, _ in reported) == [0, 1, 2, 3]
    assert [index for index, reason in reported if reason is not None] == [3]
    # A string is one condition.
    assert data.measure(folder, tmp_path, keep="duration>1.5").skipped == 3
    with pytest.raises(ValueError, match="broken.wav"):
        data.measure(folder, tmp_path / "strict", on_error="raise")


def test_an_exception_of_progress_ends_the_work_and_is_raised(folder, tmp_path):
    calls = []

    def progress(index, reason):
        calls.append(index)
        raise LookupError(f"no row for {index}")

    with pytest.raises(LookupError, match="no row for"):
        data.measure(folder, tmp_path, num_threads=1, progress=progress)
    assert len(calls) == 1
    # The first recording is done.
    assert data.measure(folder, tmp_path) == data.Summary(done=2, skipped=1, failed=1, is_complete=True)


def test_prepared_copies_are_the_same_in_parts_and_at_once(folder, tmp_path):
    options = {"sample_rate": 16_000, "peak": -6.0, "fade": 0.05, "trim": -50.0}
    whole = data.prepare(folder, tmp_path / "whole", num_threads=1, **options)
    assert whole.is_complete and whole.failed == 1
    parts = [
        data.prepare(folder, tmp_path / "parts", shard=f"{part}/3", num_threads=2, **options) for part in (2, 3, 1)
    ]
    assert [part.is_complete for part in parts] == [False, False, True]
    names = {name for name in contents(tmp_path / "whole") if name.endswith(".flac")}
    assert len(names) == 3
    written = contents(tmp_path / "parts")
    assert all(written[name] == content for name, content in contents(tmp_path / "whole").items() if name in names)
    copy, rate = data.read(tmp_path / "whole" / sorted(names)[0])
    assert rate == 16_000 and np.abs(copy).max() == pytest.approx(0.501, abs=0.01)
    for wrong in ({"peak": 3.0}, {"format": "doc"}, {"shard": "4/3"}, {"keep": ["size>1"]}, {"on_error": "log"}):
        with pytest.raises(ValueError):
            data.prepare(folder, tmp_path / "wrong", **wrong)
    for wrong in ({"peak": -1.0, "loudness": -20.0}, {"peak": -1.0, "gain": 1.0}, {"num_threads": 0}, {"sample_rate": 0}):
        with pytest.raises(RequestError, match="exclude one another|num_threads|sample_rate"):
            data.prepare(folder, tmp_path / "wrong", **wrong)
    for wrong in ({"peak": "loud"}, {"keep": [1]}, {"shard": 1}, {"progress": 3}):
        with pytest.raises(TypeError, match=f"`{next(iter(wrong))}` must be "):
            data.prepare(folder, tmp_path / "wrong", **wrong)
    with pytest.raises(FileNotFoundError):
        data.prepare(folder / "gone", tmp_path / "wrong")
    for work in (data.encode, data.decode):
        with pytest.raises(TypeError, match="`model` must be a TTSModel, not NoneType"):
            work(folder / "set.jsonl", None, tmp_path / "wrong")


def test_utterances_are_cut(folder, tmp_path):
    words = [("One", 0.1, 0.9), ("two", 1.3, 1.5), ("three.", 2.0, 2.6)]
    entry = {"path": str(folder / "2.wav"), "duration": 3.0, "transcript": "One two three."}
    entry["words"] = [dict(zip(("word", "start", "end"), word, strict=True)) for word in words]
    (tmp_path / "set.jsonl").write_text(json.dumps(entry) + "\n")
    assert data.cut(tmp_path / "set.jsonl", tmp_path / "cut", seed=3, sample_rate=16_000).done == 1
    (row,) = lines(tmp_path / "cut" / "manifest.jsonl")
    assert f"{row['voice_transcript']} {row['transcript']}" == "One two three."
    (prompt, target) = data.durations([row["voice"], row["path"]])
    assert prompt + target == pytest.approx(2.8, abs=1e-3) and data.FileReader(row["path"]).sample_rate == 16_000
    for wrong in ({"longest_prompt": -1}, {"seed": -1}, {"format": "doc"}):
        with pytest.raises(RequestError):
            data.cut(tmp_path / "set.jsonl", tmp_path / "wrong", **wrong)


# Encodes or prepares the set of a folder, and dies as by a loss of power after the third recording.
KILLED = """
import os, signal, sys
from pocket_tts_rs import TTSModel, data
done = []
def progress(index, reason):
    done.append(index)
    if len(done) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
what, manifest, output, config = sys.argv[1:]
if what == "prepare":
    data.prepare(manifest, output, sample_rate=16_000, loudness=-23.0, num_threads=1, progress=progress)
else:
    data.encode(manifest, TTSModel.load_model(config=config), output, num_threads=1, progress=progress)
"""


@pytest.mark.parametrize("what", ["prepare", "encode"])
def test_a_killed_run_goes_on_and_changes_no_byte(what, golden, goldens, tmp_path):
    for number in range(6):
        data.write_wav(tmp_path / f"{number}.wav", sound(0.5 + number / 5, number), RATE)
    paths = [tmp_path / f"{number}.wav" for number in range(6)]
    entries = [{"path": str(path), "duration": 0.5 + number / 5} for number, path in enumerate(paths)]
    manifest = tmp_path / "set.jsonl"
    manifest.write_text("".join(json.dumps(entry) + "\n" for entry in entries))

    def run(output):
        if what == "prepare":
            return data.prepare(manifest, output, sample_rate=16_000, loudness=-23.0)
        return data.encode(manifest, golden, output)

    out = tmp_path / "out"
    command = [what, manifest, out, goldens / "01_lsd_24k_bos" / "config.yaml"]
    killed = subprocess.run([sys.executable, "-c", KILLED, *map(str, command)])
    assert killed.returncode == -signal.SIGKILL
    assert not any(name.endswith(".jsonl") for name in contents(out))
    # The third recording is not in the log yet.
    assert run(out) == data.Summary(done=4, skipped=2, failed=0, is_complete=True)
    resumed = contents(out)
    shutil.rmtree(out)
    assert run(out) == data.Summary(done=6, skipped=0, failed=0, is_complete=True)
    assert resumed == contents(out) and len(resumed) >= 8


def test_latents_are_encoded_and_decoded(golden, folder, tmp_path):
    manifest = tmp_path / "train.jsonl"
    entries = [{"path": str(folder / f"{n}.wav"), "duration": n + 1.0, "transcript": str(n)} for n in range(3)]
    manifest.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    assert data.encode(manifest, golden) == data.Summary(3, 0, 0, True)
    meta = json.loads((tmp_path / "train_latents.meta.json").read_text())
    assert meta["mimi_hash"] == golden.encoder_hash and meta["frame_rate"] == 12.5
    encoded = lines(tmp_path / "train_latents.jsonl")
    assert encoded[0]["latents_file"].startswith(f"latents/{golden.encoder_hash[:8]}/train_00000000")
    stored = (tmp_path / encoded[2]["latents_file"]).read_bytes()
    pcm, rate = data.read(folder / "2.wav")
    latents = golden.encode_latents(pcm, rate)
    assert latents.shape == (38, golden.latent_width)
    # A frame that isn't full is left out of the file, as in pocket-tts's training.
    assert stored.endswith(latents[:37].tobytes())
    assert (tmp_path / "train_latents.failed.jsonl").read_text() == ""
    # Another run has nothing to do.
    assert data.encode(manifest, golden, shard="1/1").skipped == 3
    heard = data.decode(tmp_path / "train_latents.jsonl", golden, tmp_path / "heard", format="flac")
    assert heard.done == 3 and heard.is_complete
    decoded, _ = data.read(lines(tmp_path / "heard" / "manifest.jsonl")[2]["path"])
    assert np.allclose(decoded[0], golden.decode_latents(latents[:37]).clip(-1, 1), atol=1e-4)


def test_what_are_no_latents_is_refused(golden):
    with pytest.raises(ValueError, match="shape"):
        golden.decode_latents(np.zeros((3, 1), dtype=np.float32))
    with pytest.raises(ValueError):
        golden.encode_latents([])
    with pytest.raises(ValueError, match="not finite"):
        golden.decode_latents(np.full((2, golden.latent_width), np.nan, np.float32))


def test_the_hash_is_that_of_replaced_weights(goldens, golden, tmp_path):
    """As `load_training_checkpoint` replaces them, whose file is gone after the load."""
    original = goldens / "01_lsd_24k_bos"
    for path in (original, goldens / "tokenizer_a.json", goldens / "tokenizer_a.model"):
        (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)
    copy = tmp_path / original.name
    weights = dict(_safetensors.parse((original / "model.safetensors").read_bytes()))
    name = next(name for name in weights if name.startswith("mimi.downsample."))
    weights[name] = weights[name] * 1.25
    (copy / "model.safetensors").write_bytes(_safetensors.build(weights, "the test"))
    own = TTSModel.load_model(config=copy / "config.yaml")
    replaced = TTSModel.load_model(config=original / "config.yaml")
    file = shutil.copy(copy / "model.safetensors", tmp_path / "weights.safetensors")
    replaced._native = _native.Model.load({**replaced._load, "weights": str(file), "weights_name": "run.pt"})
    file.unlink()
    assert replaced.encoder_hash == own.encoder_hash != golden.encoder_hash
    assert np.array_equal(replaced.encode_latents(sound(1, 1)), own.encode_latents(sound(1, 1)))
