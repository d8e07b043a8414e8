"""Texts in words."""

from __future__ import annotations

from collections.abc import Sequence

from . import _checks, _native


def normalize_text(text: str, language: str = "english", disabled_rules: Sequence[str] = ()) -> str:
    """Put numbers, dates, money, abbreviations and the like into words.

    Args:
        text: The text.
        language: Its language, by name or code.
        disabled_rules: Rules that are not applied; see ``normalization_rules``.

    Raises:
        RequestError: If there is no such language or rule.
    """
    rules = _checks.texts("disabled_rules", disabled_rules)
    return _native.normalize(_checks.text("text", text), _checks.text("language", language), rules)


def normalization_rules() -> list[str]:
    """The names of the rules of ``normalize_text``."""
    return _native.normalization_rules()
