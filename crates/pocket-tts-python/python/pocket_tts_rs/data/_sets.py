"""Work on whole sets: on several threads, in parts for several processes, resumed after an interruption.

Whatever the threads, parts and interruptions, the results are the same, byte for byte.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .. import _native
from .._errors import RequestError
from .._sound import Format

if TYPE_CHECKING:
    from .._model import TTSModel

Path = str | os.PathLike[str]
Progress = Callable[[int, str | None], None]
OnError = Literal["raise", "skip"]


class Summary(NamedTuple):
    """What a run did."""

    done: int
    """Recordings that this run worked on."""
    skipped: int
    """Recordings that earlier runs had worked on."""
    failed: int
    """Recordings that failed in this run; ``failed.jsonl`` has the reasons."""
    is_complete: bool
    """Whether all parts are complete, so that the manifest is written."""


def measure(
    recordings: Path,
    output: Path,
    *,
    keep: Iterable[str] = (),
    shard: str = "1/1",
    num_threads: int | None = None,
    on_error: OnError = "skip",
    progress: Progress | None = None,
) -> Summary:
    """Measure recordings: duration, level, loudness, clipping, signal-to-noise ratio, silence and bandwidth.

    The folder gets ``manifest.jsonl``, with the field ``metrics`` in each line, ``failed.jsonl`` and ``report.svg``.

    Args:
        recordings: A folder of sound files, or a manifest.
        output: The folder of the results.
        keep: Conditions that recordings must meet, such as ``snr>=20``.
        shard: The part that this process does, such as ``1/4``; all write into one folder.
        num_threads: Threads. Default: one per core.
        on_error: Whether the first recording that fails is an exception; otherwise it is listed in ``failed.jsonl``.
        progress: Called after each recording, on any thread, with its number and the reason if it failed.

    Raises:
        NoRecordingError: A ``FileNotFoundError``: there is no such folder or manifest.
        RequestError: A ``ValueError``: an argument has no such value.
    """
    work = _work(shard, num_threads, on_error, progress)
    return Summary(*_native.measure_set(os.fspath(recordings), os.path.abspath(output), list(keep), work))


def prepare(
    recordings: Path,
    output: Path,
    *,
    sample_rate: int | None = None,
    trim: float | None = None,
    trim_kept: float = 0.1,
    gain: float | None = None,
    loudness: float | None = None,
    peak: float | None = None,
    fade: float | None = None,
    format: Format = "flac",
    keep: Iterable[str] = (),
    shard: str = "1/1",
    num_threads: int | None = None,
    on_error: OnError = "skip",
    progress: Progress | None = None,
) -> Summary:
    """Write prepared copies of recordings, with one channel, and measure them. What is None is left out.

    Args:
        recordings: A folder of sound files, or a manifest.
        output: The folder of the copies and of the files that ``measure`` writes.
        sample_rate: The rate of the copies. Default: the recording's.
        trim: Silence at both ends is cut: what is below this level, in dBFS.
        trim_kept: Seconds of it that are kept at each end.
        gain: Decibels.
        loudness: The loudness in LUFS, by a gain; peaks above -1 dBTP are limited.
        peak: The peak in dBFS, by a gain.
        fade: Seconds of the fades at the start and at the end.
        format: The format of the copies.
        keep: Conditions that copies must meet, such as ``duration<20``; see ``measure``, as for the other arguments.
    """
    preparation = {
        "trim": trim,
        "trim_kept": trim_kept,
        "sample_rate": sample_rate,
        "gain": gain,
        "loudness": loudness,
        "peak": peak,
        "fade": fade,
        "format": format,
    }
    paths = (os.fspath(recordings), os.path.abspath(output))
    work = _work(shard, num_threads, on_error, progress)
    return Summary(*_native.prepare_set(paths, preparation, list(keep), work))


def encode(
    manifest: Path,
    model: TTSModel,
    output: Path | None = None,
    *,
    shard: str = "1/1",
    num_threads: int | None = None,
    on_error: OnError = "skip",
    progress: Progress | None = None,
) -> Summary:
    """Encode the recordings of a manifest to latents of a model's codec, in the files that pocket-tts's training reads.

    They are ``latents/HASH/STEM_NUMBER.safetensors``, a manifest ``STEM_latents.jsonl`` with the field ``latents_file`` and
    ``STEM_latents.meta.json``; HASH is the start of ``TTSModel.encoder_hash``.

    Args:
        manifest: The manifest.
        model: A model that clones voices.
        output: The folder of the results. Default: the folder of the manifest.
        shard: See ``measure``, as for the other arguments.
    """
    path = os.fspath(manifest)
    folder = os.path.abspath(os.path.dirname(path) if output is None else output)
    work = _work(shard, num_threads, on_error, progress)
    return Summary(*_native.encode_set(model._native, path, folder, work))


def decode(
    manifest: Path,
    model: TTSModel,
    output: Path,
    *,
    format: Format = "wav",
    shard: str = "1/1",
    num_threads: int | None = None,
    on_error: OnError = "skip",
    progress: Progress | None = None,
) -> Summary:
    """Decode latents to sound files.

    Args:
        manifest: A manifest with the field ``latents_file``, such as ``encode`` writes.
        model: The model that encoded them.
        output: The folder of the sound files and their manifest.
        format: Their format.
        shard: See ``measure``, as for the other arguments.
    """
    paths = (os.fspath(manifest), os.path.abspath(output))
    work = _work(shard, num_threads, on_error, progress)
    return Summary(*_native.decode_latents_of_set(model._native, paths, format, work))


def _work(shard: str, num_threads: int | None, on_error: str, progress: Progress | None) -> dict[str, Any]:
    if on_error not in ("raise", "skip"):
        raise RequestError(f"`on_error` is `{on_error}`, but must be one of raise, skip")
    return {"shard": shard, "threads": num_threads, "fail_fast": on_error == "raise", "progress": progress}
