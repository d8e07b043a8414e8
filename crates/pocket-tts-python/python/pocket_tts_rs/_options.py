"""The options of a request beyond those of pocket-tts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict


class SpeechOptions(TypedDict, total=False):
    """Keyword arguments of the methods that speak.

    Each may be left out; the default is in brackets.
    """

    seed: int | None
    """Makes the noise, and so the audio, reproducible, from 0 to 2**64 - 1 [another one for each request]."""
    temp: float | None
    """Variance of the noise, instead of the model's ``temp``."""
    noise_clamp: float | None
    """Greatest distance of the noise from 0, instead of the model's ``noise_clamp``."""
    sampler_decode_steps: int | None
    """Steps from noise to sound, instead of the model's ``sampler_decode_steps``."""
    eos_threshold: float | None
    """The logit above which speech ends, instead of the model's ``eos_threshold``."""
    frame_limit: int | None
    """Frames of 80 ms after which a sentence ends at the latest [enough for three tokens per second]."""
    speed: float
    """How many times as fast as the model speaks, at the same pitch, from 0.25 to 4 [1]."""
    sentence_pause: float
    """Seconds of silence between sentences [0]."""
    paragraph_pause: float
    """Seconds of silence between paragraphs, which blank lines separate [0]."""
    normalize: bool
    """Whether numbers, dates, money and abbreviations are put into words [False]."""
    disabled_rules: Sequence[str]
    """Rules of normalization that are not applied; see ``normalization_rules`` [none]."""
    text_language: str | None
    """The language in which the text is normalized, by name or code [the model's]."""
    markup: Literal["auto", "plain", "ssml"] | None
    """Which mark-up is read: pauses, voices and SSML [none]."""
    input_format: Literal["text", "markdown", "html", "auto"] | None
    """What the text is cleaned of, such as Markdown's marks [nothing]."""
    dictionary: str | None
    """How words are pronounced, as the text of a dictionary in TOML [as written]."""
    voices: Mapping[str, Any]
    """The model states of the voices that the mark-up names [the model's own voices]."""
    check: Literal["off", "report", "repeat", "repeat-waiting"] | None
    """What is done about sentences that lack words or say them twice, if the model tells: nothing, report them, or speak
    them again; ``repeat-waiting`` does so only where nobody waits for them ["off"]."""
    timings: bool
    """Whether ``Speech`` tells when sentences and words are heard [False]."""
    splitting: Literal["reference", "natural"]
    """Where a text is cut: as pocket-tts cuts it, or where a reader would, never over ``max_tokens`` ["reference"]."""
    keep_unknown_characters: bool
    """Whether characters that the model doesn't know are passed to it, as in pocket-tts [True]. Models invent words for
    them, so False, which leaves them out, is better."""


DEFAULTS: dict[str, Any] = {
    "seed": None,
    "temp": None,
    "noise_clamp": None,
    "sampler_decode_steps": None,
    "eos_threshold": None,
    "frame_limit": None,
    "speed": 1.0,
    "sentence_pause": 0.0,
    "paragraph_pause": 0.0,
    "normalize": False,
    "disabled_rules": (),
    "text_language": None,
    "markup": None,
    "input_format": None,
    "dictionary": None,
    "check": None,
    "timings": False,
    "splitting": "reference",
    "keep_unknown_characters": True,
}
"""All options but ``voices``, which are no option of native code."""


def complete(options: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a request: the caller's, then the model's settings, then the defaults.

    Raises:
        TypeError: If there is no such option.
    """
    for name in options:
        if name not in DEFAULTS:
            known = ", ".join([*DEFAULTS, "voices"])
            raise TypeError(f"unexpected keyword argument {name!r}; the options are {known}")
    completed = {**DEFAULTS, **settings}
    completed.update({name: value for name, value in options.items() if value is not None})
    completed["disabled_rules"] = list(completed["disabled_rules"])
    return completed
