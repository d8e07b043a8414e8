"""Naturalness (DNSMOS), long-term spectrum and tones in pauses."""
import numpy as np
from scipy.signal import resample_poly, stft

RATE = 24000
WINDOW = 2048
# Third-octave bands from 100 Hz to 10 kHz.
CENTRES = 1000 * 2.0 ** (np.arange(-10, 11) / 3)


def naturalness(audios, memory):
    """The means of DNSMOS: overall, signal, background and P.808. What is measured is kept in `memory`."""
    from speechmos import dnsmos
    names = {"ovrl_mos": "overall", "sig_mos": "signal", "bak_mos": "background", "p808_mos": "p808"}

    def one(audio):
        x = resample_poly(audio, 2, 3).astype(np.float32)
        r = dnsmos.run(x / max(np.abs(x).max(), 1.0), 16000, return_df=False)
        return {new: float(r[old]) for old, new in names.items()}

    rows = [memory.get(a, one) for a in audios]
    return {k: float(np.mean([r[k] for r in rows])) for k in names.values()}


def _power(audios):
    """Power spectra of all windows (rows) and their frequencies."""
    spectra = []
    for audio in audios:
        f, _, s = stft(audio, RATE, nperseg=WINDOW, noverlap=WINDOW // 2, padded=False, boundary=None)
        spectra.append(np.abs(s.T) ** 2)
    return f, np.concatenate(spectra)


def long_term(audios):
    """Mean level of speech in third octaves, dB."""
    f, p = _power(audios)
    level = p.sum(1)
    mean = p[level > np.quantile(level, 0.95) * 1e-4].mean(0)
    edge = 2.0 ** (1 / 6)
    return np.array([10 * np.log10(mean[(f >= c / edge) & (f < c * edge)].sum() + 1e-12) for c in CENTRES])


def spectrum_difference(ours, theirs):
    """Difference of the long-term spectra in third octaves, dB, and the largest one.

    The overall level is part of it: nothing is matched.
    """
    d = long_term(ours) - long_term(theirs)
    bands = {f"{c:.0f} Hz": round(float(x), 1) for c, x in zip(CENTRES, d)}
    return dict(bands=bands, largest=float(np.abs(d).max()))


def pause_tones(audios):
    """Peaks of the spectrum of pauses that stand 6 dB above their neighbourhood.

    A pause is a window 45 dB below the loudest windows. Returns the number of windows, their level
    relative to speech and the tones as (Hz, dB above the neighbourhood).
    """
    f, p = _power(audios)
    level = p.sum(1)
    loud = np.quantile(level, 0.95)
    quiet = p[level < loud * 10 ** -4.5]
    if len(quiet) < 8:
        return dict(windows=len(quiet), level=None, tones=[])
    db = 10 * np.log10(np.median(quiet, 0) + 1e-14)
    tones = []
    for k in range(8, len(db) - 8):
        around = np.median(np.concatenate([db[max(k - 30, 4):k - 3], db[k + 4:k + 31]]))
        if db[k] == db[k - 3:k + 4].max() and db[k] > around + 6:
            tones.append((round(float(f[k])), round(float(db[k] - around), 1)))
    return dict(windows=len(quiet), level=float(10 * np.log10(np.median(quiet.sum(1)) / loud + 1e-14)), tones=tones)
