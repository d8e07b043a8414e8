"""Measures the runtime ptts on the model in the current folder: drive_ptts.py f32|q8_0|...

It generates the number of frames that it estimates from the text, whatever FRAMES is; the speed is computed from that
number.
"""

import os
import sys

from measure import NOTHING_ENDS, TEXT, Clock, measure

clock = Clock()
import ptts  # noqa: E402

import_s = clock.elapsed()


def main(precision):
    ptts.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    clock = Clock()
    tts = ptts.TTS(
        ".",
        quant=None if precision == "f32" else precision,
        voice="random",
        voice_catalog="voices",
        lang="none",
        eos_threshold=NOTHING_ENDS,
    )
    load_s = clock.elapsed()
    measure(
        lambda: tts.stream(TEXT),
        tts.sample_rate,
        import_s=round(import_s, 3),
        load_s=round(load_s, 3),
        version=ptts.__version__,
    )


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ptts.available_quants():
        sys.exit(f"usage: drive_ptts.py {'|'.join(ptts.available_quants())}")
    main(sys.argv[1])
