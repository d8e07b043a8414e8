"""The voices: the teacher's, and one that is made of it by moving its pitch and its formants.

The teacher computes a spectrum envelope and a fundamental frequency for each frame, so both can be moved before there is a
waveform, without the artefacts of a pitch shifter.
"""
from dataclasses import dataclass

import numpy as np

from hibari import dsp

VOICED = 40.0                               # Hz; lower fundamental frequencies mean that a frame is not voiced
LOWEST = 65.0                               # Hz; the lowest fundamental frequency of a voiced frame
PHASE_LIMIT = 0.999                         # half turns


@dataclass(frozen=True)
class Voice:
    """A voice: factors of the teacher's fundamental frequency, its formants, and its amplitude."""
    name: str
    pitch: float = 1.0
    formants: float = 1.0
    gain: float = 1.0

    @property
    def prefix(self):
        """What the names of its files in the work folder begin with."""
        return "" if self == VOICES[0] else f"{self.name}_"

    @property
    def state(self):
        """The file of its state in a model folder."""
        return "voice.safetensors" if self == VOICES[0] else f"{self.name}.safetensors"


VOICES = (Voice("heart"), Voice("oak", pitch=0.6, formants=0.88, gain=0.8))


def named(name):
    """The voice of a name."""
    return next(v for v in VOICES if v.name == name)


def below_fundamental(x, f0):
    """[bins, frames] with the value at each frame's fundamental frequency below it, where the teacher has no harmonic."""
    bins = np.maximum(np.round(np.where(f0 > VOICED, f0, 200.0) * dsp.N_FFT / dsp.SR).astype(int), 1)
    return np.take_along_axis(x, np.maximum(np.arange(len(x))[:, None], bins[None]), 0)


def stretch(x, factor):
    """[bins, frames] with what is at a frequency moved to `factor` times that frequency."""
    at = np.minimum(np.arange(len(x)) / factor, len(x) - 1.001)
    low = at.astype(int)
    share = (at - low)[:, None].astype(np.float32)
    return x[low] * (1 - share) + x[low + 1] * share


def change(voice, harmonic, phase, noise, rest, angle, f0):
    """The teacher's outputs as this voice says them."""
    if voice == VOICES[0]:
        return harmonic, phase, noise, rest, angle, f0
    turned = np.clip(stretch(below_fundamental(np.tanh(phase), f0), voice.formants), -PHASE_LIMIT, PHASE_LIMIT)
    return (stretch(below_fundamental(harmonic, f0), voice.formants), np.arctanh(turned), stretch(noise, voice.formants),
            stretch(rest, voice.formants), np.angle(stretch(np.exp(1j * angle), voice.formants)),
            np.where(f0 > VOICED, np.maximum(f0 * voice.pitch, LOWEST), f0))
