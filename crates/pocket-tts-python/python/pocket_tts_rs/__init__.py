"""Text to speech on the CPU: a drop-in replacement for pocket-tts without PyTorch.

    import pocket_tts_rs as pocket_tts

    model = pocket_tts.TTSModel.load_model()
    voice = model.get_state_for_audio_prompt("alba")
    audio = model.generate_audio(voice, "Hello world, this is a test.")

``TTSModel.load_model(language="tiny")`` speaks without a download.
"""

from __future__ import annotations

from . import data
from ._audio import Audio
from ._downloads import DownloadEvent
from ._errors import (
    DownloadError,
    MachineError,
    ModelError,
    NoRecordingError,
    NotFoundError,
    PocketTtsError,
    RequestError,
    SpeechError,
)
from ._model import TTSModel
from ._native import VERSION as __version__
from ._native import model_names
from ._options import SpeechOptions
from ._sound import (
    AudioEncoder,
    encode_audio,
    load_audio,
    measure_loudness,
    normalize_loudness,
    resample,
    save_audio,
)
from ._speech import Speech
from ._state import ModelState, export_model_state
from ._text import normalization_rules, normalize_text
from ._timestamps import (
    AudioChunk,
    CheckedSentence,
    SentenceTimestamp,
    TimestampedAudio,
    WordEnd,
    WordStart,
    WordTimestamp,
)

# What tracebacks call them.
for _name, _public in list(globals().items()):
    if isinstance(_public, type) and issubclass(_public, PocketTtsError):
        _public.__module__ = __name__


def __dir__() -> list[str]:
    return sorted([*__all__, "__doc__", "__file__", "__name__", "__path__", "__spec__"])


__all__ = [
    "Audio",
    "AudioChunk",
    "AudioEncoder",
    "CheckedSentence",
    "DownloadError",
    "DownloadEvent",
    "MachineError",
    "ModelError",
    "ModelState",
    "NoRecordingError",
    "NotFoundError",
    "PocketTtsError",
    "RequestError",
    "SentenceTimestamp",
    "Speech",
    "SpeechError",
    "SpeechOptions",
    "TTSModel",
    "TimestampedAudio",
    "WordEnd",
    "WordStart",
    "WordTimestamp",
    "__version__",
    "data",
    "encode_audio",
    "export_model_state",
    "load_audio",
    "measure_loudness",
    "model_names",
    "normalization_rules",
    "normalize_loudness",
    "normalize_text",
    "resample",
    "save_audio",
]
