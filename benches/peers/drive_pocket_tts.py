"""Measures the Python package pocket-tts on the model in the current folder: drive_pocket_tts.py f32|int8."""

import sys

from measure import FRAMES, NOTHING_ENDS, TEXT, Clock, measure

clock = Clock()
from importlib.metadata import version  # noqa: E402

from pocket_tts import TTSModel  # noqa: E402

import_s = clock.elapsed()


def main(precision):
    clock = Clock()
    model = TTSModel.load_model(
        config="config.yaml", eos_threshold=NOTHING_ENDS, quantize={"f32": False, "int8": True}[precision]
    )
    load_s = clock.elapsed()
    # The package has no option for the number of frames: it is an estimate from the text.
    if not hasattr(model, "_estimate_max_gen_len"):
        sys.exit("this version of pocket-tts estimates the number of frames elsewhere; this script supports 4.0.1")
    model._estimate_max_gen_len = lambda token_count: FRAMES
    state = model.get_state_for_audio_prompt("voice.safetensors")
    measure(
        lambda: model.generate_audio_stream(state, TEXT),
        model.sample_rate,
        import_s=round(import_s, 3),
        load_s=round(load_s, 3),
        version=version("pocket-tts"),
    )


if __name__ == "__main__":
    if sys.argv[1:] not in (["f32"], ["int8"]):
        sys.exit("usage: drive_pocket_tts.py f32|int8")
    main(sys.argv[1])
