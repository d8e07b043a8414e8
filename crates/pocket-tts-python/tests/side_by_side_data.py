"""The same reading with the package sphn 0.2.1 and with this one, side by side, as `side_by_side.py` does for speech:

    pip install sphn==0.2.1 pytest WHEEL
    pytest crates/pocket-tts-python/tests/side_by_side_data.py

Recordings are noise without its highest frequencies.
"""

from __future__ import annotations

import inspect
import json

import numpy as np
import pytest
import sphn
from pocket_tts_rs import data

PACKAGES = (sphn, data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Recordings that sphn wrote, and a manifest. No window ends where a recording does: sphn leaves such windows out."""
    folder = tmp_path_factory.mktemp("recordings")
    lines = []
    for number, (seconds, rate) in enumerate([(3.3, 24_000), (2.1, 44_100), (4.2, 16_000)]):
        noise = np.random.default_rng(number).standard_normal(round(seconds * rate)).astype(np.float32)
        # Nothing near the highest frequency, where the filters of resamplers differ.
        smooth = np.convolve(noise, np.hanning(25) / 25, mode="same").astype(np.float32)
        path = folder / f"{number}.wav"
        sphn.write_wav(str(path), smooth, rate)
        lines.append(json.dumps({"path": str(path), "duration": seconds}) + "\n")
    (folder / "set.jsonl").write_text("".join(lines))
    return folder


def windows(package, folder, order, **options):
    return list(order(package.dataset_jsonl(str(folder / "set.jsonl"), on_error="raise", **options)))


def is_near_later(delayed, sound):
    """Whether a sound is another that begins up to 4,000 samples later, without what is near their ends."""
    expected = sound[2_000:9_000]
    delays = (delay for delay in range(4_001) if 9_000 + delay <= len(delayed))
    errors = (np.square(delayed[2_000 + delay : 9_000 + delay] - expected).sum() for delay in delays)
    return min(errors) < 0.01 * np.square(expected).sum()


@pytest.mark.parametrize("pads", [False, True])
@pytest.mark.parametrize("steps", [{}, {"skip": 2, "step_by": 2}])
def test_sequences_have_the_same_items(folder, pads, steps):
    expected, found = (
        windows(package, folder, lambda reader: reader.seq(**steps), duration_sec=1.0, pad_last_segment=pads)
        for package in PACKAGES
    )
    assert len(found) == len(expected) > 2
    for theirs, ours in zip(expected, found, strict=True):
        assert list(ours) == list(theirs)
        for name in ("sample_index", "file_index", "path", "sample_rate", "unpadded_len"):
            assert ours[name] == theirs[name], name
        assert ours["start_time_sec"] == pytest.approx(theirs["start_time_sec"], abs=1e-5)
        assert ours["data"].dtype == theirs["data"].dtype and ours["data"].shape == theirs["data"].shape
        assert np.array_equal(ours["data"], theirs["data"])


def test_resampled_windows_are_alike(folder):
    expected, found = (
        windows(package, folder, lambda reader: reader.seq(), duration_sec=1.0, sample_rate=16_000)
        for package in PACKAGES
    )
    for theirs, ours in zip(expected, found, strict=True):
        # sphn resamples each window as if silence were around it, with a delay.
        assert ours["data"].shape == (1, 16_000) and theirs["data"].shape[1] >= 16_000
        assert is_near_later(theirs["data"][0], ours["data"][0])


def test_shuffled_windows_are_the_same_set(folder):
    expected, found = (
        windows(package, folder, lambda reader: reader.shuffle(seed=3), duration_sec=0.45) for package in PACKAGES
    )
    place = [
        sorted((item["file_index"], round(item["start_time_sec"], 3)) for item in items) for items in (expected, found)
    ]
    assert place[0] == place[1]
    drawn = [
        next(iter(package.dataset_jsonl(str(folder / "set.jsonl"), duration_sec=1.0).shuffle(with_replacement=True)))
        for package in PACKAGES
    ]
    assert drawn[0]["data"].shape[0] == drawn[1]["data"].shape[0] == 1


def test_recordings_are_read_alike(folder, tmp_path):
    path = str(folder / "1.wav")
    theirs, ours = (package.FileReader(path) for package in PACKAGES)
    for name in ("channels", "sample_rate", "duration_sec"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert np.array_equal(ours.decode(0.5, 0.25), theirs.decode(0.5, 0.25))
    assert np.array_equal(ours.decode_all(), theirs.decode_all())
    expected, found = (reader.decode_with_padding(1.9, 0.5) for reader in (theirs, ours))
    assert found[0].shape == expected[0].shape and found[1] == pytest.approx(expected[1], abs=1)
    names = [path, str(folder / "gone.wav")]
    assert data.durations(names) == sphn.durations(names)
    expected, found = (package.read(path, start_sec=0.5, duration_sec=0.25) for package in PACKAGES)
    assert np.array_equal(found[0], expected[0]) and found[1] == expected[1]
    tone = np.sin(np.arange(4_000) * 0.05).astype(np.float32)
    for package in PACKAGES:
        package.write_wav(str(tmp_path / f"{package.__name__}.wav"), tone, 24_000)
    assert (tmp_path / f"{sphn.__name__}.wav").read_bytes() == (tmp_path / f"{data.__name__}.wav").read_bytes()


def test_opus_files_are_read_by_the_other(tmp_path):
    tone = (0.5 * np.sin(np.arange(48_000) * 0.05)).astype(np.float32)
    for package in PACKAGES:
        path = str(tmp_path / f"{package.__name__}.opus")
        package.write_opus(path, tone, 48_000)
        expected, found = (reader.read_opus(path) for reader in PACKAGES)
        assert found[1] == expected[1] == 48_000
        # sphn returns the samples that a decoder must leave out at the start (RFC 7845), too.
        assert found[0].shape[1] < expected[0].shape[1] and is_near_later(expected[0][0], found[0][0])
    assert found[0].shape == (1, 48_000) and is_near_later(found[0][0], tone)


def test_streams_of_opus_are_read_by_the_other():
    tone = np.sin(np.arange(19_200) * 0.05).astype(np.float32)
    for writing, reading in (PACKAGES, PACKAGES[::-1]):
        writer, reader = writing.OpusStreamWriter(24_000), reading.OpusStreamReader(24_000)
        heard = [reader.append_bytes(writer.append_pcm(tone[at : at + 1_920])) for at in range(0, len(tone), 1_920)]
        heard = np.concatenate(heard)
        assert len(heard) > 15_000
        # sphn keeps the samples at the start that a decoder must leave out.
        assert is_near_later(heard, tone)


def test_every_name_and_argument_is_there():
    for name in dir(sphn):
        theirs = getattr(sphn, name)
        if name.startswith("_") or name in ("sphn", "DatasetIter") or not callable(theirs):
            continue
        ours = getattr(data, name)
        try:
            expected = inspect.signature(theirs).parameters
        except ValueError:
            continue
        found = inspect.signature(ours).parameters
        for argument, described in expected.items():
            assert found[argument].default == described.default or described.default is inspect.Parameter.empty, name


@pytest.mark.parametrize(
    "action",
    [
        lambda package, folder: package.read(str(folder / "gone.wav")),
        lambda package, folder: package.read(str(folder / "set.jsonl")),
        lambda package, folder: package.FileReader(str(folder / "gone.wav")),
        lambda package, folder: package.read_opus(str(folder / "0.wav")),
        lambda package, folder: package.dataset_jsonl(str(folder / "gone.jsonl"), duration_sec=1.0),
        lambda package, folder: list(
            package.dataset_jsonl(str(folder / "set.jsonl"), duration_sec=1.0, on_error="wrong").seq()
        ),
    ],
)
def test_exceptions(folder, action):
    errors = []
    for package in PACKAGES:
        with pytest.raises(Exception) as caught:
            action(package, folder)
        errors.append(caught.value)
    assert isinstance(errors[1], type(errors[0])), errors
