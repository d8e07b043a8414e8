"""The safetensors format, as far as voices need it."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from ._audio import Audio, of_array
from ._errors import RequestError

_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "U8": "u1",
    "BOOL": "?",
}
_NAMES = {np.dtype(code): name for name, code in _TYPES.items()}


def parse(data: bytes) -> dict[str, Audio]:
    """The tensors of a file's bytes, read-only."""
    (length,) = struct.unpack_from("<Q", data)
    header: dict[str, Any] = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        first, last = entry["data_offsets"]
        body = data[8 + length + first : 8 + length + last]
        array = np.frombuffer(body, dtype=_TYPES[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = of_array(array)
    return tensors


def build(tensors: dict[str, Any], what: str) -> bytes:
    """A file's bytes with these arrays or tensors."""
    header: dict[str, Any] = {}
    bodies = []
    position = 0
    for name, value in tensors.items():
        array = _array(value, f"{what}: `{name}`")
        body = array.tobytes()
        end = position + len(body)
        header[name] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [position, end],
        }
        bodies.append(body)
        position = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(bodies)


def _array(value: Any, what: str) -> np.ndarray:
    if hasattr(value, "detach") and hasattr(value, "cpu"):
        value = value.detach().cpu()
        if "bfloat16" in str(value.dtype):
            value = value.float()
        value = value.numpy()
    array = np.ascontiguousarray(value).reshape(np.shape(value))
    if array.dtype not in _NAMES:
        raise RequestError(f"{what} has the type {array.dtype}, which no model reads")
    return array
