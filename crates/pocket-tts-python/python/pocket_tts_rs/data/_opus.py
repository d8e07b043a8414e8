"""Opus in Ogg, in files and in streams."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import numpy as np

from .. import _checks, _native
from .._errors import RequestError
from .._files import write_atomically
from ._recordings import FileReader, Samples, planes_of, read, resample

# The rates that an encoder takes.
RATES = (8_000, 12_000, 16_000, 24_000, 48_000)


def read_opus(filename: str | os.PathLike[str]) -> tuple[Samples, int]:
    """Read an Opus file: the samples, of shape ``[channels, samples]``, and their rate, 48000.

    Raises:
        NoRecordingError: A ``FileNotFoundError`` and ``ValueError``: there is no such file.
        RequestError: A ``ValueError``: it isn't Opus.
    """
    path = _checks.path("filename", filename)
    reader = FileReader(path)
    with open(path, "rb") as file:
        _demand_opus(file.read(256))
    return reader.decode_all(), reader.sample_rate


def read_opus_bytes(bytes: bytes) -> tuple[Samples, int]:
    """Read the bytes of an Opus file: the samples, of shape ``[channels, samples]``, and their rate, 48000.

    Raises:
        RequestError: A ``ValueError``: it isn't Opus.
    """
    _demand_opus(bytes[:256])
    with tempfile.NamedTemporaryFile(suffix=".opus") as file:
        file.write(bytes)
        file.flush()
        return read(file.name)


def write_opus(filename: str | os.PathLike[str], data: Any, sample_rate: int) -> None:
    """Write samples into an Opus file, at 48 kbit/s. It appears complete or not at all.

    Args:
        filename: The path of the file.
        data: An array or tensor of shape ``[samples]`` or ``[1, samples]``, from -1 to 1.
        sample_rate: Samples per second. Samples of a rate that Opus doesn't have are resampled to 48000.

    Raises:
        RequestError: A ``ValueError``: there is more than one channel, or a sample is not a finite number.
    """
    sample_rate = _checks.sample_rate("sample_rate", sample_rate)
    array = _mono(data)
    if sample_rate not in RATES:
        array, sample_rate = resample(array, sample_rate, 48_000), 48_000
    write_atomically(_checks.path("filename", filename), _native.encode(array.tobytes(), sample_rate, "opus"))


class OpusStreamWriter:
    """Encodes samples to Opus in Ogg while they come.

    Args:
        sample_rate: Samples per second: 8000, 12000, 16000, 24000 or 48000.
    """

    def __init__(self, sample_rate: int) -> None:
        self._native = _native.SoundEncoder("opus", _checks.sample_rate("sample_rate", sample_rate))

    def append_pcm(self, pcm: Any) -> bytes:
        """The bytes that are final with these further samples, any number. There is a page for each 80 ms.

        Args:
            pcm: An array or tensor of shape ``[samples]``, from -1 to 1.

        Raises:
            RequestError: A ``ValueError``: there is more than one channel, or a sample is not a finite number.
        """
        return self._native.push(_mono(pcm).tobytes())

    def finish(self) -> bytes:
        """The last bytes."""
        return self._native.finish()


class OpusStreamReader:
    """Decodes Opus in Ogg while its bytes come, without the samples that the encoder puts in front of the sound.

    Args:
        sample_rate: The rate of the samples: 8000, 12000, 16000, 24000 or 48000.
        flush_every_n_samples: The fewest samples that are returned at once, except at the end of the stream.

    Raises:
        RequestError: A ``ValueError``: Opus has no such rate.
    """

    def __init__(self, sample_rate: int, flush_every_n_samples: int = 0) -> None:
        self._native = _native.OpusStream(_checks.sample_rate("sample_rate", sample_rate))
        self._least = _checks.whole("flush_every_n_samples", flush_every_n_samples)
        self._waiting = np.zeros(0, dtype=np.float32)

    def append_bytes(self, data: bytes) -> Samples:
        """The samples that further bytes bring, of shape ``[samples]``; several channels are averaged.

        Raises:
            RequestError: A ``ValueError``: the bytes aren't Opus in Ogg.
        """
        samples, has_ended = self._native.append(data)
        self._waiting = np.concatenate([self._waiting, np.frombuffer(samples, dtype=np.float32)])
        if len(self._waiting) < self._least and not has_ended:
            return np.zeros(0, dtype=np.float32)
        ready, self._waiting = self._waiting, np.zeros(0, dtype=np.float32)
        return ready


def _mono(samples: Any) -> Samples:
    planes = planes_of(samples)
    if len(planes) != 1:
        raise RequestError(f"Opus is written with one channel, not {len(planes)}; average them first")
    channel: Samples = planes[0]
    return channel


def _demand_opus(start: bytes) -> None:
    if not start.startswith(b"OggS") or b"OpusHead" not in start:
        raise RequestError("this is no Opus in Ogg; `read` reads other formats, too")
