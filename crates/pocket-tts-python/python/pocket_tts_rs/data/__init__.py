"""Sets of recordings for training: windows of them, single recordings, and work on whole sets.

    from pocket_tts_rs import data

    reader = data.dataset_jsonl("train.jsonl", duration_sec=10.0, sample_rate=24_000)
    for window in reader.shuffle(seed=1, skip=rank, step_by=ranks):
        window["data"]  # [channels, samples]

Names, arguments and items are as in the Python package sphn 0.2.1. There are more formats and options, and windows have
exactly the length that was asked for, also after resampling.
"""

from __future__ import annotations

from ._opus import OpusStreamReader, OpusStreamWriter, read_opus, read_opus_bytes, write_opus
from ._recordings import FileReader, durations, read, resample, write_wav
from ._sets import Summary, cut, decode, encode, measure, prepare
from ._windows import DatasetIter, DatasetReader, Skipped, Window, dataset_jsonl


def __dir__() -> list[str]:
    return sorted([*__all__, "__doc__", "__file__", "__name__", "__path__", "__spec__"])


__all__ = [
    "DatasetIter",
    "DatasetReader",
    "FileReader",
    "OpusStreamReader",
    "OpusStreamWriter",
    "Skipped",
    "Summary",
    "Window",
    "cut",
    "dataset_jsonl",
    "decode",
    "durations",
    "encode",
    "measure",
    "prepare",
    "read",
    "read_opus",
    "read_opus_bytes",
    "resample",
    "write_opus",
    "write_wav",
]
