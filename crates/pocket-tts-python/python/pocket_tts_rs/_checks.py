"""Types and ranges of arguments, checked before native code gets them."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from . import _native
from ._errors import RequestError

T = TypeVar("T")

LARGEST = 2**63 - 1
LARGEST_SEED = 2**64 - 1
# Bytes; longer ones are no path on any system.
LONGEST_PATH = 4096


def optional(check: Callable[[str, Any], T], name: str, value: Any) -> T | None:
    """What another check returns; None for None."""
    return None if value is None else check(name, value)


def number(name: str, value: Any) -> float:
    """A number, also one of NumPy or torch.

    Raises:
        TypeError: If it is none.
    """
    if not isinstance(value, (str, bytes, bytearray, bool)):
        try:
            return float(value)
        except (TypeError, ValueError, OverflowError):
            pass
    raise wrong_type(name, "a number", value)


def whole(name: str, value: Any, least: int = 0, most: int = LARGEST) -> int:
    """A whole number in a range.

    Raises:
        TypeError: If it is none.
        RequestError: If it is outside the range.
    """
    try:
        found = operator.index(value)
    except TypeError:
        found = None
    if found is None or isinstance(value, bool):
        raise wrong_type(name, "a whole number", value)
    if found < least:
        raise RequestError(f"`{name}` is {found}, but must be {least} or more")
    if found > most:
        raise RequestError(f"`{name}` is {found}, but must be at most {most}")
    return found


def count(name: str, value: Any) -> int:
    """A whole number from 1 on; see ``whole``."""
    return whole(name, value, least=1)


def seed(name: str, value: Any) -> int:
    """A seed; see ``whole``."""
    return whole(name, value, most=LARGEST_SEED)


def sample_rate(name: str, value: Any) -> int:
    """Samples per second; see ``whole``."""
    return whole(name, value, *_native.SAMPLE_RATES)


def flag(name: str, value: Any) -> bool:
    """True or False, also NumPy's.

    Raises:
        TypeError: If it is neither.
    """
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise wrong_type(name, "True or False", value)


def text(name: str, value: Any) -> str:
    """A string that can be written.

    Raises:
        TypeError: If it is no string.
        RequestError: If it has half of a surrogate pair.
    """
    if not isinstance(value, str):
        raise wrong_type(name, "a string", value)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise RequestError(
            f"`{name}` is no text, as its character {error.start} is half of a surrogate pair; decode its bytes again"
        ) from error
    return value


def texts(name: str, value: Any) -> list[str]:
    """A list of strings; a string is one of them.

    Raises:
        TypeError: If it is neither.
    """
    if isinstance(value, str):
        return [text(name, value)]
    if not isinstance(value, Iterable):
        raise wrong_type(name, "a list of strings", value)
    return [text(name, item) for item in value]


def mapping(name: str, value: Any) -> Mapping[Any, Any]:
    """A dictionary.

    Raises:
        TypeError: If it is none.
    """
    if isinstance(value, Mapping):
        return value
    raise wrong_type(name, "a dictionary", value)


def function(name: str, value: Any) -> Callable[..., Any]:
    """Something that can be called.

    Raises:
        TypeError: If it can't.
    """
    if callable(value):
        return value  # type: ignore[no-any-return]
    raise wrong_type(name, "callable", value)


def path(name: str, value: Any) -> str:
    """A path as a string, also one of bytes: names that aren't text are kept, as ``os.fsdecode`` does it.

    Raises:
        TypeError: If it is no path.
        RequestError: If it can't be one, such as the bytes of a file.
    """
    try:
        found: str | bytes = os.fspath(value)
    except TypeError as error:
        raise wrong_type(name, "a path", value) from error
    if isinstance(found, bytes):
        if len(found) > LONGEST_PATH or b"\0" in found:
            raise RequestError(
                f"`{name}` is {len(found)} bytes, which are no path but perhaps a file's content; give the path of a file"
            )
        return os.fsdecode(found)
    if "\0" in found:
        raise RequestError(f"`{name}` is no path, as its character {found.index(chr(0))} is NUL; leave it out")
    return found


def config(location: str | os.PathLike[str]) -> str:
    """The location of a configuration.

    Raises:
        RequestError: If its name doesn't end as a YAML file's, and it is no folder.
    """
    found = text("config", path("config", location))
    name = found.split("@")[0] if found.startswith("hf://") else found
    if Path(name).suffix not in (".yaml", ".yml") and not Path(found).is_dir():
        raise RequestError(f"the configuration {found} must be a YAML file, with a name that ends in .yaml")
    return found


def wrong_type(name: str, wanted: str, value: Any) -> TypeError:
    """The exception for a value of another type."""
    return TypeError(f"`{name}` must be {wanted}, not {type(value).__name__}")
