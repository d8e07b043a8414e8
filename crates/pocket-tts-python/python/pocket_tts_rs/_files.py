"""Files that appear complete or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from . import _checks
from ._errors import NotFoundError


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file under another name, and give it its own when it is complete. A file of that name is replaced.

    Raises:
        NotFoundError: If the folder doesn't exist.
    """
    path = Path(_checks.path("path", path))
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(unfinished, "xb") as file:
            file.write(data)
        os.replace(unfinished, path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(unfinished)
        if isinstance(error, FileNotFoundError):
            raise NotFoundError(f"cannot write {path}: the folder {path.parent} does not exist") from error
        raise
