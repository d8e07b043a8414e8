"""Sound in and out."""

from __future__ import annotations

import re

import numpy as np
import pocket_tts_rs
import pytest
from pocket_tts_rs import data

RATE = 24_000


@pytest.fixture
def tone():
    return (0.3 * np.sin(np.arange(2 * RATE) * 2 * np.pi * 440 / RATE)).astype(np.float32)


@pytest.mark.parametrize("format", ["wav", "mp3", "opus", "aac", "flac"])
def test_formats_are_written_and_read(tone, format, tmp_path):
    path = tmp_path / f"tone.{format}"
    pocket_tts_rs.save_audio(path, tone, RATE)
    assert path.read_bytes() == pocket_tts_rs.encode_audio(tone[None], RATE, format)
    audio, rate = pocket_tts_rs.load_audio(path)
    assert rate == (48_000 if format == "opus" else RATE)
    assert len(audio) / rate == pytest.approx(2, abs=0.3)
    assert np.abs(audio).max() == pytest.approx(0.3, abs=0.1)
    encoder = pocket_tts_rs.AudioEncoder(format, RATE)
    streamed = b"".join([encoder.push(tone[:999]), encoder.push(tone[999:]), encoder.finish()])
    assert abs(len(streamed) - path.stat().st_size) < 2_000
    with pytest.raises(ValueError, match="finished"):
        encoder.finish()


def test_samples_are_kept_to_the_last(tone, model, voice, tmp_path):
    # Not a whole number of milliseconds or blocks.
    tone = tone[:12_347]
    for format in ("wav", "flac"):
        pocket_tts_rs.save_audio(tmp_path / f"a.{format}", tone, RATE)
        audio, rate = pocket_tts_rs.load_audio(tmp_path / f"a.{format}")
        assert rate == RATE and audio.shape == tone.shape and np.allclose(audio, tone, atol=1e-4)
    pocket_tts_rs.save_audio(tmp_path / "a.pcm", tone, RATE)
    assert (tmp_path / "a.pcm").stat().st_size == 2 * len(tone)
    assert len(pocket_tts_rs.encode_audio(tone, RATE, "wav")) == 44 + 2 * len(tone)
    encoder = pocket_tts_rs.AudioEncoder("wav", RATE)
    assert len(encoder.push(tone) + encoder.finish()) == 44 + 2 * len(tone)
    model.speak("Hello.", voice, seed=1).save(tmp_path / "hello.wav")
    assert len(pocket_tts_rs.load_audio(tmp_path / "hello.wav")[0]) == len(
        model.generate_audio(voice, "Hello.", seed=1)
    )


@pytest.mark.parametrize("rate", [0, -1, 999, 10**9, 2**40])
def test_rates_that_no_sound_has_are_refused(rate, tmp_path):
    silence = np.zeros(100, np.float32)
    for act in (
        lambda: pocket_tts_rs.save_audio(tmp_path / "a.wav", silence, rate),
        lambda: pocket_tts_rs.encode_audio(silence, rate, "wav"),
        lambda: pocket_tts_rs.AudioEncoder("wav", rate),
        lambda: pocket_tts_rs.resample(silence, rate, RATE),
        lambda: pocket_tts_rs.resample(silence, RATE, rate),
        lambda: pocket_tts_rs.measure_loudness(silence, rate),
        lambda: pocket_tts_rs.normalize_loudness(silence, rate),
        lambda: data.write_wav(tmp_path / "a.wav", silence, rate),
        lambda: data.write_opus(tmp_path / "a.opus", silence, rate),
        lambda: data.resample(silence, rate, RATE),
        lambda: data.OpusStreamReader(rate),
    ):
        with pytest.raises(pocket_tts_rs.RequestError, match=f" is {rate}, but must be"):
            act()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(TypeError, match="`sample_rate` must be a whole number, not str"):
        pocket_tts_rs.save_audio(tmp_path / "a.wav", silence, "24000")


@pytest.mark.parametrize("format", ["wav", "pcm", "flac", "mp3", "opus", "aac"])
def test_the_rates_of_formats_are_the_documented_ones(format, tone):
    """Of all rates that are named in the docstring, and a few odd ones."""
    text = pocket_tts_rs.save_audio.__doc__
    (line,) = (line for line in text.splitlines() if line.startswith("    - ") and format in line.lower())
    numbers = [int(number) for number in re.findall(r"\b\d{4,6}\b", line)]
    named = {int(number) for number in re.findall(r"\b\d{4,6}\b", text)}
    for rate in {*named, 1_234, 96_001, 192_000}:
        takes = numbers[0] <= rate <= numbers[1] if "from" in line else rate in numbers
        if takes:
            assert pocket_tts_rs.encode_audio(tone[:100], rate, format)
        else:
            with pytest.raises(pocket_tts_rs.RequestError, match=str(rate)):
                pocket_tts_rs.encode_audio(tone[:100], rate, format)


