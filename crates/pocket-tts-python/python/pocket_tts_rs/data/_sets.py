"""Work on whole sets: on several threads, in parts for several processes, resumed after an interruption.

Whatever the threads, parts and interruptions, the results are the same, byte for byte.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .. import _checks, _native
from .._errors import RequestError
from .._latents import LatentCodec
from .._sound import Format

if TYPE_CHECKING:
    from .._model import TTSModel

Path = str | os.PathLike[str]
Progress = Callable[[int, str | None], None]
OnError = Literal["raise", "skip"]


class Summary(NamedTuple):
    """What a run did.

    Attributes:
        done: Recordings that this run completed.
        skipped: Recordings that earlier runs had completed.
        failed: Recordings that failed in this run; ``failed.jsonl``, or the file of that kind that ``encode`` writes, has the
            reasons. The next run tries them again.
        is_complete: Whether all parts are complete, so that the manifest is written.
    """

    done: int
    skipped: int
    failed: int
    is_complete: bool


def measure(
    recordings: Path,
    output: Path,
    *,
    keep: str | Iterable[str] = (),
    shard: str = "1/1",
    num_threads: int | None = None,
    on_error: OnError = "skip",
    progress: Progress | None = None,
) -> Summary:
    """Measure recordings: duration, level, loudness, clipping, signal-to-noise ratio, silence and bandwidth.

    The folder gets ``manifest.jsonl``, with the field ``metrics`` in each line, ``failed.jsonl`` and ``report.svg``. Each line
    of ``failed.jsonl`` is an object: ``index`` is the number of the recording, from 0, and ``error`` the reason. Messages
    count the lines of a manifest from 1, so ``"index": 3`` is its line 4. What ``keep`` leaves out is listed there, too, but
    isn't counted as failed.

    Args:
        recordings: A folder of sound files, or a manifest.
        output: The folder of the results.
        keep: Conditions that recordings must meet, such as ``snr>=20``: one or several.
        shard: The part that this process does, such as ``1/4``; all write into one folder. The number of parts may be
            another one in the next run: what is done stays done.
        num_threads: Threads. Default: one per core.
        on_error: Whether the first recording that fails is an exception (``raise``); otherwise it is listed in
            ``failed.jsonl`` and counted in ``Summary.failed``.
        progress: Called after each recording, on any thread, with its number, from 0, and the reason if it failed. An
            exception ends the work, as soon as the recordings that are begun are done, and is raised.

    Raises:
        NoRecordingError: A ``FileNotFoundError``: there is no such folder or manifest.
        RequestError: A ``ValueError``: an argument has no such value.
    """
    work = _work(shard, num_threads, on_error, progress)
    paths, conditions = _paths(recordings, output), _checks.texts("keep", keep)
    return _done(lambda: _native.measure_set(*paths, conditions, work), work)


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
    keep: str | Iterable[str] = (),
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
        gain: Decibels. Of this, ``loudness`` and ``peak`` only one can be given.
        loudness: The loudness in LUFS, by a gain; peaks above -1 dBTP are limited.
        peak: The peak in dBFS, by a gain.
        fade: Seconds of the fades at the start and at the end.
        format: The format of the copies. Each has its own rates, see ``save_audio``; MP3 has none above 24000.
        keep: Conditions that copies must meet, such as ``duration<20``; see ``measure``, as for the other arguments.
    """
    numbers = {"trim": trim, "gain": gain, "loudness": loudness, "peak": peak, "fade": fade}
    preparation = {
        **{name: _checks.optional(_checks.number, name, value) for name, value in numbers.items()},
        "trim_kept": _checks.number("trim_kept", trim_kept),
        "sample_rate": _checks.optional(_checks.sample_rate, "sample_rate", sample_rate),
        "format": _checks.text("format", format),
    }
    work = _work(shard, num_threads, on_error, progress)
    paths, conditions = _paths(recordings, output), _checks.texts("keep", keep)
    return _done(lambda: _native.prepare_set(paths, preparation, conditions, work), work)


