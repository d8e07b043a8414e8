"""Times of words and sentences. The names are those of the package pocket-tts-timestamped."""

from __future__ import annotations

from dataclasses import dataclass, field

from ._audio import Audio


@dataclass(frozen=True)
class AudioChunk:
    """A piece of speech and where it lies in the stream, in seconds."""

    audio: Audio
    start_time: float
    end_time: float


@dataclass(frozen=True)
class WordStart:
    """A word begins, in seconds."""

    word: str
    word_index: int
    start_time: float


@dataclass(frozen=True)
class WordEnd:
    """A word ends, in seconds."""

    word: str
    word_index: int
    start_time: float
    end_time: float


@dataclass(frozen=True)
class WordTimestamp:
    """A word and when it is heard, in seconds.

    ``source`` is its place in the text that was given, as indices of characters; all words of a number that was put into
    words have the same.
    """

    word: str
    word_index: int
    start_time: float
    end_time: float
    source: tuple[int, int] = field(default=(0, 0), compare=False)


@dataclass(frozen=True)
class SentenceTimestamp:
    """A sentence and when it is heard, in seconds, with its words if their times are known.

    ``source`` is its place in the text that was given, as indices of characters.
    """

    text: str
    sentence_index: int
    start_time: float
    end_time: float
    source: tuple[int, int]
    words: tuple[WordTimestamp, ...]


@dataclass(frozen=True)
class TimestampedAudio:
    """Speech and the times of its words."""

    audio: Audio
    words: tuple[WordTimestamp, ...]


@dataclass(frozen=True)
class CheckedSentence:
    """A sentence in which a check found problems.

    ``repeated`` holds the problems of each attempt that was given up, ``problems`` those of the attempt that is heard.
    """

    sentence_index: int
    repeated: tuple[tuple[str, ...], ...]
    problems: tuple[str, ...]


TimestampEvent = AudioChunk | WordStart | WordEnd
