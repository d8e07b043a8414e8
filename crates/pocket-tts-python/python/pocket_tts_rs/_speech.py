"""Speech while it is generated."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Iterator

from . import _checks, _native
from ._audio import Audio, of_bytes
from ._errors import RequestError, SpeechError
from ._sound import save_audio
from ._timestamps import (
    AudioChunk,
    CheckedSentence,
    SentenceTimestamp,
    TimestampEvent,
    WordEnd,
    WordStart,
    WordTimestamp,
)

logger = logging.getLogger("pocket_tts_rs")


class Speech:
    """The sound of one request: an iterator, and an asynchronous iterator, over its chunks.

    The model's own threads generate it, a few seconds ahead of the reader. Each chunk is an array of shape ``[samples]``. Any
    number of threads and tasks can read one speech: each chunk is for one of them, whichever asks first. The
    stream ends after an error, and when it is cancelled or ``stop`` is set. Use it as a context manager, or call
    ``cancel``, if it may not be read to its end.
    """

    def __init__(
        self, native: _native.Speech, text: str, sample_rate: int, stop: threading.Event | None = None
    ) -> None:
        self._native = native
        self._text = text
        self._stop = stop
        self._events: list[_native.Event] = []
        self._is_closed = False
        self.sample_rate = sample_rate
        """Samples per second."""
        for warning in native.text_warnings:
            logger.warning("%s", warning)

    @property
    def seed(self) -> int:
        """The seed of the noise: the given one, or the one that was drawn."""
        return self._native.seed

    @property
    def warnings(self) -> list[str]:
        """The problems of the text."""
        return self._native.text_warnings

    @property
    def unfinished_sentences(self) -> int:
        """Sentences so far that ended at their frame limit, which often garbles them."""
        return self._native.unfinished_sentences

    @property
    def checked_sentences(self) -> list[CheckedSentence]:
        """The sentences so far in which the option ``check`` found problems, or which it had spoken again."""
        return [
            CheckedSentence(sentence, tuple(map(tuple, repeated)), tuple(problems))
            for sentence, repeated, problems in self._native.checked_sentences
        ]

    def cancel(self) -> None:
        """End the stream within a frame of 80 ms. Any thread may call it."""
        self._native.cancel()

    def read(self) -> Audio:
        """All further chunks as one array.

        Raises:
            SpeechError: If the speech can't be completed.
        """
        if self._stop is not None:
            chunks = list(self)
            return of_bytes(bytearray().join(chunk.data for chunk in chunks))
        samples = of_bytes(self._native.collect())
        self._end()
        return samples

    async def read_async(self) -> Audio:
        """All further chunks as one array, while other tasks run."""
        chunks = [chunk async for chunk in self]
        return of_bytes(bytearray().join(chunk.data for chunk in chunks))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all further chunks into a file in the format of its extension; see ``save_audio``. It holds what ``read``
        returns; the command ``pocket-tts``, as pocket-tts's, appends 0.2 s of silence to WAV."""
        save_audio(path, self.read(), self.sample_rate)

    def __iter__(self) -> Iterator[Audio]:
        return self

    def __next__(self) -> Audio:
        if self._is_closed:
            raise StopIteration
        if self._is_stopped():
            raise StopIteration
        try:
            samples = self._native.next_chunk()
        except BaseException:
            self.cancel()
            raise
        if samples is None:
            self._end()
            raise StopIteration
        return of_bytes(samples)

    def __aiter__(self) -> Speech:
        return self

    async def __anext__(self) -> Audio:
        loop = asyncio.get_running_loop()
        while not (self._is_closed or self._is_stopped()):
            woken = asyncio.Event()

            def wake(woken: asyncio.Event = woken) -> None:
                # A loop that has been closed has nobody left to wake.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(woken.set)

            is_ready, samples = self._native.poll(wake)
            if not is_ready:
                await woken.wait()
            elif samples is None:
                self._end()
            else:
                return of_bytes(samples)
        raise StopAsyncIteration

    def __enter__(self) -> Speech:
        return self

    def __exit__(self, *reason: object) -> None:
        self.cancel()

    async def __aenter__(self) -> Speech:
        return self

    async def __aexit__(self, *reason: object) -> None:
        self.cancel()

    def events(self) -> list[WordStart | WordEnd]:
        """The words that began and ended since the last call, up to the end of the last chunk."""
        events: list[WordStart | WordEnd] = []
        for event in self._take():
            kind, index, word, _, _, first, last = event
            if kind == "word_start":
                events.append(WordStart(word, index, first / self.sample_rate))
            elif kind == "word_end":
                events.append(WordEnd(word, index, first / self.sample_rate, last / self.sample_rate))
        return events

    @property
    def words(self) -> tuple[WordTimestamp, ...]:
        """The words that ended so far, if the request asked for ``timings`` and the model knows them."""
        return tuple(word for sentence in self._sentences(is_open=True) for word in sentence.words)

    @property
    def sentences(self) -> tuple[SentenceTimestamp, ...]:
        """The sentences that ended so far, if the request asked for ``timings``."""
        return tuple(self._sentences(is_open=False))

    def captions(self, format: str = "srt") -> str:
        """The sentences so far as the text of a caption file.

        Args:
            format: ``srt``, ``vtt`` or ``json``.
        """
        self._take()
        timed: list[tuple[_native.Timed, list[_native.Timed]]] = []
        words: list[_native.Timed] = []
        for kind, _, text, start, end, first, last in self._events:
            entry = (text, start, end, first / self.sample_rate, last / self.sample_rate)
            if kind == "word_end":
                words.append(entry)
            elif kind == "sentence_end":
                timed.append((entry, words))
                words = []
        return _native.captions(self._text, timed, _checks.text("format", format))

    def _take(self) -> list[_native.Event]:
        events = self._native.take_timings()
        self._events.extend(events)
        return events

    def _sentences(self, is_open: bool) -> list[SentenceTimestamp]:
        self._take()
        text = self._text.encode()

        def times(event: _native.Event) -> tuple[float, float, tuple[int, int]]:
            _, _, _, start, end, first, last = event
            before = len(text[:start].decode(errors="ignore"))
            source = (before, before + len(text[start:end].decode(errors="ignore")))
            return first / self.sample_rate, last / self.sample_rate, source

        sentences: list[SentenceTimestamp] = []
        words: list[WordTimestamp] = []
        for event in self._events:
            kind, index, word = event[:3]
            if kind == "word_end":
                words.append(WordTimestamp(word, index, *times(event)))
            elif kind == "sentence_end":
                sentences.append(SentenceTimestamp(word, index, *times(event), tuple(words)))
                words = []
        if is_open and words:
            sentences.append(SentenceTimestamp("", len(sentences), 0.0, 0.0, (0, 0), tuple(words)))
        return sentences

    def _is_stopped(self) -> bool:
        if self._stop is not None and self._stop.is_set():
            self.cancel()
            self._is_closed = True
        return self._is_closed

    def _end(self) -> None:
        """Tells of sentences that did not end by themselves."""
        if self._is_closed:
            return
        self._is_closed = True
        unfinished = self.unfinished_sentences
        if not unfinished:
            return
        if os.environ.get("KPOCKET_TTS_ERROR_WITHOUT_EOS", "0") == "1":
            raise SpeechError("Generation reached maximum length without EOS!")
        logger.warning("sentences that reached their frame limit, which often garbles them: %d", unfinished)


def timed_events(speech: Speech) -> Iterator[TimestampEvent]:
    """Chunks and the beginnings and ends of words, in order of time."""
    samples = 0
    with speech:
        for chunk in speech:
            start, samples = samples, samples + len(chunk)
            end_time = samples / speech.sample_rate
            events = speech.events()
            within = [event for event in events if time_of(event) < end_time]
            yield from within
            yield AudioChunk(chunk, start / speech.sample_rate, end_time)
            yield from events[len(within) :]
        yield from speech.events()


def time_of(event: WordStart | WordEnd) -> float:
    """When a word begins or ends, in seconds."""
    return event.start_time if isinstance(event, WordStart) else event.end_time


def demand_word_times(native: _native.Model) -> None:
    """Refuses a model that doesn't know when words are said."""
    if not native.has_word_times:
        raise RequestError(
            "this model's attention heads for word times are unknown; add `timestamp_heads` to its configuration"
        )
