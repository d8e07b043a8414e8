"""Windows of recordings and single recordings: the names, arguments and items of the package sphn."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import threading

import numpy as np
import pocket_tts_rs
import pytest
from pocket_tts_rs import data

RATE = 24_000
# Seconds, samples per second and channels.
RECORDINGS = {"a.wav": (3.5, RATE, 1), "b.flac": (2.0, RATE, 1), "c.wav": (2.2, 44_100, 2)}


def tone(seconds, rate, frequency=440.0):
    return (0.3 * np.sin(np.arange(round(seconds * rate)) * 2 * np.pi * frequency / rate)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Recordings of three kinds, and a manifest of them and of a missing one."""
    folder = tmp_path_factory.mktemp("recordings")
    for name, (seconds, rate, channels) in RECORDINGS.items():
        sound = tone(seconds, rate)
        if name.endswith(".flac"):
            pocket_tts_rs.save_audio(folder / name, sound, rate)
        else:
            data.write_wav(folder / name, np.stack([sound, 0.5 * sound][:channels]), rate)
    lines = [{"path": str(folder / name), "duration": seconds} for name, (seconds, _, _) in RECORDINGS.items()]
    lines.insert(1, {"path": str(folder / "gone.wav"), "duration": 2.0})
    (folder / "set.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@pytest.fixture
def files(folder):
    return [(folder / name, seconds) for name, (seconds, _, _) in RECORDINGS.items()]


def place(window):
    return window["sample_index"], window["file_index"], round(window["start_time_sec"], 6)


def test_windows_follow_one_another(folder, files):
    windows = list(data.DatasetReader(files, duration_sec=1.0).seq())
    assert [place(window)[1:] for window in windows] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (2, 0), (2, 1)]
    keys = "sample_index file_index path start_time_sec sample_rate unpadded_len gen_duration_sec data"
    assert list(windows[0]) == keys.split()
    first, last = windows[0], windows[-1]
    assert first["path"] == str(folder / "a.wav") and first["sample_rate"] == RATE
    assert first["data"].shape == (1, RATE) and first["data"].dtype == np.float32
    assert first["unpadded_len"] == RATE and first["gen_duration_sec"] > 0
    assert last["data"].shape == (2, 44_100)
    assert np.allclose(last["data"][1], 0.5 * last["data"][0], atol=1e-4)
    assert np.allclose(windows[1]["data"][0], tone(3.5, RATE)[RATE : 2 * RATE], atol=1e-4)


def test_ends_are_padded_and_windows_resampled(files):
    reader = data.DatasetReader(files, duration_sec=1.0, sample_rate=16_000, mono=True, pad_last_segment=True)
    windows = list(reader)
    assert len(windows) == reader.count() == 9
    assert all(window["data"].shape == (1, 16_000) and window["sample_rate"] == 16_000 for window in windows)
    assert windows[3]["unpadded_len"] == 8_000 and not windows[3]["data"][0, 8_000:].any()
    assert len(list(reader.pad_last_segment(False))) == 7


def test_ranks_share_the_windows_and_threads_change_nothing(files):
    reader = data.DatasetReader(files, duration_sec=0.25)
    for order in (reader.seq, lambda **steps: reader.shuffle(seed=3, **steps)):
        whole = [place(window) for window in order()]
        assert len(set(whole)) == len(whole) == reader.count()
        ranks = [[place(window) for window in order(skip=rank, step_by=3)] for rank in range(3)]
        assert sorted(sum(ranks, [])) == sorted(whole)
        assert ranks[1] == whole[1::3] and [place(window) for window in order(skip=5)] == whole[5:]
    for threads in (1, 3):
        shuffled = reader.num_threads(threads).shuffle(seed=3)
        assert [place(window) for window in shuffled] == [place(window) for window in shuffled] == whole
    assert [place(window)[1:] for window in reader.shuffle(seed=4)] != [place[1:] for place in whole]


def test_windows_are_drawn_without_an_end(files):
    drawn = iter(data.DatasetReader(files, duration_sec=1.0, num_threads=2).shuffle(with_replacement=True, seed=1))
    windows = [next(drawn) for _ in range(100)]
    assert {window["file_index"] for window in windows} == {0, 1, 2}
    assert len({window["start_time_sec"] for window in windows}) > 90
    assert len(drawn.buffered_lens()) == 2


