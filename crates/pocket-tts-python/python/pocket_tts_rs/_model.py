"""The model, with the interface of pocket-tts."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _checkpoint, _checks, _native
from ._audio import Audio, current_device, to_mono
from ._downloads import DownloadListener, listener
from ._errors import NotFoundError, RequestError, SpeechError
from ._latents import LatentCodec
from ._options import complete
from ._speech import Speech, demand_word_times, timed_events
from ._state import ModelState, state_of
from ._timestamps import TimestampedAudio, TimestampEvent

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from ._options import SpeechOptions

logger = logging.getLogger("pocket_tts_rs")

AudioPrompt = Any
"""A name, path, URL or ``hf://`` location, the bytes of a file, or samples as an array or tensor."""


class TTSModel(LatentCodec):
    """A text-to-speech model, as ``pocket_tts.TTSModel``.

    Any number of threads can speak through one model at once; it computes on its own threads, and what one request
    hears doesn't depend on the others. ``load_model`` makes one.

    Attributes:
        temp: Variance of the noise that each frame starts from; 0 is deterministic.
        sampler_decode_steps: Steps from noise to sound.
        noise_clamp: Greatest distance of the noise from 0, or None.
        eos_threshold: The logit above which speech ends.
    """

    temp: float
    sampler_decode_steps: int
    noise_clamp: float | None
    eos_threshold: float
    has_custom_weights: bool = False

    def __init__(self, native: _native.Model, load: Mapping[str, Any]) -> None:
        self._native = native
        self._load = dict(load)
        self.temp = native.default_temperature
        self.sampler_decode_steps = 1
        self.noise_clamp = None
        self.eos_threshold = native.default_eos_threshold
        # The process in which the model's threads run, once they do.
        self._process: int | None = None
        # Voices of other models, as this one reads them.
        self._voices: weakref.WeakKeyDictionary[ModelState, _native.Voice] = weakref.WeakKeyDictionary()

    @classmethod
    def load_model(
        cls,
        language: str | None = None,
        config: str | os.PathLike[str] | None = None,
        temp: float | None = None,
        sampler_decode_steps: int = 1,
        noise_clamp: float | None = None,
        eos_threshold: float | None = None,
        quantize: bool = False,
        checkpoint: str | os.PathLike[str] | None = None,
        lsd_decode_steps: int | None = None,
        *,
        precision: str | None = None,
        threads: int | None = None,
        offline: bool = False,
        weight_cache: bool | str | os.PathLike[str] = False,
        voice_cache_dir: str | os.PathLike[str] | None = None,
        voice_cache_bytes: int | None = None,
        on_download: DownloadListener | None = None,
    ) -> Self:
        """Load a model, fetching what isn't on this machine.

        Args:
            language: The name of a model, such as ``english`` or ``french_24l``; ``model_names`` lists them. ``tiny`` is a
                small English model within this package, which needs no network. Default: ``english``.
            config: Another model's YAML file instead: a path, or an ``https://`` or ``hf://`` location.
            temp: Variance of the noise. Default: the model's.
            sampler_decode_steps: Steps from noise to sound.
            noise_clamp: Greatest distance of the noise from 0. Default: none.
            eos_threshold: The logit above which speech ends. Default: the model's.
            quantize: Whether weights are kept in 8 bits: ``precision="int8"``.
            checkpoint: A training checkpoint (``.pt``) whose weights replace the model's; needs torch.
            lsd_decode_steps: An old name of ``sampler_decode_steps``.
            precision: ``f32``, ``bf16`` or ``int8``. Fewer bits are faster and take less memory.
            threads: The threads that compute, for all requests together. Default: one per core. Results don't depend on it.
            offline: Whether files are taken from this machine only. The variable ``HF_HUB_OFFLINE`` does the same.
            weight_cache: Whether packed weights are kept in the usual folder, or the folder, so that the next load only
                maps a file. It takes as much space as the loaded weights.
            voice_cache_dir: A folder that keeps the voices of recordings.
            voice_cache_bytes: Bytes of prepared voices that are kept in memory. Default: 256 MiB.
            on_download: Called with the events of downloads, also later ones of voices: a ``DownloadEvent`` each. Default:
                they are logged, and shown where standard error is a terminal.

        Returns:
            The model, on the CPU.

        Raises:
            NotFoundError: A ``FileNotFoundError``: there is no such model or file.
            RequestError: A ``ValueError``: the arguments contradict each other or are outside their range.
            TypeError: If an argument has another type.
            ModelError: A ``ValueError`` and ``RuntimeError``: the model's files can't be used.
            DownloadError: A ``ConnectionError``: a file can't be fetched.
        """
        if config is not None and language is not None:
            raise RequestError("`config` and `language` both name a model; give one of them")
        if lsd_decode_steps is not None:
            logger.warning("`lsd_decode_steps` is deprecated; use `sampler_decode_steps`")
            sampler_decode_steps = lsd_decode_steps
        keeps_weights = isinstance(weight_cache, bool)
        usual = "int8" if _checks.flag("quantize", quantize) else "f32"
        load = {
            "language": _checks.optional(_checks.text, "language", language),
            "config": None if config is None else _checks.config(config),
            "precision": _checks.optional(_checks.text, "precision", precision) or usual,
            "threads": _checks.optional(_checks.whole, "threads", threads),
            "offline": _checks.flag("offline", offline),
            "voice_cache_bytes": _checks.optional(_checks.whole, "voice_cache_bytes", voice_cache_bytes),
            "voice_cache_dir": _checks.optional(_checks.path, "voice_cache_dir", voice_cache_dir),
            "weight_cache": weight_cache is True,
            "weight_cache_dir": None if keeps_weights else _checks.path("weight_cache", weight_cache),
            "weights": None,
            "weights_name": None,
            "on_download": listener(on_download),
        }
        sampler_decode_steps = _checks.whole("sampler_decode_steps", sampler_decode_steps)
        noise_clamp = _checks.optional(_checks.number, "noise_clamp", noise_clamp)
        temp = _checks.optional(_checks.number, "temp", temp)
        eos_threshold = _checks.optional(_checks.number, "eos_threshold", eos_threshold)
        if checkpoint is None:
            native = _native.Model.load(load)
        else:
            native = _checkpoint.load(load, Path(_checks.path("checkpoint", checkpoint)), use_ema=True)
        model = cls(native, load)
        model.has_custom_weights = checkpoint is not None
        model.sampler_decode_steps = sampler_decode_steps
        model.noise_clamp = noise_clamp
        if temp is not None:
            model.temp = temp
        if eos_threshold is not None:
            model.eos_threshold = eos_threshold
        if native.weight_cache_problem is not None:
            logger.warning("packed weights are not kept: %s", native.weight_cache_problem)
        return model

    def load_training_checkpoint(self, path: str | os.PathLike[str], use_ema: bool = True) -> None:
        """Replace the weights by a training checkpoint's (``.pt``). Needs torch.

        Args:
            path: The checkpoint.
            use_ema: Whether its averaged weights are taken, if it has some.

        Raises:
            ImportError: If torch isn't installed.
            NotFoundError: If there is no such file.
            ModelError: If it holds no such weights.
        """
        self._native = _checkpoint.load(self._load, Path(_checks.path("path", path)), use_ema)
        self._process = None
        self._voices = weakref.WeakKeyDictionary()
        self.has_custom_weights = True

    @property
    def device(self) -> Any:
        """The device that computes: the CPU."""
        return current_device()

    @property
    def sample_rate(self) -> int:
        """Samples per second of the speech."""
        return self._native.sample_rate

    @property
    def has_voice_cloning(self) -> bool:
        """Whether voices can be taken from recordings."""
        return self._native.has_voice_cloning

    @property
    def has_word_times(self) -> bool:
        """Whether it is known when words are said."""
        return self._native.has_word_times

    @property
    def threads(self) -> int:
        """The number of threads that compute."""
        return self._native.threads

    @property
    def voice_names(self) -> list[str]:
        """The voices that the model has by name."""
        return self._native.voice_names

    @property
    def default_voice(self) -> str:
        """The voice that speaks by default, for ``get_state_for_audio_prompt``."""
        voice = self._native.default_voice
        if voice is None:
            raise NotFoundError("this model has no default voice; give a recording")
        return voice

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Itself. The model computes on the CPU, whatever the device."""
        for device in (*args, *kwargs.values()):
            if str(device).partition(":")[0] in ("cuda", "mps", "xpu"):
                logger.warning("the model computes on the CPU, not on %s", device)
        return self

    def eval(self) -> Self:
        """Itself, as it never trains."""
        return self

    def cpu(self) -> Self:
        """Itself."""
        return self

    def get_state_for_audio_prompt(
        self, audio_conditioning: AudioPrompt, truncate: bool = False, *, sample_rate: int | None = None
    ) -> ModelState:
        """Prepare a voice.

        Args:
            audio_conditioning: The name of a voice of the model; a recording or an exported voice (``.safetensors``), as a
                path, an ``https://`` or ``hf://`` location, or the bytes of a file; or samples of shape ``[samples]`` or
                ``[1, samples]``, as an array or tensor.
            truncate: Whether a recording is cut after 30 s. Longer ones garble the speech.
            sample_rate: The rate of samples. Default: the model's.

        Returns:
            The voice. It can be used any number of times, by any number of threads.

        Raises:
            NotFoundError: A ``FileNotFoundError``: there is no such voice or file.
            RequestError: A ``ValueError``: it can't be read, doesn't fit the model, or the model can't clone voices.
        """
        native = self._native
        truncate = _checks.flag("truncate", truncate)
        if isinstance(audio_conditioning, str) and any("\udc80" <= char <= "\udcff" for char in audio_conditioning):
            # The name of a file that isn't text.
            audio_conditioning = Path(audio_conditioning)
        if isinstance(audio_conditioning, str):
            if self.has_custom_weights and audio_conditioning in native.voice_names:
                raise RequestError(
                    f"the voice `{audio_conditioning}` fits the released weights only; give a recording instead"
                )
            voice = native.voice(audio_conditioning, truncate)
        elif isinstance(audio_conditioning, os.PathLike):
            voice = native.voice_of_path(_checks.path("audio_conditioning", audio_conditioning), truncate)
        elif isinstance(audio_conditioning, (bytes, bytearray, memoryview)):
            voice = native.voice_of_bytes("the bytes", bytes(audio_conditioning), truncate)
        else:
            rate = _checks.optional(_checks.sample_rate, "sample_rate", sample_rate) or native.sample_rate
            voice = native.voice_of_samples(to_mono(audio_conditioning), rate, truncate)
        for warning in voice.warnings:
            logger.warning("%s", warning)
        return ModelState(voice, native)

    # Servers call it by this name. The native half keeps voices anyway.
    _cached_get_state_for_audio_prompt = get_state_for_audio_prompt

    def speak(
        self,
        text: str,
        model_state: Mapping[str, Any] | None = None,
        max_tokens: int = 50,
        frames_after_eos: int | None = None,
        *,
        stop: threading.Event | None = None,
        **options: Unpack[SpeechOptions],
    ) -> Speech:
        """Start to speak.

        Args:
            text: The text, any number of sentences.
            model_state: The voice. Default: the model's default voice. Only this method has one: the others refuse None.
            max_tokens: The tokens that are spoken at once; longer texts are split.
            frames_after_eos: Frames of 80 ms that are generated after the end. Default: the model's, or a guess.
            stop: Ends the stream once it is set.
            **options: See ``SpeechOptions``.

        Returns:
            A stream of chunks, which tells the seed, the times of words and the problems that were found, too.

        Raises:
            RequestError: A ``ValueError``: the text is empty, or an option is outside its range. As in pocket-tts, a text
                of marks or of characters that the model doesn't know is spoken, as noise; a warning is logged then.
                Without ``keep_unknown_characters`` it is refused, too.
            TypeError: If there is no such option, or it has another type.
            SpeechError: A ``RuntimeError``: this process was forked from one in which the model has spoken.
        """
        text = _checks.text("text", text)
        voices = _checks.optional(_checks.mapping, "voices", options.pop("voices", None)) or {}
        settings = self._options(max_tokens, frames_after_eos, options)
        self._demand_threads()
        if model_state is None:
            model_state = self.get_state_for_audio_prompt(self.default_voice)
        named = [
            (_checks.text("voices", name), self._voice_of(f"voices[{name!r}]", state)) for name, state in voices.items()
        ]
        native = self._native.speak(text, (self._voice_of("model_state", model_state), named), settings)
        return Speech(native, text, self.sample_rate, stop)

    def generate_audio(
        self,
        model_state: Mapping[str, Any],
        text_to_generate: str,
        max_tokens: int = 50,
        frames_after_eos: int | None = None,
        copy_state: bool = True,
        **options: Unpack[SpeechOptions],
    ) -> Audio:
        """Speak a text to its end.

        Args:
            model_state: The voice, from ``get_state_for_audio_prompt``.
            text_to_generate: The text, any number of sentences.
            max_tokens: The tokens that are spoken at once; longer texts are split.
            frames_after_eos: Frames of 80 ms that are generated after the end. Default: the model's, or a guess.
            copy_state: Without effect: a state never changes.
            **options: See ``SpeechOptions``.

        Returns:
            The samples, of shape ``[samples]``, at ``sample_rate``.

        Raises:
            RequestError: A ``ValueError``: there is no state or text, or an option is outside its range; see ``speak``.
            SpeechError: A ``RuntimeError``: the speech can't be completed.
        """
        return self._speak(text_to_generate, model_state, max_tokens, frames_after_eos, **options).read()

    def generate_audio_stream(
        self,
        model_state: Mapping[str, Any],
        text_to_generate: str,
        max_tokens: int = 50,
        frames_after_eos: int | None = None,
        copy_state: bool = True,
        stop: threading.Event | None = None,
        **options: Unpack[SpeechOptions],
    ) -> Iterator[Audio]:
        """Speak a text, chunk by chunk. The work begins with the first one that is asked for.

        Args:
            model_state: The voice, from ``get_state_for_audio_prompt``.
            text_to_generate: The text, any number of sentences.
            max_tokens: The tokens that are spoken at once; longer texts are split.
            frames_after_eos: Frames of 80 ms that are generated after the end. Default: the model's, or a guess.
            copy_state: Without effect: a state never changes.
            stop: Ends the stream once it is set.
            **options: See ``SpeechOptions``.

        Yields:
            Samples of shape ``[samples]``, as soon as they are generated.

        Raises:
            RequestError: A ``ValueError``: there is no state or text, or an option is outside its range; see ``speak``.
            SpeechError: A ``RuntimeError``: the speech can't be completed.
        """
        with self._speak(text_to_generate, model_state, max_tokens, frames_after_eos, stop=stop, **options) as speech:
            yield from speech

    async def generate_audio_async(
        self,
        model_state: Mapping[str, Any],
        text_to_generate: str,
        max_tokens: int = 50,
        frames_after_eos: int | None = None,
        **options: Unpack[SpeechOptions],
    ) -> Audio:
        """Speak a text to its end, while other tasks run: see ``generate_audio``."""
        async with self._speak(text_to_generate, model_state, max_tokens, frames_after_eos, **options) as speech:
            return await speech.read_async()

    async def generate_audio_stream_async(
        self,
        model_state: Mapping[str, Any],
        text_to_generate: str,
        max_tokens: int = 50,
        frames_after_eos: int | None = None,
        **options: Unpack[SpeechOptions],
    ) -> AsyncIterator[Audio]:
        """Speak a text chunk by chunk, while other tasks run: see ``generate_audio_stream``."""
        async with self._speak(text_to_generate, model_state, max_tokens, frames_after_eos, **options) as speech:
            async for chunk in speech:
                yield chunk

    def generate_audio_with_timestamps(
        self,
        model_state: Mapping[str, Any],
        text_to_generate: str,
        max_tokens: int = 50,
        frames_after_eos: int | None = None,
        copy_state: bool = True,
        **options: Unpack[SpeechOptions],
    ) -> TimestampedAudio:
        """Speak a text to its end, with the times of its words, to a frame of 80 ms: see ``generate_audio``.

        Raises:
            RequestError: Also if the model's attention heads for word times are unknown.
        """
        speech = self._speak_timed(text_to_generate, model_state, max_tokens, frames_after_eos, **options)
        return TimestampedAudio(speech.read(), speech.words)

    def generate_audio_with_timestamps_stream(
        self,
        model_state: Mapping[str, Any],
        text_to_generate: str,
        max_tokens: int = 50,
        frames_after_eos: int | None = None,
        copy_state: bool = True,
        stop: threading.Event | None = None,
        **options: Unpack[SpeechOptions],
    ) -> Iterator[TimestampEvent]:
        """Speak a text, as chunks and the beginnings and ends of words, in order of time: see ``generate_audio_stream``.

        Raises:
            RequestError: Also if the model's attention heads for word times are unknown.
        """
        return timed_events(
            self._speak_timed(text_to_generate, model_state, max_tokens, frames_after_eos, stop=stop, **options)
        )

    def check_text(self, text: str, max_tokens: int = 50, **options: Unpack[SpeechOptions]) -> list[str]:
        """The problems that the model would have with a text, without speaking it.

        Characters that it doesn't know are among them, whatever ``keep_unknown_characters`` is.

        Raises:
            RequestError: A ``ValueError``: there is nothing to say.
        """
        options["keep_unknown_characters"] = False
        return self._native.check_text(_checks.text("text", text), self._options(max_tokens, None, options))[0]

    def __reduce__(self) -> Any:
        raise TypeError("a model can't be pickled; load it in each process. Model states can be pickled")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._native!r}>"

    def _options(self, max_tokens: int, frames_after_eos: int | None, options: Mapping[str, Any]) -> dict[str, Any]:
        settings = {
            "temp": self.temp,
            "noise_clamp": self.noise_clamp,
            "sampler_decode_steps": self.sampler_decode_steps,
            "eos_threshold": self.eos_threshold,
        }
        completed = complete(options, settings)
        return {
            **completed,
            "max_tokens": _checks.whole("max_tokens", max_tokens),
            "frames_after_eos": _checks.optional(_checks.whole, "frames_after_eos", frames_after_eos),
        }

    def _speak(self, text: str, model_state: Any, *arguments: Any, **options: Any) -> Speech:
        """Starts to speak with a voice that must be given."""
        return self.speak(text, state_of("model_state", model_state), *arguments, **options)

    def _speak_timed(self, *arguments: Any, **options: Any) -> Speech:
        """Starts to speak with the times of words."""
        demand_word_times(self._native)
        return self._speak(*arguments, **{**options, "timings": True})

    def _demand_threads(self) -> None:
        """Refuses to speak in a forked process, which has no threads of its parent's."""
        process = os.getpid()
        if self._process not in (None, process):
            raise SpeechError(
                "this process was forked from one in which the model has spoken, so the model's threads are missing; "
                "load the model in this process, or fork before it speaks"
            )
        self._process = process

    def _voice_of(self, name: str, model_state: Any) -> _native.Voice:
        """The voice as this model reads it: another model's is read from its bytes, once."""
        state = state_of(name, model_state)
        if state._native is not None and state._model is self._native:
            return state._native
        voice = self._voices.get(state)
        if voice is None:
            voice = self._native.voice_of_bytes(name, state.to_bytes(), False)
            self._voices[state] = voice
        return voice
