#!/usr/bin/env python3
"""Encodes one sound in every supported format with other encoders.

    make_recordings.py [--out FOLDER]

original.wav is a second of a gliding harmonic tone, mono, 24 kHz, 16 bit; the others are conversions of it.
Needs soundfile (libsndfile) and imageio-ffmpeg (ffmpeg). Nothing is random.
"""
import argparse
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import soundfile

RATE = 24_000


def tone() -> np.ndarray:
    t = np.arange(RATE) / RATE
    phase = 2 * np.pi * np.cumsum(150 + 60 * t) / RATE
    harmonics = sum(np.sin((k + 1) * phase) / (k + 1) for k in range(12))
    return 0.4 * np.sin(np.pi * t) ** 0.5 * harmonics / np.abs(harmonics).max()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    out = parser.parse_args().out
    original = out / "original.wav"
    soundfile.write(original, tone(), RATE, subtype="PCM_16")
    samples, _ = soundfile.read(original)
    soundfile.write(out / "sndfile.flac", samples, RATE, subtype="PCM_16")
    soundfile.write(out / "sndfile_24bit_stereo.flac", np.stack([samples, samples], 1), RATE, subtype="PCM_24")
    soundfile.write(out / "sndfile.ogg", samples, RATE, format="OGG", subtype="VORBIS")
    soundfile.write(out / "sndfile.mp3", samples, RATE, format="MP3")
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    conversions = {
        "ffmpeg_tagged.mp3": ["-codec:a", "libmp3lame", "-b:a", "96k", "-id3v2_version", "3", "-metadata", "title=tone"],
        "ffmpeg_stereo_44k.mp3": ["-codec:a", "libmp3lame", "-b:a", "128k", "-ar", "44100", "-ac", "2"],
        "ffmpeg_stereo_48k.ogg": ["-codec:a", "libvorbis", "-ar", "48000", "-ac", "2"],
        "ffmpeg.m4a": ["-codec:a", "aac", "-b:a", "96k"],
        "ffmpeg_stereo_44k.m4a": ["-codec:a", "aac", "-b:a", "128k", "-ar", "44100", "-ac", "2"],
        "ffmpeg.aac": ["-codec:a", "aac", "-b:a", "96k", "-f", "adts"],
        "ffmpeg_opus.ogg": ["-codec:a", "libopus", "-b:a", "32k"],
        "ffmpeg_opus_stereo.ogg": ["-codec:a", "libopus", "-b:a", "64k", "-ac", "2"],
        "ffmpeg_opus.webm": ["-codec:a", "libopus", "-b:a", "32k"],
        "ffmpeg_opus.mp4": ["-codec:a", "libopus", "-b:a", "32k"],
        "ffmpeg_alac.m4a": ["-codec:a", "alac"],
        "ffmpeg_alac_stereo.m4a": ["-codec:a", "alac", "-filter:a", "pan=stereo|c0=c0|c1=c0"],
        "ffmpeg_ac3.mp4": ["-t", "0.2", "-codec:a", "ac3", "-ar", "48000"],
        "ffmpeg.webm": ["-codec:a", "libvorbis"],
        "ffmpeg.aiff": ["-t", "0.1"],
        "ffmpeg_24bit.wav": ["-codec:a", "pcm_s24le"],
        "ffmpeg_u8_8k.wav": ["-codec:a", "pcm_u8", "-ar", "8000"],
        "ffmpeg_f32.wav": ["-codec:a", "pcm_f32le"],
    }
    for name, options in conversions.items():
        command = [ffmpeg, "-y", "-loglevel", "error", "-bitexact", "-i", original, *options, "-bitexact", out / name]
        subprocess.run([str(part) for part in command], check=True)


if __name__ == "__main__":
    main()