@pytest.mark.parametrize("on_error", [None, "log", "skip", "ignore"])
def test_what_cannot_be_read_is_left_out(folder, on_error, caplog):
    reader = data.dataset_jsonl(folder / "set.jsonl", duration_sec=1.0, on_error=on_error)
    windows = iter(reader)
    assert [window["file_index"] for window in windows] == [0, 0, 0, 2, 2, 3, 3]
    skipped = windows.take_skipped()
    assert windows.skipped_count == 2 and windows.take_skipped() == []
    assert [(left.sample_index, left.file_index) for left in skipped] == [(3, 1), (4, 1)]
    assert "gone.wav" in skipped[0].reason
    # Once for the recording, and the number of its other windows at the end.
    logged = [record.message for record in caplog.records]
    assert sum("gone.wav" in message for message in logged) == (0 if on_error in ("skip", "ignore") else 1)
    assert [message for message in logged if message.endswith("left out: 1")] == logged[1:]
    assert (folder / "set.jsonl.idx").stat().st_size == 8 * 5


def test_what_cannot_be_read_is_raised(folder):
    windows = iter(data.dataset_jsonl(folder / "set.jsonl", duration_sec=1.0).on_error("raise"))
    found, errors = [], []
    while True:
        try:
            found.append(next(windows)["file_index"])
        except StopIteration:
            break
        except pocket_tts_rs.NoRecordingError as error:
            errors.append(error)
    assert found == [0, 0, 0, 2, 2, 3, 3] and len(errors) == 2
    # As sphn raises it, and as this package does.
    assert all(isinstance(error, ValueError) and isinstance(error, FileNotFoundError) for error in errors)


def test_wrong_arguments_are_refused(folder, files):
    for options in (
        {"duration_sec": 0},
        {"duration_sec": 1, "on_error": "pass"},
        {"duration_sec": 1, "num_threads": 0},
    ):
        with pytest.raises(ValueError):
            data.DatasetReader(files, **options)
    reader = data.DatasetReader(files, duration_sec=1)
    for order in (reader.seq, reader.shuffle):
        for wrong in ({"step_by": 0}, {"step_by": -1}, {"skip": -1}):
            with pytest.raises(pocket_tts_rs.RequestError, match="`(skip|step_by)` is (0|-1), but"):
                order(**wrong)
    with pytest.raises(pocket_tts_rs.RequestError, match="`seed` is -1"):
        reader.shuffle(seed=-1)
    for wrong, name in (({"duration_sec": "1"}, "duration_sec"), ({"duration_sec": 1, "num_threads": 1.5}, "num_threads")):
        with pytest.raises(TypeError, match=f"`{name}` must be a"):
            data.DatasetReader(files, **wrong)
    with pytest.raises(TypeError, match="`duration of .*` must be a number, not NoneType"):
        data.DatasetReader([("a.wav", None)], duration_sec=1)
    with pytest.raises(FileNotFoundError):
        data.dataset_jsonl(folder / "gone.jsonl", duration_sec=1)


def test_a_function_is_applied(files):
    reader = data.DatasetReader(files, duration_sec=1.0, f=lambda window: window["data"].shape[1])
    assert list(reader.on_error("raise")) == [RATE] * 5 + [44_100] * 2


def place_in_process(reader):
    return [place(window) for window in reader]


def test_a_reader_is_pickled_and_reads_in_another_process(folder, files):
    readers = [
        data.DatasetReader(files, duration_sec=0.5, sample_rate=16_000, mono=True).shuffle(seed=3, skip=1, step_by=2),
        data.dataset_jsonl(folder / "set.jsonl", duration_sec=1.0, pad_last_segment=True, on_error="skip"),
    ]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.map(place_in_process, readers)
    assert found == [place_in_process(reader) for reader in readers]
    with pytest.raises(TypeError, match="pickle the reader"):
        pickle.dumps(iter(readers[0]))
    again = pickle.loads(pickle.dumps(data.FileReader(folder / "a.wav")))
    assert np.array_equal(again.decode(1, 1), data.FileReader(folder / "a.wav").decode(1, 1))


