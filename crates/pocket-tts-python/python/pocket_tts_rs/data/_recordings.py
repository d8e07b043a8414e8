"""Single recordings, with all their channels."""

from __future__ import annotations

import os
import wave
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _checks, _native
from .._audio import to_array
from .._errors import PocketTtsError, RequestError
from .._files import write_atomically

Samples = npt.NDArray[np.float32]


class FileReader:
    """A recording of which parts are read without decoding the rest.

    Args:
        path: A WAV, MP3, FLAC, Ogg, WebM, AAC or M4A file; its content decides, not its name.

    Raises:
        NoRecordingError: A ``FileNotFoundError`` and ``ValueError``: there is no such file.
        RequestError: A ``ValueError``: it isn't sound.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = _checks.path("path", path)
        self._native = _opened(self._path)

    @property
    def channels(self) -> int:
        """The number of channels."""
        return self._native.channels

    @property
    def sample_rate(self) -> int:
        """Samples per second."""
        return self._native.sample_rate

    @property
    def duration_sec(self) -> float:
        """The duration in seconds: from the header, or else by reading to the end."""
        return self._native.duration()

    def decode(self, start_sec: float, duration_sec: float) -> Samples:
        """The samples of a part, of shape ``[channels, samples]``: fewer where the recording ends.

        Raises:
            RequestError: A ``ValueError``: the part has no length, or the recording ends before it.
        """
        samples, unpadded = self.decode_with_padding(start_sec, duration_sec)
        return samples[:, :unpadded]

    def decode_with_padding(self, start_sec: float, duration_sec: float) -> tuple[Samples, int]:
        """The samples of a part, of shape ``[channels, samples]``, with silence behind the end of the recording; and how many
        samples of each channel are of the recording.

        Raises:
            RequestError: A ``ValueError``: the part has no length, or the recording ends before it.
        """
        start, duration = _checks.number("start_sec", start_sec), _checks.number("duration_sec", duration_sec)
        data, channels, unpadded, _ = _part(self._native, self._path, (start, duration), None)
        return _planes(data, channels), unpadded

    def decode_all(self) -> Samples:
        """All samples, of shape ``[channels, samples]``."""
        data, channels, _, _ = self._native.read(0.0, None, None)
        return _planes(data, channels)

    def __reduce__(self) -> Any:
        return FileReader, (self._path,)

    def __repr__(self) -> str:
        return f"FileReader(path={self._path!r})"


def durations(filenames: Iterable[str | os.PathLike[str]]) -> list[float | None]:
    """The durations of files in seconds, from their headers as far as they state them; None for files that can't be read.

    Raises:
        TypeError: If ``filenames`` is no list of paths.
    """
    if isinstance(filenames, (str, bytes)) or not isinstance(filenames, Iterable):
        raise _checks.wrong_type("filenames", "a list of paths", filenames)
    return _native.recording_durations([_checks.path("filenames", name) for name in filenames])


def read(
    filename: str | os.PathLike[str],
    start_sec: float | None = None,
    duration_sec: float | None = None,
    sample_rate: int | None = None,
) -> tuple[Samples, int]:
    """Read a recording or a part of it, without decoding the rest.

    Args:
        filename: The file.
        start_sec: Where the part begins. Default: at the start.
        duration_sec: Its seconds, more than 0; fewer where the recording ends. Default: up to the end.
        sample_rate: The rate to bring it to. Default: the recording's.

    Returns:
        The samples, of shape ``[channels, samples]``, and their rate.

    Raises:
        NoRecordingError: A ``FileNotFoundError`` and ``ValueError``: there is no such file.
        RequestError: A ``ValueError``: it isn't sound, or it ends before the part.
    """
    start = _checks.optional(_checks.number, "start_sec", start_sec) or 0.0
    duration = _checks.optional(_checks.number, "duration_sec", duration_sec)
    wanted_rate = _checks.optional(_checks.sample_rate, "sample_rate", sample_rate)
    path = _checks.path("filename", filename)
    data, channels, unpadded, rate = _part(_opened(path), path, (start, duration), wanted_rate)
    return _planes(data, channels)[:, :unpadded], rate


def resample(pcm: Any, src_sample_rate: int, dst_sample_rate: int) -> Samples:
    """Samples at another rate, with a filter that lets nothing alias.

    Args:
        pcm: An array or tensor of shape ``[samples]`` or ``[channels, samples]``.
        src_sample_rate: Its rate, from 1000 to 384000.
        dst_sample_rate: The wanted rate, likewise.

    Raises:
        RequestError: A ``ValueError``: a rate is outside its range, or a sample is not a finite number.
    """
    source = _checks.sample_rate("src_sample_rate", src_sample_rate)
    wanted = _checks.sample_rate("dst_sample_rate", dst_sample_rate)
    array = planes_of(pcm)
    resampled = [
        np.frombuffer(_native.resample(channel.tobytes(), source, wanted, False), dtype=np.float32)
        for channel in array
    ]
    return resampled[0] if np.ndim(pcm) == 1 else np.stack(resampled)


def write_wav(filename: str | os.PathLike[str], data: Any, sample_rate: int) -> None:
    """Write samples into a WAV file of 16 bits; what is beyond -1 and 1 is clipped. It appears complete or not at all.

    Args:
        filename: The path of the file.
        data: An array or tensor of shape ``[samples]`` or ``[channels, samples]``, from -1 to 1.
        sample_rate: Samples per second, from 1000 to 384000.

    Raises:
        RequestError: A ``ValueError``: the rate is outside its range, the samples have another shape, or one is not a
            finite number.
        NotFoundError: A ``FileNotFoundError``: there is no such folder.
    """
    sample_rate = _checks.sample_rate("sample_rate", sample_rate)
    array = planes_of(data)
    path = _checks.path("filename", filename)
    output = BytesIO()
    with wave.open(output, "wb") as file:
        file.setnchannels(len(array))
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        scaled = np.clip(array, -1, 1) * np.float32(32_767)
        file.writeframes(scaled.astype("<i2").T.tobytes())
    write_atomically(path, output.getvalue())


def planes_of(samples: Any) -> Samples:
    """Samples of shape ``[samples]`` or ``[channels, samples]`` as the latter.

    Raises:
        RequestError: If they have another shape, or one is not a finite number.
    """
    array = to_array(samples)
    if not np.isfinite(array).all():
        raise RequestError("a sample is not a finite number; leave it out or set it to 0")
    if array.ndim not in (1, 2) or 0 in array.shape[:-1]:
        raise RequestError(
            f"samples of shape {list(array.shape)} are no sound; give shape [samples] or [channels, samples]"
        )
    return np.atleast_2d(array)


def _opened(path: str) -> _native.RecordingReader:
    """A recording in a file.

    Raises:
        PocketTtsError: If it can't be read. The message names the path once.
    """
    try:
        return _native.RecordingReader(path)
    except PocketTtsError as error:
        reason = str(error).removeprefix(f"{path}: ")
        if reason == str(error) or path not in reason:
            raise
        raise type(error)(reason) from None


def _part(
    recording: _native.RecordingReader, path: str, span: tuple[float, float | None], sample_rate: int | None
) -> tuple[bytearray, int, int, int]:
    """The native result for a part: its start and its seconds.

    Raises:
        RequestError: If the part has no length, or the recording ends before it.
    """
    start, duration = span
    if duration == 0:
        raise RequestError("`duration_sec` is 0, but must be more than 0")
    try:
        return recording.read(start, duration, sample_rate)
    except RequestError:
        # The length is asked for only now, as files without it in the header are read to the end.
        if start > 0 and start >= (whole := recording.duration()):
            raise RequestError(
                f"`start_sec` is {start}, but {path} has only {whole:.3f} s; give an earlier start"
            ) from None
        raise


def _planes(data: bytearray, channels: int) -> Samples:
    return np.frombuffer(data, dtype=np.float32).reshape(channels, -1)
