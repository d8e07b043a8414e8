"""Weights of a training run."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import _native, _safetensors
from ._errors import ModelError, NotFoundError


def load(options: Mapping[str, Any], path: Path, use_ema: bool) -> _native.Model:
    """The model of these options with the weights of a training checkpoint (``.pt``).

    A checkpoint holds the state of the whole model under ``model``, and may hold averages of the parameters that were
    trained under ``ema``.

    Raises:
        ImportError: If torch isn't installed.
        NotFoundError: If there is no such file.
        ModelError: If it holds no weights of a language model, or they don't fit.
    """
    try:
        torch = importlib.import_module("torch")
    except ImportError as error:
        raise ImportError("training checkpoints are read by torch; install it: pip install torch") from error
    if not path.is_file():
        raise NotFoundError(f"there is no checkpoint {path}")
    content = torch.load(path, map_location="cpu", weights_only=True)
    weights = content.get("model") if isinstance(content, Mapping) else None
    if weights is None:
        raise ModelError(f"{path} is no training checkpoint, as it has no weights under `model`")
    weights = {**weights, **(content.get("ema") or {} if use_ema else {})}
    parts = {name: tensor.float() for name, tensor in weights.items() if name.startswith(("flow_lm.", "mimi."))}
    if not any(name.startswith("flow_lm.") for name in parts):
        raise ModelError(f"{path} is no training checkpoint of a language model, as it has no weights `flow_lm.…`")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "weights.safetensors"
        file.write_bytes(_safetensors.build(parts, str(path)))
        return _native.Model.load({**options, "weights": str(file), "weights_name": str(path)})
