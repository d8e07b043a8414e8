"""Weights of a training run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import _native


def load(options: Mapping[str, Any], path: Path, use_ema: bool) -> _native.Model:
    """The model of these options with the weights of a training checkpoint."""
    raise NotImplementedError
