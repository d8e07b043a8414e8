"""Samples as arrays that have the methods which scripts call on tensors."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from ._errors import RequestError

# Within the class, `float` is a method.
_float = float


class Device:
    """The CPU, with the attributes that scripts read of a ``torch.device``."""

    type = "cpu"
    index = None

    def __eq__(self, other: object) -> bool:
        return str(other) == self.type

    def __hash__(self) -> int:
        return hash(self.type)

    def __str__(self) -> str:
        return self.type

    def __repr__(self) -> str:
        return f"device(type={self.type!r})"


CPU = Device()


class Audio(np.ndarray):
    """Samples of ``float32``, usually of shape ``[samples]``.

    An ndarray in every respect. It has some methods of tensors, too, so that a script which was written for tensors
    works. Functions of torch, such as ``torch.cat``, take it and return tensors.
    """

    __slots__ = ()

    def numpy(self) -> npt.NDArray[Any]:
        """The same samples as a plain array."""
        return self.view(np.ndarray)

    def cpu(self) -> Audio:
        """Itself: it is in memory already."""
        return self

    def detach(self) -> Audio:
        """Itself: it has no gradient."""
        return self

    def contiguous(self) -> Audio:
        """The same samples without gaps in memory."""
        return of_array(np.ascontiguousarray(self))

    def clone(self) -> Audio:
        """A copy."""
        return self.copy()

    def to(self, *args: Any, **kwargs: Any) -> Audio:
        """The samples as another type; devices are ignored."""
        for wanted in (*args, *kwargs.values()):
            name = str(wanted)
            if name.startswith("torch."):
                return of_array(self.astype(name.removeprefix("torch."), copy=False))
            if isinstance(wanted, (type, np.dtype)):
                return of_array(self.astype(wanted, copy=False))
        return self

    def float(self) -> Audio:
        """The samples as ``float32``."""
        return of_array(self.astype(np.float32, copy=False))

    def double(self) -> Audio:
        """The samples as ``float64``."""
        return of_array(self.astype(np.float64, copy=False))

    def short(self) -> Audio:
        """The samples as ``int16``, rounded towards 0."""
        return of_array(self.astype(np.int16))

    def abs(self) -> Audio:
        """The absolute values."""
        return of_array(np.abs(self))

    def clamp(self, min: Any = None, max: Any = None) -> Audio:
        """The samples within bounds."""
        return of_array(np.clip(self, min, max))

    def unsqueeze(self, dim: int) -> Audio:
        """With another dimension of length 1."""
        return of_array(np.expand_dims(self, dim))

    def dim(self) -> int:
        """The number of dimensions."""
        return self.ndim

    def numel(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape))

    def __int__(self) -> int:
        return int(self.item())

    def __float__(self) -> _float:
        return _float(self.item())

    @property
    def is_cuda(self) -> bool:
        """False."""
        return False

    @property
    def requires_grad(self) -> bool:
        """False."""
        return False

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        torch = importlib.import_module("torch")

        def tensors(value: Any) -> Any:
            if isinstance(value, Audio):
                return torch.from_numpy(value.numpy())
            if isinstance(value, (list, tuple)):
                return type(value)(tensors(item) for item in value)
            return value

        return func(*tensors(tuple(args)), **{name: tensors(value) for name, value in (kwargs or {}).items()})


def of_array(array: npt.NDArray[Any]) -> Audio:
    """The same elements with the methods of tensors."""
    return array if isinstance(array, Audio) else array.view(Audio)


def of_bytes(samples: bytes | bytearray) -> Audio:
    """The samples of native code, without a copy."""
    return of_array(np.frombuffer(samples, dtype=np.float32))


def to_array(samples: Any) -> npt.NDArray[np.float32]:
    """An array, a list or a tensor as a plain array of ``float32``."""
    if hasattr(samples, "detach") and hasattr(samples, "cpu"):
        samples = samples.detach().cpu()
        # NumPy has no bfloat16.
        if "int" not in str(samples.dtype):
            samples = samples.float()
        samples = samples.numpy()
    array = np.asarray(samples)
    if array.dtype.kind in "iu" and array.size > 0 and np.abs(array.astype(np.float64)).max() > 1:
        raise RequestError("the numbers are integers beyond 1, such as samples of 16 bits; divide these by 32768")
    return np.asarray(array, dtype=np.float32)


def to_mono(samples: Any) -> bytes:
    """The samples for native code: shape ``[samples]`` or ``[1, samples]``."""
    array = to_array(samples)
    if not np.isfinite(array).all():
        raise RequestError("a sample is not a finite number; leave it out or set it to 0")
    if array.ndim == 2 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 1:
        raise RequestError(
            f"samples of shape {list(array.shape)} are not one channel; give shape [samples] or [1, samples]"
        )
    return array.tobytes()


def current_device() -> Any:
    """The device as scripts compare it: a ``torch.device`` where torch is loaded."""
    torch = sys.modules.get("torch")
    return torch.device("cpu") if torch is not None else CPU