def test_names_that_are_no_text_are_read(folder, tmp_path):
    name = os.fsencode(tmp_path) + b"/\xff.wav"
    data.write_wav(name, tone(1, RATE), RATE)
    for path in (name, os.fsdecode(name)):
        assert data.durations([path]) == [1.0] and data.read(path)[0].shape == (1, RATE)
        (window,) = data.DatasetReader([(path, 1.0)], duration_sec=1.0, on_error="raise")
        assert os.fsencode(window["path"]) == name
        assert len(pocket_tts_rs.load_audio(path)[0]) == RATE
        with pytest.raises(ValueError, match="not an audio file|audio"):
            data.FileReader(os.fsencode(folder / "set.jsonl"))
    pocket_tts_rs.save_audio(name, tone(0.5, RATE), RATE)
    assert data.FileReader(name).duration_sec == 0.5
    summary = data.prepare(tmp_path, tmp_path / "out")
    assert (summary.done, summary.failed) == (0, 1)
    assert "not UTF-8" in (tmp_path / "out" / "failed.jsonl").read_text()
    with pytest.raises(pocket_tts_rs.RequestError, match="not UTF-8"):
        data.prepare(folder, name + b".out")


def test_arguments_of_readers_are_checked_at_the_call(folder, files):
    for paths in (["a"], ["ab"], "ab", [("a.wav", 1.0, 2)], 3):
        with pytest.raises(TypeError, match="`paths` must be a list of pairs"):
            data.DatasetReader(paths, duration_sec=1.0)
    with pytest.raises(TypeError, match="duration of a.wav.* must be a number"):
        data.DatasetReader([("a.wav", "1")], duration_sec=1.0)
    with pytest.raises(TypeError, match="`f` must be callable, not int"):
        data.DatasetReader(files, duration_sec=1.0, f=3)
    with pytest.raises(TypeError, match="`f` must be callable, not int"):
        data.dataset_jsonl(folder / "set.jsonl", duration_sec=1.0, f=3)
    with pytest.raises(TypeError, match="`filenames` must be a list of paths, not str"):
        data.durations("a.wav")


def test_threads_share_an_iterator(files):
    windows = iter(data.DatasetReader(files, duration_sec=0.1))
    found = []

    def take():
        found.extend(place(window) for window in windows)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [place(window) for window in data.DatasetReader(files, duration_sec=0.1)]


def test_recordings_are_read_in_parts(folder):
    reader = data.FileReader(folder / "c.wav")
    assert (reader.channels, reader.sample_rate, reader.duration_sec) == (2, 44_100, pytest.approx(2.2))
    assert "c.wav" in repr(reader)
    whole = reader.decode_all()
    assert whole.shape == (2, 97_020)
    assert np.array_equal(reader.decode(0.5, 0.25), whole[:, 22_050:33_075])
    padded, present = reader.decode_with_padding(2.0, 0.5)
    assert padded.shape == (2, 22_050) and present == 8_820 and not padded[:, present:].any()
    assert np.array_equal(reader.decode(2.0, 0.5), whole[:, 88_200:])
    for read in (reader.decode, lambda start, seconds: data.read(folder / "c.wav", start, seconds)):
        with pytest.raises(pocket_tts_rs.RequestError, match=r"`start_sec` is 5.0, but .*c.wav has only 2.200 s"):
            read(5.0, 1.0)
        with pytest.raises(pocket_tts_rs.RequestError, match="`duration_sec` is 0, but"):
            read(1.0, 0)
    with pytest.raises(pocket_tts_rs.RequestError, match="`start_sec` is 2.3, but"):
        data.read(folder / "c.wav", 2.3)
    for start, seconds in [(-1.0, 1.0), (0.0, float("nan"))]:
        with pytest.raises(ValueError, match="_sec"):
            reader.decode(start, seconds)


