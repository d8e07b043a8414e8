"""Windows of recordings, in sequence or shuffled."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypedDict, cast, overload

import numpy as np
import numpy.typing as npt

from .. import _checks, _native
from .._errors import RequestError

if TYPE_CHECKING:
    from typing_extensions import TypeVar, Unpack

    # What iterating returns: windows, unless there is a function `f`.
    T = TypeVar("T", default="Window")
else:
    from typing import TypeVar

    T = TypeVar("T")

logger = logging.getLogger("pocket_tts_rs")

OnError = Literal["raise", "skip", "ignore", "log"]

# The seed of sphn.
DEFAULT_SEED = 299_792_458

# A recording and its duration in seconds.
_File = tuple[str | os.PathLike[str], float]
# The function of native code that opens recordings, and these.
_Source = tuple[str, Any]
# The function that starts to read, and its arguments.
_Order = tuple[str, tuple[Any, ...]]


class Window(TypedDict):
    """A window of a recording: a dictionary.

    Items:
        sample_index: Its number in the sequence or in the shuffled sequence: from ``skip`` on, by ``step_by``.
        file_index: The number of the recording, from 0.
        path: The recording's file.
        start_time_sec: Where the window begins, in seconds from the start of the recording.
        sample_rate: Samples per second.
        unpadded_len: How many samples of each channel are of the recording; the others are silence.
        gen_duration_sec: Seconds that reading took.
        data: The samples, of shape ``[channels, samples]``.
    """

    sample_index: int
    file_index: int
    path: str
    start_time_sec: float
    sample_rate: int
    unpadded_len: int
    gen_duration_sec: float
    data: npt.NDArray[np.float32]


class Skipped(NamedTuple):
    """A window that was left out.

    Attributes:
        sample_index: Its number; None for a line of the manifest that is no entry.
        file_index: The number of the recording, from 0.
        reason: What is wrong, and what to do.
    """

    sample_index: int | None
    file_index: int
    reason: str


class _Options(TypedDict, total=False):
    """The options of readers that have a default, for type checkers: `f`, which decides what iterating returns, is none."""

    channel_len_per_thread: int
    pad_last_segment: bool
    on_error: OnError | None
    sample_rate: int | None
    num_threads: int | None
    mono: bool


class DatasetReader(Generic[T]):
    """Recordings and how windows of them are read. Iterating reads them, in sequence unless ``shuffle`` was called.

    To a type checker, it is a ``DatasetReader[Window]``, or has the type of what ``f`` returns.

    A reader never changes: its methods return others. It can be pickled, for processes that read, if ``f`` can.

    Args:
        paths: Files and their durations in seconds, which ``durations`` finds.
        duration_sec: The seconds of each window: more than 0, at most a day.
        channel_len_per_thread: Windows that each thread may be ahead. With ``num_threads`` it bounds the memory.
        pad_last_segment: Whether the end of a recording that fills no window is one, too, with silence behind it.
        on_error: What happens to windows that can't be read: ``raise`` raises, and the next one comes after it; ``skip``
            and ``ignore`` leave them out; ``log`` does so with a warning in the log for each recording. Default: ``log``.
        sample_rate: The rate of the windows. Default: that of each recording.
        num_threads: Threads that read. The windows and their order don't depend on it. Default: one per core.
        f: A function that is called with each window; iterating returns its results.
        mono: Whether channels are averaged to one.

    Raises:
        RequestError: A ``ValueError``: an option is outside its range.
        TypeError: If an option has another type.
    """

    @overload
    def __init__(
        self: DatasetReader[Window],
        paths: Iterable[_File],
        *,
        duration_sec: float,
        f: None = None,
        **options: Unpack[_Options],
    ) -> None: ...

    @overload
    def __init__(
        self,
        paths: Iterable[_File],
        *,
        duration_sec: float,
        f: Callable[[Window], T],
        **options: Unpack[_Options],
    ) -> None: ...

    def __init__(
        self,
        paths: Iterable[_File],
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
        files = _files(paths)
        settings = _settings(
            duration_sec, channel_len_per_thread, pad_last_segment, sample_rate, num_threads=num_threads, mono=mono
        )
        self._open(("of_files", files), settings, on_error, f)

    def _open(
        self,
        source: _Source,
        settings: dict[str, Any],
        on_error: OnError | None,
        f: Callable[[Window], T] | None,
        order: _Order = ("sequential", (0, 1)),
    ) -> None:
        if on_error not in (None, "raise", "skip", "ignore", "log"):
            raise RequestError(f"`on_error` is `{on_error}`, but must be one of raise, skip, ignore, log")
        self._source, self._settings, self._on_error = source, settings, on_error or "log"
        self._f: Callable[[Window], T] | None = _checks.optional(_checks.function, "f", f)
        self._order = order
        make, recordings = source
        self._native: _native.DataReader = getattr(_native.DataReader, make)(
            recordings, {**settings, "skip_errors": self._on_error != "raise"}
        )

    def _changed(self, on_error: OnError | None = None, order: _Order | None = None, **settings: Any) -> DatasetReader[T]:
        settings = {**self._settings, **settings}
        return _reader(self._source, settings, on_error or self._on_error, self._f, order or self._order)

    def __reduce__(self) -> Any:
        return _reader, (self._source, self._settings, self._on_error, self._f, self._order)

    def num_threads(self, num_threads: int) -> DatasetReader[T]:
        """The same with another number of threads."""
        return self._changed(threads=_checks.count("num_threads", num_threads))

    def on_error(self, on_error: OnError) -> DatasetReader[T]:
        """The same with another way to treat errors."""
        return self._changed(on_error=on_error)

    def pad_last_segment(self, p: bool) -> DatasetReader[T]:
        """The same with or without the padded ends of recordings."""
        return self._changed(pad_last_segment=_checks.flag("p", p))

    def seq(self, *, skip: int = 0, step_by: int = 1) -> DatasetReader[T]:
        """The windows from the first recording to the last.

        Args:
            skip: Windows that are left out at the start: the rank, or the windows that were read before an interruption.
            step_by: From one window to the next: the number of ranks.

        Raises:
            RequestError: A ``ValueError``: ``skip`` is negative, or ``step_by`` isn't positive.
        """
        return self._changed(order=("sequential", _steps(skip, step_by)))

    def shuffle(
        self, *, with_replacement: bool = False, seed: int = DEFAULT_SEED, skip: int = 0, step_by: int = 1
    ) -> DatasetReader[T]:
        """The windows in a random order, the same for the same seed.

        Args:
            with_replacement: Whether windows begin anywhere, each drawn from all recordings by their durations, without an
                end. Otherwise each window comes once.
            seed: Another seed gives another order.
            skip: Windows that are left out at the start: the rank, or the windows that were read before an interruption.
            step_by: From one window to the next: the number of ranks.

        Raises:
            RequestError: A ``ValueError``: ``skip`` or ``seed`` is negative, or ``step_by`` isn't positive.
        """
        replaces, seed = _checks.flag("with_replacement", with_replacement), _checks.seed("seed", seed)
        return self._changed(order=("shuffled", (replaces, seed, _steps(skip, step_by))))

    def count(self) -> int:
        """The number of windows of all recordings, without ``skip`` and ``step_by``. Reads all lines of a manifest."""
        return self._native.windows()

    def __iter__(self) -> DatasetIter[T]:
        order, arguments = self._order
        return DatasetIter(getattr(self._native, order)(*arguments), self._f, self._on_error == "log")


class DatasetIter(Iterator[T]):
    """Windows in their order, read ahead on threads, or what ``f`` makes of them. Several threads can take them."""

    def __init__(self, native: _native.DataIter, f: Callable[[Window], T] | None, logs: bool) -> None:
        self._native = native
        self._f = f
        self._logs = logs
        self._skipped: list[Skipped] = []
        # The recordings whose first window has been logged, and the windows that have not been.
        self._logged: set[int] = set()
        self._unlogged = 0
        self._warn()

    def buffered_lens(self) -> list[int]:
        """How many windows each thread has ready."""
        return self._native.buffered_lens()

    @property
    def skipped_count(self) -> int:
        """How many windows have been left out so far, with the lines of the manifest that are no entries."""
        return self._native.skipped_count()

    def take_skipped(self) -> list[Skipped]:
        """The windows that have been left out since the last call, at most the last 1,000, with the reasons: for a list of
        the recordings that are to be mended or removed."""
        self._warn()
        skipped = [*self._skipped, *(Skipped(*skipped) for skipped in self._native.take_skipped())]
        self._skipped = []
        return skipped[-1_000:]

    def __next__(self) -> T:
        window = self._native.next()
        self._warn()
        if window is None:
            if self._unlogged:
                logger.warning("further windows of these recordings that are left out: %d", self._unlogged)
                self._unlogged = 0
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
        # Without a function, T is Window.
        return cast("T", item) if self._f is None else self._f(item)

    def __reduce__(self) -> Any:
        raise TypeError("windows that are being read can't be pickled; pickle the reader and iterate in the other process")

    def _warn(self) -> None:
        """Tells of recordings of which windows were left out, once of each."""
        if not self._logs:
            return
        for skipped in self._native.take_skipped():
            self._skipped.append(Skipped(*skipped))
            if skipped[1] in self._logged:
                self._unlogged += 1
                continue
            self._logged.add(skipped[1])
            logger.warning("%s", skipped[2])
        del self._skipped[:-1_000]


@overload
def dataset_jsonl(
    jsonl: str | os.PathLike[str], *, duration_sec: float, f: None = None, **options: Unpack[_Options]
) -> DatasetReader[Window]: ...


@overload
def dataset_jsonl(
    jsonl: str | os.PathLike[str], *, duration_sec: float, f: Callable[[Window], T], **options: Unpack[_Options]
) -> DatasetReader[T]: ...


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
) -> DatasetReader[Any]:
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
    settings = _settings(
        duration_sec, channel_len_per_thread, pad_last_segment, sample_rate, num_threads=num_threads, mono=mono
    )
    return _reader(("of_manifest", _checks.path("jsonl", jsonl)), settings, on_error, f)


def _reader(
    source: _Source,
    settings: dict[str, Any],
    on_error: OnError | None,
    f: Callable[[Window], T] | None,
    order: _Order = ("sequential", (0, 1)),
) -> DatasetReader[T]:
    reader: DatasetReader[T] = DatasetReader.__new__(DatasetReader)
    reader._open(source, settings, on_error, f, order)
    return reader


def _files(paths: Any) -> list[tuple[str, float]]:
    """The recordings as native code takes them.

    Raises:
        TypeError: If they are no pairs of a path and a number.
    """
    wanted = "a list of pairs, each of a path and a duration in seconds"
    if isinstance(paths, (str, bytes)) or not isinstance(paths, Iterable):
        raise _checks.wrong_type("paths", wanted, paths)
    files = []
    for item in paths:
        if not isinstance(item, (tuple, list)) or len(item) != 2:
            raise TypeError(f"`paths` must be {wanted}, which `durations` finds, not a list with {item!r:.100}")
        path = _checks.path("paths", item[0])
        files.append((path, _checks.number(f"duration of {path}", item[1])))
    return files


def _settings(
    duration_sec: float,
    channel_len_per_thread: int,
    pad_last_segment: bool,
    sample_rate: int | None,
    *,
    num_threads: int | None,
    mono: bool,
) -> dict[str, Any]:
    """The options as native code takes them."""
    return {
        "duration_s": _checks.number("duration_sec", duration_sec),
        "channel_len_per_thread": _checks.count("channel_len_per_thread", channel_len_per_thread),
        "pad_last_segment": _checks.flag("pad_last_segment", pad_last_segment),
        "sample_rate_hz": _checks.optional(_checks.sample_rate, "sample_rate", sample_rate),
        "threads": _checks.optional(_checks.count, "num_threads", num_threads),
        "mono": _checks.flag("mono", mono),
    }


def _steps(skip: int, step_by: int) -> tuple[int, int]:
    return _checks.whole("skip", skip), _checks.count("step_by", step_by)
