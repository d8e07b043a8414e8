"""The options of a request beyond those of pocket-tts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from . import _checks


class SpeechOptions(TypedDict, total=False):
    """Keyword arguments of the methods that speak. Each may be left out; the default is in brackets.

    Noise and length:
        seed: Makes the noise, and so the audio, reproducible, from 0 to 2**64 - 1 [another one for each request].
        temp: Variance of the noise [the model's ``temp``].
        noise_clamp: Greatest distance of the noise from 0 [the model's ``noise_clamp``].
        sampler_decode_steps: Steps from noise to sound [the model's ``sampler_decode_steps``].
        eos_threshold: The logit above which speech ends [the model's ``eos_threshold``].
        frame_limit: Frames of 80 ms after which a sentence ends at the latest [enough for three tokens per second].

    Sound:
        speed: How many times as fast as the model speaks, at the same pitch, from 0.25 to 4 [1].
        sentence_pause: Seconds of silence between sentences [0].
        paragraph_pause: Seconds of silence between paragraphs, which blank lines separate [0].

    Text:
        normalize: Whether numbers, dates, money and abbreviations are put into words [False].
        disabled_rules: Rules of normalization that are not applied; see ``normalization_rules`` [none].
        text_language: The language in which the text is normalized, by name or code [the model's].
        markup: Which mark-up is read, ``"plain"``, ``"ssml"`` or ``"auto"``: pauses, voices and SSML [none].
        voices: The model states of the voices that the mark-up names, by name [the model's own voices].
        input_format: What the text is cleaned of: ``"markdown"``, ``"html"``, ``"auto"`` or ``"text"`` [nothing].
        dictionary: How words are pronounced, as the text of a dictionary in TOML [as written].
        splitting: Where a text is cut: as pocket-tts cuts it, or ``"natural"``, where a reader would, never over
            ``max_tokens`` [``"reference"``].
        keep_unknown_characters: Whether characters that the model doesn't know, and sentences of marks alone, are passed
            to it, as in pocket-tts [True]. Models make noise or words of them, so False, which leaves them out, is
            better: a text of which nothing is left raises ``RequestError`` then; with True a warning is logged.

    Results:
        timings: Whether ``Speech`` tells when sentences and words are heard [False].
        check: What is done about sentences that lack words or say them twice, if the model tells: nothing (``"off"``),
            ``"report"`` them, or speak them again (``"repeat"``); ``"repeat-waiting"`` does so only where nobody waits
            for them [``"off"``].
    """

    seed: int | None
    temp: float | None
    noise_clamp: float | None
    sampler_decode_steps: int | None
    eos_threshold: float | None
    frame_limit: int | None
    speed: float
    sentence_pause: float
    paragraph_pause: float
    normalize: bool
    disabled_rules: Sequence[str]
    text_language: str | None
    markup: Literal["auto", "plain", "ssml"] | None
    input_format: Literal["text", "markdown", "html", "auto"] | None
    dictionary: str | None
    voices: Mapping[str, Any]
    check: Literal["off", "report", "repeat", "repeat-waiting"] | None
    timings: bool
    splitting: Literal["reference", "natural"]
    keep_unknown_characters: bool


OPTIONS: dict[str, tuple[Any, Callable[[str, Any], Any]]] = {
    "seed": (None, _checks.seed),
    "temp": (None, _checks.number),
    "noise_clamp": (None, _checks.number),
    "sampler_decode_steps": (None, _checks.whole),
    "eos_threshold": (None, _checks.number),
    "frame_limit": (None, _checks.whole),
    "speed": (1.0, _checks.number),
    "sentence_pause": (0.0, _checks.number),
    "paragraph_pause": (0.0, _checks.number),
    "normalize": (False, _checks.flag),
    "disabled_rules": ([], _checks.texts),
    "text_language": (None, _checks.text),
    "markup": (None, _checks.text),
    "input_format": (None, _checks.text),
    "dictionary": (None, _checks.text),
    "check": (None, _checks.text),
    "timings": (False, _checks.flag),
    "splitting": ("reference", _checks.text),
    "keep_unknown_characters": (True, _checks.flag),
}
"""The default of each option and the check of its type, but of ``voices``, which are no option of native code."""


def complete(options: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a request: the caller's, then the model's settings, then the defaults.

    Raises:
        TypeError: If there is no such option, or it has another type.
        RequestError: If native code has no such number.
    """
    for name in options:
        if name not in OPTIONS:
            known = ", ".join([*OPTIONS, "voices"])
            raise TypeError(f"unexpected keyword argument {name!r}; the options are {known}")
    completed = {name: default for name, (default, _) in OPTIONS.items()}
    for given in (settings, options):
        completed.update({name: OPTIONS[name][1](name, value) for name, value in given.items() if value is not None})
    return completed
