"""Windows of recordings, in sequence or shuffled."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

from .. import _native
from .._errors import RequestError

logger = logging.getLogger("pocket_tts_rs")

OnError = Literal["raise", "skip", "ignore", "log"]

# The seed of sphn.
DEFAULT_SEED = 299_792_458


class Window(TypedDict):
    """A window of a recording."""

    sample_index: int
    """Its number in the sequence or in the shuffled sequence: from ``skip`` on, by ``step_by``."""
    file_index: int
    """The number of the recording, from 0."""
    path: str
    """The recording's file."""
    start_time_sec: float
    """Where the window begins, in seconds from the start of the recording."""
    sample_rate: int
    """Samples per second."""
    unpadded_len: int
    """How many samples of each channel are of the recording; the others are silence."""
    gen_duration_sec: float
    """Seconds that reading took."""
    data: npt.NDArray[np.float32]
    """The samples, of shape ``[channels, samples]``."""


class Skipped(NamedTuple):
    """A window that was left out."""

    sample_index: int | None
    """Its number; None for a line of the manifest that is no entry."""
    file_index: int
    """The number of the recording, from 0."""
    reason: str
    """What is wrong, and what to do."""


class DatasetReader:
    """Recordings and how windows of them are read. Iterating reads them, in sequence unless ``shuffle`` was called.

    A reader never changes: its methods return others.

    Args:
        paths: Files and their durations in seconds, which ``durations`` finds.
        duration_sec: The seconds of each window: more than 0, at most a day.
        channel_len_per_thread: Windows that each thread may be ahead. With ``num_threads`` it bounds the memory.
        pad_last_segment: Whether the end of a recording that fills no window is one, too, with silence behind it.
        on_error: What happens to windows that can't be read: ``raise`` raises, and the next one comes after it; ``skip``
            and ``ignore`` leave them out; ``log`` does so with a warning in the log. Default: ``log``.
        sample_rate: The rate of the windows. Default: that of each recording.
        num_threads: Threads that read. The windows and their order don't depend on it. Default: one per core.
        f: Called with each window; iterating returns its results.
        mono: Whether channels are averaged to one.

    Raises:
        RequestError: A ``ValueError``: an option is outside its range.
    """

    def __init__(
        self,
        paths: Iterable[tuple[str | os.PathLike[str], float]],
        *,
        duration_sec: float,
        channel_len_per_thread: int = 1,
        pad_last_segment: bool = False,
        on_error: OnError | None = None,
        sample_rate: int | None = None,
        num_threads: int | None = None,
        f: Callable[[Window], Any] | None = None,
        mono: bool = False,
    ) -> None:
        files = [(os.fspath(path), duration) for path, duration in paths]
        settings = {
            "duration_s": duration_sec,
            "channel_len_per_thread": channel_len_per_thread,
            "pad_last_segment": pad_last_segment,
            "sample_rate_hz": sample_rate,
            "threads": num_threads,
            "mono": mono,
        }
        self._open(lambda settings: _native.DataReader.of_files(files, settings), settings, on_error, f)

    def _open(
        self,
        make: Callable[[dict[str, Any]], _native.DataReader],
        settings: dict[str, Any],
        on_error: OnError | None,
        f: Callable[[Window], Any] | None,
    ) -> None:
        if on_error not in (None, "raise", "skip", "ignore", "log"):
            raise RequestError(f"`on_error` is `{on_error}`, but must be one of raise, skip, ignore, log")
        self._make, self._settings, self._on_error, self._f = make, settings, on_error or "log", f
        self._native = make({**settings, "skip_errors": self._on_error != "raise"})
        self._start: Callable[[], _native.DataIter] = lambda: self._native.sequential(0, 1)

    def _changed(self, on_error: OnError | None = None, **settings: Any) -> DatasetReader:
        changed = DatasetReader.__new__(DatasetReader)
        changed._open(self._make, {**self._settings, **settings}, on_error or self._on_error, self._f)
        return changed

    def num_threads(self, num_threads: int) -> DatasetReader:
        """The same with another number of threads."""
        return self._changed(threads=num_threads)

    def on_error(self, on_error: OnError) -> DatasetReader:
        """The same with another way to treat errors."""
        return self._changed(on_error=on_error)

    def pad_last_segment(self, p: bool) -> DatasetReader:
        """The same with or without the padded ends of recordings."""
        return self._changed(pad_last_segment=p)

    def seq(self, *, skip: int = 0, step_by: int = 1) -> DatasetReader:
        """The windows from the first recording to the last.

        Args:
            skip: Windows that are left out at the start: the rank, or the windows that were read before an interruption.
            step_by: From one window to the next: the number of ranks.
        """
        reader = self._changed()
        reader._start = lambda: reader._native.sequential(skip, step_by)
        return reader

    def shuffle(
        self, *, with_replacement: bool = False, seed: int = DEFAULT_SEED, skip: int = 0, step_by: int = 1
    ) -> DatasetReader:
        """The windows in a random order, the same for the same seed.

        Args:
            with_replacement: Whether windows begin anywhere, each drawn from all recordings by their durations, without an
                end. Otherwise each window comes once.
            seed: Another seed gives another order.
            skip: Windows that are left out at the start: the rank, or the windows that were read before an interruption.
            step_by: From one window to the next: the number of ranks.
        """
        reader = self._changed()
        reader._start = lambda: reader._native.shuffled(with_replacement, seed, (skip, step_by))
        return reader

    def count(self) -> int:
        """The number of windows of all recordings, without ``skip`` and ``step_by``. Reads all lines of a manifest."""
        return self._native.windows()

    def __iter__(self) -> DatasetIter:
        return DatasetIter(self._start(), self._f, self._on_error == "log")


