"""What is told of downloads."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

logger = logging.getLogger("pocket_tts_rs")


@dataclass(frozen=True)
class DownloadEvent:
    """A step of the download of a file. A file on this machine causes none.

    ``kind`` is ``waiting`` while another process fetches the file, ``started``, ``received``, ``retrying`` with a
    ``reason``, ``finished`` or ``failed``. ``total_bytes`` is known with ``started``, perhaps, and with ``finished``.
    """

    kind: Literal["waiting", "started", "received", "retrying", "finished", "failed"]
    location: str
    done_bytes: int
    total_bytes: int | None
    reason: str


DownloadListener = Callable[[DownloadEvent], object]


def listener(wanted: DownloadListener | None) -> Callable[..., None]:
    """What native code calls with the fields of events."""
    listen = Progress() if wanted is None else wanted

    def heard(
        kind: Literal["waiting", "started", "received", "retrying", "finished", "failed"],
        location: str,
        done_bytes: int,
        total_bytes: int | None,
        reason: str,
    ) -> None:
        listen(DownloadEvent(kind, location, done_bytes, total_bytes, reason))

    return heard


class Progress:
    """Logs downloads and shows their progress on terminals."""

    INTERVAL_S = 0.2

    def __init__(self) -> None:
        self._total: dict[str, int | None] = {}
        self._next = 0.0

    def __call__(self, event: DownloadEvent) -> None:
        if event.kind == "started":
            self._total[event.location] = event.total_bytes
            logger.info("downloading %s", event.location)
        elif event.kind == "waiting":
            logger.info("waiting for another process to download %s", event.location)
        elif event.kind == "retrying":
            logger.warning("downloading %s again: %s", event.location, event.reason)
        elif event.kind == "finished":
            logger.info("downloaded %s: %d bytes", event.location, event.done_bytes)
        self._show(event)

    def _show(self, event: DownloadEvent) -> None:
        has_ended = event.kind in ("finished", "failed")
        # There is no standard error in some programs with windows.
        if sys.stderr is None or not sys.stderr.isatty() or (time.monotonic() < self._next and not has_ended):
            return
        self._next = time.monotonic() + self.INTERVAL_S
        total = self._total.get(event.location)
        of_total = f" of {total / 1e6:.0f}" if total else ""
        end = "\n" if has_ended else ""
        line = f"{event.location.rpartition('/')[2]}: {event.done_bytes / 1e6:.0f}{of_total} MB"
        if event.kind == "failed":
            line = f"{event.location.rpartition('/')[2]}: not downloaded"
        print(f"\r{line:<70}", end=end, file=sys.stderr, flush=True)
