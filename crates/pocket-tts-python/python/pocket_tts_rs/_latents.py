"""Sound as latents of a model's codec, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _checks, _native
from ._audio import Audio, of_bytes, to_array, to_mono
from ._errors import RequestError
from ._sound import resample


class LatentCodec:
    """The codec of a model. Its latents are what training reads: 12.5 per second in the released models."""

    _native: _native.Model

    @property
    def latent_width(self) -> int:
        """The numbers of each latent."""
        return self._native.latent_width

    @property
    def encoder_hash(self) -> str:
        """The SHA-256 of the weights that make latents, in hexadecimal digits, as pocket-tts's training computes it. If a
        training checkpoint has replaced the weights, it is the hash of the new ones. Latents with the same hash are of the
        same encoder, so that stored ones can be used again; with another hash, encode again."""
        return self._native.encoder_hash()

    def encode_latents(self, audio: Any, sample_rate: int | None = None) -> npt.NDArray[np.float32]:
        """Encode a sound, on the calling thread.

        Args:
            audio: Samples of shape ``[samples]`` or ``[1, samples]``, from -1 to 1.
            sample_rate: Their rate. Default: the model's.

        Returns:
            Latents of shape ``[frames, latent_width]``. The last frame is padded with silence, as pocket-tts's encoder does
            it; ``data.encode`` leaves it out where it isn't full, as pocket-tts's training wants it.

        Raises:
            RequestError: A ``ValueError``: there are no samples, or the model's weights have no encoder.
        """
        rate = self._native.sample_rate
        sample_rate = _checks.optional(_checks.sample_rate, "sample_rate", sample_rate)
        if sample_rate is not None and sample_rate != rate:
            audio = resample(audio, sample_rate, rate, like_scipy=True)
        latents = self._native.encode_latents(to_mono(audio))
        return np.frombuffer(latents, dtype=np.float32).reshape(-1, self.latent_width)

    def decode_latents(self, latents: Any) -> Audio:
        """Decode latents, on the calling thread.

        Args:
            latents: An array or tensor of shape ``[frames, latent_width]``.

        Returns:
            The samples, of shape ``[samples]``, at the model's ``sample_rate``.

        Raises:
            RequestError: A ``ValueError``: they are no latents of this model.
        """
        array = to_array(latents)
        if array.ndim != 2 or array.shape[1] != self.latent_width:
            raise RequestError(
                f"latents of shape {list(array.shape)} are not this model's; give shape [frames, {self.latent_width}]"
            )
        if not np.isfinite(array).all():
            raise RequestError("a number of the latents is not finite; encode the recording again")
        return of_bytes(self._native.decode_latents(array.tobytes()))
