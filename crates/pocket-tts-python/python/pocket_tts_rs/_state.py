"""What a model remembers of a voice."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from . import _checks, _native, _safetensors
from ._audio import Audio
from ._errors import RequestError
from ._files import write_atomically

HELP = "get one from `get_state_for_audio_prompt`"


class ModelState(Mapping[str, Mapping[str, Audio]]):
    """A voice, ready to speak.

    It can be read as the dictionary that pocket-tts returns: the state of each layer by its name, each a dictionary of
    arrays. The arrays are copies that can't be written to. A state never changes, so copies of it are itself, and any
    number of threads can speak with it. It can be pickled.
    """

    __slots__ = ("__weakref__", "_bytes", "_model", "_native", "_tensors")

    def __init__(self, voice: _native.Voice | None, model: _native.Model | None, data: bytes | None = None) -> None:
        self._native = voice
        # The model that prepared it.
        self._model = model
        self._bytes = data
        self._tensors: dict[str, dict[str, Audio]] | None = None

    @classmethod
    def from_bytes(cls, data: bytes) -> ModelState:
        """The state in the bytes of a ``.safetensors`` file. A model checks it when it speaks with it."""
        return cls(None, None, bytes(data))

    def to_bytes(self) -> bytes:
        """The state as the bytes of a ``.safetensors`` file."""
        if self._bytes is not None:
            return self._bytes
        assert self._native is not None
        return self._native.to_safetensors()

    @property
    def warnings(self) -> list[str]:
        """What a person should know about the voice, such as a recording of poor quality."""
        return self._native.warnings if self._native is not None else []

    def _layers(self) -> dict[str, dict[str, Audio]]:
        if self._tensors is None:
            layers: dict[str, dict[str, Audio]] = {}
            for name, tensor in _safetensors.parse(self.to_bytes()).items():
                layer, _, key = name.rpartition("/")
                layers.setdefault(layer, {})[key] = tensor
            self._tensors = layers
        return self._tensors

    def __getitem__(self, layer: str) -> Mapping[str, Audio]:
        return self._layers()[layer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers())

    def __len__(self) -> int:
        return len(self._layers())

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __copy__(self) -> ModelState:
        return self

    def __deepcopy__(self, memo: Any) -> ModelState:
        return self

    def __reduce__(self) -> Any:
        return ModelState.from_bytes, (self.to_bytes(),)

    def __repr__(self) -> str:
        positions = f", {self._native.positions} positions" if self._native is not None else ""
        return f"<{type(self).__name__}{positions}>"


def state_of(name: str, value: Any) -> ModelState:
    """A state, also from the dictionary of tensors that pocket-tts returns. Errors call it by its name.

    Raises:
        RequestError: If it is neither, or has no layers.
    """
    if isinstance(value, ModelState):
        return value
    if not isinstance(value, Mapping):
        raise RequestError(
            f"`{name}` must be a model state, a {ModelState.__name__} or a dictionary of layers, not "
            f"{type(value).__name__}; {HELP}"
        )
    if not value:
        raise RequestError(f"`{name}` is an empty dictionary, not a model state; {HELP}")
    tensors: dict[str, Any] = {}
    for layer, state in value.items():
        if not isinstance(state, Mapping):
            raise RequestError(
                f"`{name}` is no model state, as its layer `{layer}` is {type(state).__name__}, not a dictionary of arrays; "
                f"{HELP}"
            )
        tensors.update({f"{layer}/{key}": tensor for key, tensor in state.items()})
    return ModelState.from_bytes(_safetensors.build(tensors, name))


def export_model_state(model_state: Mapping[str, Mapping[str, Any]], dest: str | os.PathLike[str]) -> None:
    """Write a voice into a ``.safetensors`` file, which this package and pocket-tts load.

    The file appears complete or not at all.

    Args:
        model_state: What ``get_state_for_audio_prompt`` returned.
        dest: The path of the file. A file of that name is replaced.

    Raises:
        RequestError: If it is no model state.
        NotFoundError: If the folder doesn't exist.
        MachineError: If the file can't be written.
    """
    state = state_of("model_state", model_state)
    if state._native is not None:
        state._native.save(_checks.path("dest", dest))
        return
    write_atomically(_checks.path("dest", dest), state.to_bytes())
