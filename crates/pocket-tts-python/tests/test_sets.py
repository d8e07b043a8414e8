"""Work on whole sets, and latents."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from pocket_tts_rs import TTSModel, _native, _safetensors, data

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
    assert summary == data.Summary(done=4, skipped=0, failed=1, is_complete=True)
    kept = lines(tmp_path / "manifest.jsonl")
    assert [round(line["duration"]) for line in kept] == [2, 3]
    assert -15 < kept[0]["metrics"]["rms"] < -13
    failures = {line["index"]: line["error"] for line in lines(tmp_path / "failed.jsonl")}
    assert sorted(failures) == [0, 3] and "duration>1.5" in failures[0] and "broken.wav" in failures[3]
    assert "<svg" in (tmp_path / "report.svg").read_text()
    assert sorted(index for index, _ in reported) == [0, 1, 2, 3]
    assert [index for index, reason in reported if reason is not None] == [3]
    assert data.measure(folder, tmp_path, keep=["duration>1.5"]).skipped == 3
    with pytest.raises(ValueError, match="broken.wav"):
        data.measure(folder, tmp_path / "strict", on_error="raise")


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
    with pytest.raises(FileNotFoundError):
        data.prepare(folder / "gone", tmp_path / "wrong")


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
    # Frames that aren't full are left out of the file.
    assert stored.endswith(latents[:37].tobytes())
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
