"""Compare the training-time forwards with the reference package on an exported model.

    check_forward.py --model FOLDER

The decoder's samples must equal the streaming ones, and the language model, reading the latents that the
reference generated, must predict each of them again.
"""
import argparse
import os
from pathlib import Path

import numpy as np
import torch

from codec_model import decode
from lm_data import batch
from lm_model import Trainer


def decoder_difference(model):
    """The largest difference of samples between whole and streamed decoding."""
    from pocket_tts.modules.stateful_module import increment_steps, init_states
    z, parts = torch.randn(1, 9, 32), []
    state = init_states(model.mimi, 1, 1000)
    for k in range(z.shape[1]):
        parts.append(model.mimi.decode_from_latent(z[:, k:k + 1], state))
        increment_steps(model.mimi, state, 16)
    return (torch.cat(parts, -1)[:, 0] - decode(model.mimi, z)).abs().max().item()


def flow_lm_difference(model, text):
    """The largest difference between generated latents and those predicted from them, at temperature 0."""
    latents = []
    hook = model.flow_lm.flow_net.register_forward_hook(lambda _, __, out: latents.append(out.detach().clone()))
    model.generate_audio(model.get_state_for_audio_prompt(Path("voice.safetensors")), text)
    hook.remove()
    z = torch.cat(latents[1:])                                  # the first is computed with the text and not used
    ids = model.flow_lm.conditioner.tokenizer.sp.encode(text)
    t = len(z)
    item = dict(ids=np.array(ids), centre=np.zeros(len(ids), np.float32), end=t, z=z.numpy(), pos=np.zeros(t, np.float32),
                lab=np.zeros((t, 4), np.int64))
    b = batch([item], 16 * ((len(ids) + t + 15) // 16))
    saved = {k: v.clone() for k, v in model.flow_lm.state_dict().items()}
    trainer = Trainer(model.flow_lm, 8)                         # this scales some weights for training from nothing
    trainer.lm.load_state_dict(saved)
    prompt = voice_latents(model)
    c = trainer.backbone(b, trainer.shifted(b["y"], b), prompt, torch.float32)[0]
    predicted = trainer.flow(trainer.lm.flow_net, c, [torch.zeros_like(b["y"])])[0]
    return (predicted[:t] - z).abs().max().item()


def voice_latents(model):
    """The latents of the voice's prompt, by the shipped encoder."""
    from pocket_tts.data.audio import audio_read
    from pocket_tts.data.audio_utils import end_on_pause
    audio, rate = audio_read(Path("voice.wav"))
    return model.mimi.encode_to_latent(end_on_pause(audio, rate)[None])[0]


@torch.no_grad()
def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--model", type=Path, required=True)
    a = ap.parse_args()
    os.chdir(a.model)
    from pocket_tts import TTSModel
    torch.set_num_threads(1)
    model = TTSModel.load_model(config="reference.yaml", temp=0.0)
    differences = dict(decoder=decoder_difference(model), flow_lm=flow_lm_difference(model, "The weather has been lovely this week."))
    print(differences)
    assert max(differences.values()) < 1e-3


if __name__ == "__main__":
    main()
