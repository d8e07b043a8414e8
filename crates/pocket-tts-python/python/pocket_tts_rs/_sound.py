"""Sound in and out."""

from __future__ import annotations

import os
from typing import Any, Literal

from . import _checks, _native
from ._audio import Audio, of_bytes, to_mono

Format = Literal["wav", "pcm", "mp3", "opus", "aac", "flac"]


def load_audio(path: str | os.PathLike[str], sample_rate: int | None = None) -> tuple[Audio, int]:
    """Read a sound file; channels are averaged.

    Args:
        path: A WAV, MP3, FLAC, Ogg, WebM, AAC or M4A file; its content decides, not its name.
        sample_rate: The rate to bring it to, if another one than the file's is needed.

    Returns:
        The samples, of shape ``[samples]``, and their rate.

    Raises:
        NotFoundError: If there is no such file.
        RequestError: If it isn't sound, or ``path`` is the content of a file rather than its path.
    """
    sample_rate = _checks.optional(_checks.sample_rate, "sample_rate", sample_rate)
    samples, rate = _native.decode(_checks.path("path", path))
    audio = of_bytes(samples)
    if sample_rate is None or sample_rate == rate:
        return audio, rate
    return resample(audio, rate, sample_rate), sample_rate


def save_audio(path: str | os.PathLike[str], audio: Any, sample_rate: int) -> None:
    """Write a sound file in the format of its extension. It appears complete or not at all.

    WAV, PCM, FLAC and Opus decode to as many samples as are given; MP3 and AAC may add some. Each format has its own rates,
    to one of which ``resample`` brings others:

    - WAV and PCM: from 1000 to 384000;
    - FLAC: from 1000 to 96000;
    - MP3: 8000, 11025, 12000, 16000, 22050 and 24000, the rates of MPEG-2 and MPEG-2.5;
    - Opus: 8000, 12000, 16000, 24000 and 48000;
    - AAC: 7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200 and 96000.

    Args:
        path: The path, which ends in ``.wav``, ``.mp3``, ``.opus``, ``.ogg``, ``.aac``, ``.flac`` or ``.pcm``.
        audio: Samples of shape ``[samples]`` or ``[1, samples]``, from -1 to 1.
        sample_rate: Samples per second, one of the format's rates.

    Raises:
        RequestError: If the extension belongs to no format, the format has no such rate, or a sample is not a finite number.
        NotFoundError: If the folder doesn't exist.
    """
    rate = _checks.sample_rate("sample_rate", sample_rate)
    _native.save(_checks.path("path", path), to_mono(audio), rate)


def encode_audio(audio: Any, sample_rate: int, format: Format) -> bytes:
    """A sound as the bytes of a file, see ``save_audio``.

    Args:
        audio: Samples of shape ``[samples]`` or ``[1, samples]``, from -1 to 1.
        sample_rate: Samples per second, one of the format's rates; see ``save_audio``.
        format: The format.

    Raises:
        RequestError: If there is no such format, or it has no such rate.
    """
    rate = _checks.sample_rate("sample_rate", sample_rate)
    return _native.encode(to_mono(audio), rate, _checks.text("format", format))


def resample(audio: Any, from_rate: int, to_rate: int, *, like_scipy: bool = False) -> Audio:
    """A sound at another rate, with a filter that lets nothing alias.

    Args:
        audio: Samples of shape ``[samples]`` or ``[1, samples]``.
        from_rate: Their rate, from 1000 to 384000.
        to_rate: The wanted rate, likewise.
        like_scipy: Whether to compute what ``scipy.signal.resample_poly`` does, as pocket-tts.

    Raises:
        RequestError: If a rate is outside its range.
    """
    from_rate = _checks.sample_rate("from_rate", from_rate)
    to_rate = _checks.sample_rate("to_rate", to_rate)
    return of_bytes(_native.resample(to_mono(audio), from_rate, to_rate, _checks.flag("like_scipy", like_scipy)))


def measure_loudness(audio: Any, sample_rate: int) -> tuple[float | None, float]:
    """The loudness after EBU R128, in LUFS, or None if the sound is too short or quiet; and the true peak, in dBTP."""
    return _native.loudness(to_mono(audio), _checks.sample_rate("sample_rate", sample_rate))


def normalize_loudness(audio: Any, sample_rate: int, target_lufs: float = -16.0) -> Audio:
    """The sound at a loudness after EBU R128; true peaks above -1 dBTP are limited.

    Args:
        audio: Samples of shape ``[samples]`` or ``[1, samples]``.
        sample_rate: Samples per second.
        target_lufs: The loudness, from -70 to -5.
    """
    rate = _checks.sample_rate("sample_rate", sample_rate)
    return of_bytes(_native.level(to_mono(audio), rate, _checks.number("target_lufs", target_lufs)))


class AudioEncoder:
    """Encodes a sound while it is generated.

    Args:
        format: The format.
        sample_rate: Samples per second, one of the format's rates; see ``save_audio``.

    Raises:
        RequestError: If there is no such format, or it has no such rate.
    """

    def __init__(self, format: Format, sample_rate: int) -> None:
        rate = _checks.sample_rate("sample_rate", sample_rate)
        self._native = _native.SoundEncoder(_checks.text("format", format), rate)

    def push(self, audio: Any) -> bytes:
        """The bytes that are final with these further samples, which may be none."""
        return self._native.push(to_mono(audio))

    def finish(self) -> bytes:
        """The last bytes."""
        return self._native.finish()