def test_recordings_are_read_and_resampled(folder):
    sound, rate = data.read(folder / "c.wav")
    assert rate == 44_100 and sound.shape == (2, 97_020)
    for arguments, length in [({}, 52_800), ({"start_sec": 0.5}, 40_800), ({"start_sec": 2, "duration_sec": 1}, 4_800)]:
        part, rate = data.read(folder / "c.wav", sample_rate=RATE, **arguments)
        assert rate == RATE and part.shape == (2, length)
    assert np.allclose(data.read(folder / "a.wav")[0][0], tone(3.5, RATE), atol=1e-4)
    assert data.durations([folder / "a.wav", folder / "gone.wav", folder / "set.jsonl", folder / "b.flac"]) == [
        pytest.approx(3.5),
        None,
        None,
        pytest.approx(2.0),
    ]
    for name, error in [("gone.wav", FileNotFoundError), ("gone.wav", ValueError), ("set.jsonl", ValueError)]:
        with pytest.raises(error) as caught:
            data.read(folder / name)
        assert str(caught.value).count(name) == 1


def test_samples_are_resampled_and_written(tmp_path):
    stereo = np.stack([tone(1, 44_100), tone(1, 44_100, 880)])
    resampled = data.resample(stereo, 44_100, RATE)
    assert resampled.shape == (2, RATE)
    assert np.allclose(
        resampled[:, 2_000:-2_000], [tone(1, RATE)[2_000:-2_000], tone(1, RATE, 880)[2_000:-2_000]], atol=1e-2
    )
    assert data.resample(stereo[0], src_sample_rate=44_100, dst_sample_rate=RATE).shape == (RATE,)
    data.write_wav(tmp_path / "loud.wav", [0.5, -2.0, 0.0], RATE)
    assert np.allclose(data.read(tmp_path / "loud.wav")[0], [[0.5, -1.0, 0.0]], atol=1e-4)
    for wrong in ("nan", "inf"):
        for write in (data.write_wav, data.write_opus):
            with pytest.raises(pocket_tts_rs.RequestError, match="not a finite number"):
                write(tmp_path / "wrong", [0.5, float(wrong)], RATE)
    with pytest.raises(ValueError, match="shape"):
        data.write_wav(tmp_path / "cube.wav", np.zeros((1, 2, 3)), RATE)
    with pytest.raises(FileNotFoundError):
        data.write_wav(tmp_path / "gone" / "a.wav", [0.0], RATE)
    assert [file.name for file in tmp_path.iterdir()] == ["loud.wav"]


def test_opus_is_written_and_read(folder, tmp_path):
    path = tmp_path / "sound.bin"
    for rate in (RATE, 44_100):
        data.write_opus(path, tone(1, rate), rate)
        sound, found = data.read_opus(path)
        assert found == 48_000 and sound.shape == (1, 48_000)
        assert np.allclose(sound[0, 4_000:-4_000], tone(1, 48_000)[4_000:-4_000], atol=0.03)
    from_bytes, _ = data.read_opus_bytes(path.read_bytes())
    assert np.array_equal(from_bytes, sound)
    with pytest.raises(ValueError, match="one channel"):
        data.write_opus(path, np.zeros((2, 480)), RATE)
    with pytest.raises(ValueError, match="Opus"):
        data.read_opus(folder / "a.wav")
    with pytest.raises(ValueError):
        data.read_opus(tmp_path / "gone.opus")


def test_opus_is_streamed():
    sound = tone(1, RATE)
    writer, reader = data.OpusStreamWriter(RATE), data.OpusStreamReader(RATE)
    pages = [writer.append_pcm(sound[start : start + 1_920]) for start in range(0, RATE, 1_920)]
    pages.append(writer.finish())
    assert all(pages[:12])
    heard = [reader.append_bytes(page) for page in pages]
    assert len(heard[0]) > 0 and np.concatenate(heard).shape == sound.shape
    assert np.allclose(np.concatenate(heard)[2_000:-2_000], sound[2_000:-2_000], atol=0.03)
    patient = data.OpusStreamReader(RATE, flush_every_n_samples=9_600)
    lengths = [len(patient.append_bytes(page)) for page in pages]
    assert sum(lengths) == RATE and min(filter(None, lengths[:-1])) >= 9_600
    with pytest.raises(ValueError, match="44100"):
        data.OpusStreamReader(44_100)
    with pytest.raises(ValueError, match="Opus"):
        data.OpusStreamReader(RATE).append_bytes(b"RIFF....")