def cut(
    recordings: Path,
    output: Path,
    *,
    sample_rate: int | None = None,
    format: Format = "flac",
    seed: int = 0,
    longest_prompt: float = 0.0,
    shard: str = "1/1",
    num_threads: int | None = None,
    on_error: OnError = "skip",
    progress: Progress | None = None,
) -> Summary:
    """Cut utterances between two words into a voice prompt and what is said after it, as pocket-tts's training does.

    A second is left on both sides of a cut, and 0.2 s after the last word. The lines of ``manifest.jsonl`` name the sound
    after the cut (``path``), its ``transcript`` and ``words``, and the prompt (``voice``, ``voice_transcript``); an
    utterance without a place for a cut has no prompt.

    Args:
        recordings: A manifest with the field ``words`` in its lines: a list of objects with ``word``, ``start`` and ``end``.
        output: The folder of the parts and their manifest.
        sample_rate: The rate of the parts. Default: the recording's.
        format: Their format; see ``prepare``.
        seed: The seed of the choice among the places where an utterance can be cut.
        longest_prompt: The longest voice prompt in seconds; 0 for any.
        shard: See ``measure``, as for the other arguments.
    """
    rate = _checks.optional(_checks.sample_rate, "sample_rate", sample_rate)
    settings = {
        "sample_rate": rate,
        "format": _checks.text("format", format),
        "seed": _checks.seed("seed", seed),
        "longest_prompt": _checks.number("longest_prompt", longest_prompt),
    }
    work = _work(shard, num_threads, on_error, progress)
    paths = _paths(recordings, output)
    return _done(lambda: _native.cut_set(paths, settings, work), work)


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

    They are ``latents/HASH/STEM_NUMBER.safetensors``, a manifest ``STEM_latents.jsonl`` with the field ``latents_file``,
    ``STEM_latents.meta.json``, and ``STEM_latents.failed.jsonl`` with what failed, as in ``failed.jsonl`` of ``measure``. STEM
    is the name of the manifest without its extension, and HASH the start of ``TTSModel.encoder_hash``. A frame that the end of a recording does not
    fill is left out, as pocket-tts's training does it, unless it is the only one; ``TTSModel.encode_latents`` keeps it,
    padded with silence.

    Args:
        manifest: The manifest.
        model: A model that clones voices.
        output: The folder of the results. Default: the folder of the manifest.
        shard: See ``measure``, as for the other arguments.
    """
    path = _checks.path("manifest", manifest)
    folder = os.path.abspath(os.path.dirname(path) if output is None else _checks.path("output", output))
    work = _work(shard, num_threads, on_error, progress)
    native = _native_of(model)
    return _done(lambda: _native.encode_set(native, path, folder, work), work)


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
        format: Their format, which must have the model's rate; see ``save_audio``.
        shard: See ``measure``, as for the other arguments.
    """
    paths, format_name = _paths(manifest, output), _checks.text("format", format)
    work = _work(shard, num_threads, on_error, progress)
    native = _native_of(model)
    return _done(lambda: _native.decode_latents_of_set(native, paths, format_name, work), work)


def _paths(recordings: Path, output: Path) -> tuple[str, str]:
    return _checks.path("recordings", recordings), os.path.abspath(_checks.path("output", output))


def _work(shard: str, num_threads: int | None, on_error: str, progress: Progress | None) -> dict[str, Any]:
    if on_error not in ("raise", "skip"):
        raise RequestError(f"`on_error` is `{on_error}`, but must be one of raise, skip")
    return {
        "shard": _checks.text("shard", shard),
        "threads": _checks.optional(_checks.count, "num_threads", num_threads),
        "fail_fast": on_error == "raise",
        "progress": None if progress is None else _Progress(_checks.function("progress", progress)),
    }


class _Progress:
    """Calls a function until it raises, and keeps the exception. Tells native code whether to go on."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.error: BaseException | None = None

    def __call__(self, index: int, reason: str | None) -> bool:
        if self.error is None:
            try:
                self._function(index, reason)
            except BaseException as error:
                self.error = error
        return self.error is None


def _done(run: Callable[[], _native.Summary], work: dict[str, Any]) -> Summary:
    """Does work, and raises what ``progress`` has raised."""
    summary = Summary(*run())
    progress: _Progress | None = work["progress"]
    if progress is not None and progress.error is not None:
        raise progress.error
    return summary


def _native_of(model: Any) -> _native.Model:
    if not isinstance(model, LatentCodec):
        raise _checks.wrong_type("model", "a TTSModel", model)
    return model._native