def test_a_sound_is_resampled(tone):
    for like_scipy in (False, True):
        half = pocket_tts_rs.resample(tone, RATE, RATE // 2, like_scipy=like_scipy)
        assert len(half) == RATE
        assert np.allclose(half[2_000:-2_000], tone[4_000:-4_000:2], atol=1e-2)


def test_a_file_is_resampled(tone, tmp_path):
    pocket_tts_rs.save_audio(tmp_path / "tone.flac", tone, RATE)
    audio, rate = pocket_tts_rs.load_audio(tmp_path / "tone.flac", sample_rate=16_000)
    assert rate == 16_000 and len(audio) == 32_000


def test_loudness_is_measured_and_set(tone):
    loudness, peak = pocket_tts_rs.measure_loudness(tone, RATE)
    assert -20 < loudness < -10 and peak == pytest.approx(-10.4, abs=0.3)
    quiet = pocket_tts_rs.normalize_loudness(tone, RATE, -30.0)
    assert pocket_tts_rs.measure_loudness(quiet, RATE)[0] == pytest.approx(-30, abs=0.2)
    assert pocket_tts_rs.measure_loudness(tone[:100], RATE)[0] is None
    with pytest.raises(ValueError, match="target_lufs"):
        pocket_tts_rs.normalize_loudness(tone, RATE, 3.0)


def test_what_is_no_sound_is_refused(tmp_path):
    (tmp_path / "text.wav").write_text("text")
    with pytest.raises(ValueError, match="audio"):
        pocket_tts_rs.load_audio(tmp_path / "text.wav")
    with pytest.raises(FileNotFoundError):
        pocket_tts_rs.load_audio(tmp_path / "gone.wav")
    with pytest.raises(ValueError, match="extension"):
        pocket_tts_rs.save_audio(tmp_path / "sound.doc", np.zeros(9), RATE)
    with pytest.raises(ValueError, match="not an audio format"):
        pocket_tts_rs.encode_audio(np.zeros(9), RATE, "doc")


def test_speech_is_saved(model, voice, tmp_path):
    model.speak("Hello.", voice, seed=1).save(tmp_path / "hello.flac")
    audio, _ = pocket_tts_rs.load_audio(tmp_path / "hello.flac")
    assert np.allclose(audio, np.clip(model.generate_audio(voice, "Hello.", seed=1), -1, 1), atol=1e-4)


def test_arrays_have_what_scripts_call_on_tensors(tone):
    audio = tone.view(pocket_tts_rs.Audio)
    assert audio.dim() == 1 and audio.numel() == 2 * RATE and not audio.is_cuda
    assert audio.unsqueeze(0).shape == (1, 2 * RATE) and audio.unsqueeze(-1).shape == (2 * RATE, 1)
    pcm = (audio.clamp(-1, 1) * 32767).short()
    assert pcm.dtype == np.int16 and len(pcm.detach().cpu().numpy().tobytes()) == 4 * RATE
    assert (
        audio.clone() is not audio and audio.to("cpu") is audio and audio.contiguous().float().double().dtype == float
    )
    assert audio.abs().max().item() == pytest.approx(0.3, abs=1e-3)
    assert audio[100:200].shape == (100,) and isinstance(audio[100:200], pocket_tts_rs.Audio)


@pytest.mark.parametrize("samples", [[0.0, float("nan")], [float("inf")], np.array([0, -9000], np.int16), [[0, 2]]])
def test_samples_that_are_no_sound_are_refused(samples, tmp_path):
    with pytest.raises(ValueError, match="not a finite number|divide these by 32768"):
        pocket_tts_rs.save_audio(tmp_path / "a.flac", samples, RATE)
    assert not (tmp_path / "a.flac").exists()


def test_integers_from_minus_one_to_one_are_samples(tmp_path):
    pocket_tts_rs.save_audio(tmp_path / "a.flac", [0, 1, -1, 0], RATE)
    assert (tmp_path / "a.flac").exists()