class DatasetIter(Iterator[Any]):
    """Windows in their order, read ahead on threads, or what ``f`` makes of them. Several threads can take them."""

    def __init__(self, native: _native.DataIter, f: Callable[[Window], Any] | None, logs: bool) -> None:
        self._native = native
        self._f = f
        self._logs = logs
        self._skipped: list[Skipped] = []
        self._warn()

    def buffered_lens(self) -> list[int]:
        """How many windows each thread has ready."""
        return self._native.buffered_lens()

    @property
    def skipped_count(self) -> int:
        """How many windows have been left out so far, with the lines of the manifest that are no entries."""
        return self._native.skipped_count()

    def take_skipped(self) -> list[Skipped]:
        """The windows that have been left out since the last call, at most the last 1,000."""
        self._warn()
        skipped = [*self._skipped, *(Skipped(*skipped) for skipped in self._native.take_skipped())]
        self._skipped = []
        return skipped[-1_000:]

    def __next__(self) -> Any:
        window = self._native.next()
        self._warn()
        if window is None:
            raise StopIteration
        sample_index, file_index, path, start, rate, unpadded, taken, channels, samples = window
        item: Window = {
            "sample_index": sample_index,
            "file_index": file_index,
            "path": os.fspath(path),
            "start_time_sec": start,
            "sample_rate": rate,
            "unpadded_len": unpadded,
            "gen_duration_sec": taken,
            "data": np.frombuffer(samples, dtype=np.float32).reshape(channels, -1),
        }
        return item if self._f is None else self._f(item)

    def _warn(self) -> None:
        """Tells of windows that were left out."""
        if not self._logs:
            return
        for skipped in self._native.take_skipped():
            self._skipped.append(Skipped(*skipped))
            logger.warning("%s", skipped[2])
        del self._skipped[:-1_000]


def dataset_jsonl(
    jsonl: str | os.PathLike[str],
    *,
    duration_sec: float,
    channel_len_per_thread: int = 1,
    pad_last_segment: bool = False,
    on_error: OnError | None = None,
    sample_rate: int | None = None,
    num_threads: int | None = None,
    f: Callable[[Window], Any] | None = None,
    mono: bool = False,
) -> DatasetReader:
    """A reader of a manifest: a JSON object with ``path`` and ``duration`` in each line, and ``start`` where it is a part of
    a file.

    The lines stay in the file; their places are kept beside it, with the further extension ``idx``.

    Args:
        jsonl: The manifest. Its other fields don't matter.
        duration_sec: See ``DatasetReader``, as for the other arguments.

    Raises:
        NotFoundError: A ``FileNotFoundError``: there is no such file.
        RequestError: A ``ValueError``: an option is outside its range.
    """
    path = os.fspath(jsonl)
    settings = {
        "duration_s": duration_sec,
        "channel_len_per_thread": channel_len_per_thread,
        "pad_last_segment": pad_last_segment,
        "sample_rate_hz": sample_rate,
        "threads": num_threads,
        "mono": mono,
    }
    reader = DatasetReader.__new__(DatasetReader)
    reader._open(lambda settings: _native.DataReader.of_manifest(path, settings), settings, on_error, f)
    return reader
