#!/usr/bin/env python3
"""Golden inputs and outputs of the reference pocket-tts package on tiny random models.

    make_goldens.py --out goldens [--seed 0]

Needs pocket-tts (with its sentencepiece, tokenizers, scipy, torch). Every tensor is computed by
calling the installed package; see the README.md that this writes into --out. Another --seed results in other
weights, dims, waves, texts and tokenizers of the same layout.
"""
import argparse
import contextlib
import copy
import io
import json
import logging
import math
import random
import threading
import wave
from importlib.metadata import version
from pathlib import Path

import numpy as np
import safetensors.torch
import sentencepiece
import torch
import yaml
from sentencepiece import sentencepiece_model_pb2 as spb

from pocket_tts.data.audio import StreamingWAVWriter, audio_read
from pocket_tts.data.audio_utils import convert_audio, end_on_pause
from pocket_tts.models.mimi import build_mimi
from pocket_tts.models.model_state import export_model_state
from pocket_tts.models.text_chunking import prepare_text_prompt, split_into_best_sentences
from pocket_tts.models.tts_model import TTSModel, stamp_state_names
from pocket_tts.modules.stateful_module import increment_steps, init_states
from pocket_tts.modules.text_conditioner import JsonTokenizer, SentencePieceTokenizer
from pocket_tts.utils.config import Config

STEPS = 12
VOICE_SECONDS = 2.0

# ------------------------------------------------------------------ texts

CORPUS = """The quick brown fox jumps over the lazy dog while seven grey geese fly south.
Please call Stella and ask her to bring these things with her from the store.
It costs 3.50 or 1,299.99 today; version 2.0.1 came out in 1987, didn't it?
Hello world. I am a small voice. I am fast enough to run on small machines!
She said: "Wait, what?" and he answered, "No... not yet." Then silence.
Where were you at 10:45 on the 3rd of May? We'll never know, will we?
Dr. Smith and Mrs. Jones live at 221B Baker Street, near St. Paul's.
Rain fell on the harbour; the boats came home slowly, one by one, in the dark.
Two thousand and twenty six people sang together, louder and louder, until dawn.
A thing of beauty is a joy for ever: its loveliness increases; it will never pass.
Email me at someone, or visit the website for more details about the offer.
Bonjour le monde. Je suis une petite voix. J'esp\u00e8re que vous m'aimerez.
Hallo Welt. Ich bin schnell genug, um auch auf kleinen Rechnern zu laufen.
Espero que te guste. Ol\u00e1 mundo. Spero che ti piacer\u00f2."""

TEXTS = [
    "Hello world", "hello", "Hi!", "a", "No.", "Yes... maybe?!",
    "Hello world. I am Kyutai's Pocket TTS. I'm fast enough to run on small CPUs. I hope you'll like me.",
    "The price is 3.14 dollars. It was 2.50 yesterday. Version 1.2.3 is out.",
    "one two three four", "one two three four five", "Wait... what? Really?! Yes!!! No.",
    "  leading and trailing spaces   ", "line one\nline two\r\nline three\n\nline four",
    "He said \u201chello there\u201d; then \u2018goodbye\u2019 \u2014 and left\u2026",
    "\"Quoted?\", she asked. \"Yes,\" he said", "(a parenthesis at the end)", "ends with a comma,",
    "ends with a dash \u2014", "ends with colon:", "...", "?!", "\u00e9l\u00e8ve na\u00efve caf\u00e9. \u00c9cole",
    "A long sentence without any stop that goes on and on, with commas, semicolons; and colons: so that it has to be split somewhere before it gets far too long for one chunk of the model to say in a single breath, as people do",
    "This sentence has no comma and no other mark but it is still much too long for one small chunk because it keeps adding words and words and words until nobody remembers how it began at all",
    "Tabs\tand  double   spaces    here.", "Emoji \U0001F600 and \u65e5\u672c\u8a9e and \u0440\u0443\u0441\u0441\u043a\u0438\u0439.",
    "ALL CAPS TEXT. lower case text. MiXeD. 123 go. 4.5 go.", "A.B.C. is not D.E.F.; U.S.A. 5.5.5",
    "\u00bfQu\u00e9 tal? \u00a1Muy bien! \u00abVoil\u00e0\u00bb.", "\u00dfa\u00df \ufb01ne \u01c6 \u212b \u00bd x\u00b2",
]

PIECES = [
    "the rain stopped", "call me at 7.45", "3.0 and 2.5 make 5.5", "why not", "she whispered \u201cnow\u201d",
    "it's over", "na\u00efve \u00e9t\u00e9", "A.M. or P.M.", "one\ntwo", "x\t y", "\u2018fine\u2019", "wait", "\u4f60\u597d", "\U0001F3B5 la la",
    "1,000,000 of them", "no-one, not even he, knew; or so they said: nothing", "MR. BROWN", "\u0153uvre", "stop", "\u0130stanbul",
    "and then there were more words than anyone could count in one go without taking a breath", "\ufb02our", "50% off", "c'est la vie",
]
ENDS = [".", "!", "?", "...", "?!", ",", ";", ":", " \u2014", "\u2026", "", "", ".\u201d", ".)", "\"", " ", "!!!", "\n"]


def make_texts(seed: int) -> list[str]:
    if seed == 0:
        return list(TEXTS)
    rng = random.Random(f"texts{seed}")
    out = []
    for i in range(30):
        n = 1 + (i % 6) + rng.randrange(2)
        out.append(rng.choice(["", " ", ""]) + " ".join(rng.choice(PIECES) + rng.choice(ENDS) for _ in range(n)))
    return out


# ------------------------------------------------------------------ tokenizers

def train_tokenizers(out: Path, seed: int):
    """a: byte fallback, identity normalizer, whitespace kept.  b: nmt_nfkc, extra whitespace removed, no bytes."""
    lines = CORPUS.splitlines()
    rng = random.Random(f"tok{seed}")
    if seed:
        rng.shuffle(lines)
        lines = lines[: 11 + rng.randrange(3)]
    size_a, size_b = (360, 110) if seed == 0 else (345 + rng.randrange(20), 100 + rng.randrange(15))
    made = {}
    for name, size, opts in (
        ("a", size_a, dict(byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False, pad_id=3)),
        ("b", size_b, dict(byte_fallback=False, normalization_rule_name="nmt_nfkc", remove_extra_whitespaces=True)),
    ):
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines), model_writer=model, model_type="unigram", vocab_size=size,
            character_coverage=0.995, unk_id=0, bos_id=1, eos_id=2, hard_vocab_limit=False, num_threads=1,
            minloglevel=2, **opts)
        proto = spb.ModelProto.FromString(model.getvalue())
        proto.trainer_spec.ClearField("input")
        (out / f"tokenizer_{name}.model").write_bytes(proto.SerializeToString())
        (out / f"tokenizer_{name}.json").write_text(json.dumps(to_json(proto), ensure_ascii=False))
        made[name] = len(proto.pieces)
    return made


def to_json(proto) -> dict:
    """The same vocabulary for the tokenizers package (what pocket-tts's released tokenizer.json files are)."""
    import base64
    norm = []
    if proto.normalizer_spec.precompiled_charsmap:
        norm.append({"type": "Precompiled", "precompiled_charsmap": base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode()})
    if proto.normalizer_spec.remove_extra_whitespaces:
        norm += [{"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]
    norm += [{"type": "Prepend", "prepend": "\u2581"}, {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]
    special = [(i, p.piece) for i, p in enumerate(proto.pieces) if p.type in (2, 3)]
    decoders = [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}]
    if proto.trainer_spec.byte_fallback:
        decoders.append({"type": "ByteFallback"})
    decoders += [{"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": i, "content": p, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} for i, p in special],
        "normalizer": {"type": "Sequence", "normalizers": norm}, "pre_tokenizer": None,
        "post_processor": None, "decoder": {"type": "Sequence", "decoders": decoders},
        "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": bool(proto.trainer_spec.byte_fallback),
                  "vocab": [[p.piece, p.score] for p in proto.pieces]},
    }


OPTION_SETS = [  # max_tokens, then prepare_text_prompt's options
    dict(max_tokens=50, pad=False, remove_semicolons=False, terminal=True, capital=True, replace={"\u2019": "'", "\u2018": "'"}),
    dict(max_tokens=25, pad=True, remove_semicolons=False, terminal=True, capital=True, replace={}),
    dict(max_tokens=12, pad=False, remove_semicolons=True, terminal=False, capital=False, replace={"\u2013": ",", "\u2014": ",", "\u2019": "'", "\u2018": "'", "\u201c": "", "\u201d": "", '"': ""}),
    dict(max_tokens=5, pad=True, remove_semicolons=True, terminal=True, capital=False, replace={"\u2026": "..."}),
]


def text_goldens(out: Path, texts: list[str], sizes: dict[str, int]) -> dict:
    kinds = {}
    for name, size in sizes.items():
        kinds[f"tokenizer_{name}.model"] = SentencePieceTokenizer(size, str(out / f"tokenizer_{name}.model"))
        kinds[f"tokenizer_{name}.json"] = JsonTokenizer(size, str(out / f"tokenizer_{name}.json"))

    def attempt(fn):
        try:
            return {"ok": fn()}
        except Exception as e:  # the error that a caller of the reference gets
            return {"error": type(e).__name__}

    prepared, chunks, tokens = [], [], []
    cases = texts + ["", "   ", "\u2019", ";", "\n"]
    for i, text in enumerate(cases):
        for k, o in enumerate(OPTION_SETS):
            tail = (o["pad"], o["remove_semicolons"], o["terminal"], o["capital"], o["replace"])
            prepared.append({"text": i, "options": k} | attempt(lambda: list(prepare_text_prompt(text, *tail))))
            for tok_name, tok in kinds.items():
                chunks.append({"text": i, "options": k, "tokenizer": tok_name}
                              | attempt(lambda: split_into_best_sentences(tok, text, o["max_tokens"], *tail)))
    same = {}
    for tok_name, tok in kinds.items():
        for i, text in enumerate(cases + [".!...?", ",;:", " " * 8 + "Hi there."]):
            ids = tok.encode(text)
            tokens.append({"tokenizer": tok_name, "string": text, "ids": ids, "decoded": tok.decode(ids)})
            same.setdefault((tok_name.split(".")[0], text), []).append(ids)
    differ = [list(k) for k, v in same.items() if v[0] != v[1]]
    (out / "text_golden.json").write_text(json.dumps(
        {"texts": cases, "options": OPTION_SETS, "prepare_text_prompt": prepared,
         "split_into_best_sentences": chunks, "tokens": tokens, "model_json_differ": differ}, ensure_ascii=False))
    return {"cases": len(prepared) + len(chunks) + len(tokens), "model_json_differ": len(differ)}


# ------------------------------------------------------------------ audio

def voice_wave(seconds: float, rate: int, seed: int) -> torch.Tensor:
    """Harmonic tone under a syllable envelope, then a tail of near silence; int16 values."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(round(seconds * rate))) / rate
    phase = 2 * np.pi * np.cumsum(110 + 20 * rng.random() + 25 * np.sin(2 * np.pi * 0.9 * t)) / rate
    tone = sum(np.sin(k * phase + rng.uniform(0, 6.28)) / k for k in range(1, max(2, min(12, rate // 400))))
    env = np.clip(0.5 + 0.5 * np.sin(2 * np.pi * (3 + rng.random()) * t), 0, 1)
    x = 0.25 * env * tone + 0.004 * rng.standard_normal(len(t))
    cut = int(len(t) * (0.86 + 0.04 * rng.random()))
    x[cut:] *= 0.004
    return torch.from_numpy(np.clip(np.round(x * 32768), -32768, 32767).astype(np.int16))


def audio_goldens(out: Path, seed: int):
    g = {}
    for k, (src, dst) in enumerate([(16000, 24000), (22050, 24000), (44100, 24000), (48000, 24000), (8000, 24000), (11025, 24000), (24000, 24000), (24000, 3000)]):
        x = voice_wave(0.06 + 0.001 * k, src, 100 * seed + k)[None].float() / 32768
        g[f"convert.{src}_{dst}.in"], g[f"convert.{src}_{dst}.out"] = x, convert_audio(x, src, dst, 1)
    rng = torch.Generator().manual_seed(seed + 5)
    for k, (rate, secs) in enumerate([(24000, 0.35), (8000, 0.5), (3000, 1.0), (3000, 0.01)]):
        x = voice_wave(secs, rate, 50 * seed + 9 + k)[None].float() / 32768
        g[f"pause.{k}_{rate}.in"], g[f"pause.{k}_{rate}.out"] = x, end_on_pause(x, rate)
    x = torch.zeros(1, 1500)
    g["pause.zeros_3000.in"], g["pause.zeros_3000.out"] = x, end_on_pause(x, 3000)
    x = 0.5 * torch.randn(1, 1500, generator=rng)
    g["pause.loud_3000.in"], g["pause.loud_3000.out"] = x, end_on_pause(x, 3000)
    # 16-bit stereo WAV -> mono mean
    st = np.stack([voice_wave(0.05, 16000, seed + 1).numpy(), voice_wave(0.05, 16000, seed + 2).numpy()], 1)
    with wave.open(str(out / "stereo_16k.wav"), "wb") as w:
        w.setnchannels(2), w.setsampwidth(2), w.setframerate(16000), w.writeframes(st.astype("<i2").tobytes())
    g["read.stereo_16k"], rate = audio_read(out / "stereo_16k.wav")
    # float -> int16 and the WAV bytes, seekable and not
    y = torch.cat([torch.tensor([0.0, 1.0, -1.0, 1.5, -1.5, 0.99999, -0.99999, 1e-5, -1e-5, 0.5, -0.5]), 0.4 * torch.randn(200, generator=rng)])
    g["write.in"] = y

    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def tell(self):
            raise OSError("unseekable")
    for kind, f in (("seekable", io.BytesIO()), ("pipe", Pipe())):
        data = {}
        real_close = f.close
        f.close = lambda: None
        w = StreamingWAVWriter(f, 24000)
        w.write_header(24000)
        w.write_pcm_data(y[:100])
        w.write_pcm_data(y[100:])
        w.finalize()
        g[f"write.{kind}.wav_bytes"] = torch.frombuffer(bytearray(f.getvalue()), dtype=torch.uint8)
        real_close()
    safetensors.torch.save_file({k: v.clone().contiguous() for k, v in g.items()}, out / "audio_golden.safetensors")
    return {k: [str(v.dtype).split(".")[1], list(v.shape)] for k, v in g.items()}


# ------------------------------------------------------------------ configs

def base_config(seed: int, k: int, small: bool = True) -> dict:
    rng = random.Random(f"cfg{seed}.{k}")
    pick = (lambda a, *more: a) if seed == 0 else (lambda *a: rng.choice(a))
    heads = pick(3, 2, 4)
    d = heads * pick(8, 6, 10)
    dim, ldim = pick(16, 12, 20), pick(8, 6, 10)
    mh = pick(2, 4)
    return {
        "weights_path": "model.safetensors",
        "flow_lm": {
            "insert_bos_before_voice": True, "dtype": "float32",
            "flow": {"depth": pick(2, 3, 1), "dim": pick(12, 16, 10)},
            "transformer": {"d_model": d, "hidden_scale": pick(2, 3, 1), "max_period": pick(10000, 5000), "num_heads": heads, "num_layers": pick(2, 3)},
            "lookup_table": {"dim": d, "n_bins": 0, "tokenizer": "tokenizers", "tokenizer_path": "tokenizer.json"},
        },
        "mimi": {
            "dtype": "float32", "sample_rate": 3000 if small else 24000, "inner_dim": ldim, "outer_dim": dim, "channels": 1, "frame_rate": 12.5,
            "seanet": {"dimension": dim, "channels": 1, "n_filters": pick(3, 4, 2) if small else 2, "n_residual_layers": 1,
                       "ratios": (pick([5, 4, 3], [5, 3, 4], [3, 4, 5]) if small else [6, 5, 4]), "kernel_size": 7, "residual_kernel_size": 3,
                       "last_kernel_size": 3, "dilation_base": 2, "pad_mode": "constant", "compress": 2 if small else 1},
            "transformer": {"d_model": dim, "num_heads": mh if dim % (2 * mh) == 0 else 2, "num_layers": pick(2, 1), "layer_scale": 0.01, "context": pick(20, 13, 30),
                            "dim_feedforward": pick(24, 32), "input_dimension": dim, "output_dimensions": [dim]},
            "quantizer": {"dimension": ldim, "output_dimension": dim},
        },
    }


def decoder_side(c: dict, k: int, seanet: bool = True, transformer: bool = True):
    """Distinct decoder: width 12, other kernel, deeper and narrower transformer."""
    m, w = c["mimi"], 12
    if seanet:
        m["decoder_seanet"] = m["seanet"] | {"dimension": w, "n_filters": 3, "kernel_size": 3}
    else:
        w = m["seanet"]["dimension"]
    if transformer:
        m["decoder_transformer"] = m["transformer"] | {"d_model": w, "num_heads": 2, "num_layers": 3, "context": 9, "dim_feedforward": 20, "input_dimension": w, "output_dimensions": [w]}
    elif seanet:
        m["decoder_transformer"] = m["transformer"] | {"input_dimension": w, "output_dimensions": [w]}
    m["outer_dim"] = w
    m["quantizer"] = m["quantizer"] | {"output_dimension": w}


def configs(seed: int) -> dict[str, tuple[dict, dict]]:
    """name -> (config, how: {steps: [...], tokenizer, store})"""
    out = {}

    def add(name, edit=lambda c: None, small=True, tok="a.json", steps=(1,), store="f32", split=False):
        c = base_config(seed, len(out), small)
        edit(c)
        c["flow_lm"]["lookup_table"]["tokenizer"] = "tokenizers" if tok.endswith("json") else "sentencepiece"
        c["flow_lm"]["lookup_table"]["tokenizer_path"] = f"../tokenizer_{tok}"
        out[name] = (c, {"tokenizer": tok, "steps": list(steps), "store": store, "split": split})

    f = lambda c: c["flow_lm"]
    tr = lambda c: c["flow_lm"]["transformer"]
    m = lambda c: c["mimi"]

    def nobos(c):
        f(c)["insert_bos_before_voice"] = False
        m(c)["inner_dim"] = m(c)["seanet"]["dimension"]
        c["pad_with_spaces_for_short_inputs"] = True

    def gqa(c):
        h = tr(c)["num_heads"]
        tr(c)["num_kv_heads"] = 1 if h == 3 else 2
        tr(c)["attn_dim"] = h * 12
        if h == 2:
            tr(c)["num_kv_heads"] = 1

    def like_2m(c):
        f(c)["flow"]["type"] = "pointwise"
        gqa(c)
        tr(c)["num_kv_heads"] = 1
        tr(c)["hidden_scale"], tr(c)["dim_feedforward"] = 1, 28
        f(c)["lookup_table"]["rank"] = 5
        f(c)["z_dim"] = 14
        decoder_side(c, 0)
        c["default_eos_threshold"] = -1.0
        c["replace_characters"] = {"\u2013": ",", "\u2014": ",", "\u2019": "'", "\u2018": "'"}

    def like_18m(c):
        f(c)["flow"]["type"] = "drifting"
        tr(c)["hidden_scale"] = 1
        tr(c)["attn_dim"] = tr(c)["num_kv_heads"] = f(c)["lookup_table"]["rank"] = None
        f(c)["z_dim"] = 10
        decoder_side(c, 0)
        c["default_eos_threshold"] = -1.0

    def text_options(c):
        f(c)["lookup_table"]["rank"] = 6
        c |= dict(remove_semicolons=True, append_terminal_punctuation=False, capitalize_first_letter=False,
                  model_recommended_frames_after_eos=2, default_temperature=0.7, replace_characters={"\u2014": ",", "\u2019": "'"})

    def seanet_variant(c):
        m(c)["seanet"] |= {"n_residual_layers": 2, "dilation_base": 3, "compress": 1, "kernel_size": 5, "last_kernel_size": 5, "residual_kernel_size": 3}

    def projected(c):
        d = m(c)["seanet"]["dimension"]
        m(c)["transformer"] |= {"d_model": 24, "num_heads": 3, "input_dimension": d, "output_dimensions": [d], "max_period": 2000.0, "layer_scale": 0.3}

    def no_dims(c):
        m(c)["inner_dim"] = m(c)["outer_dim"] = None

    def no_resample(c):
        m(c)["frame_rate"] = 50.0
        m(c)["inner_dim"] = m(c)["outer_dim"] = None

    def kind(t):
        return lambda c: f(c)["flow"].__setitem__("type", t)

    add("01_lsd_24k_bos", small=False, steps=(1, 4))
    add("02_lsd_24k_2026_01", nobos, small=False)
    add("03_flow_matching", kind("flow_matching"), steps=(16, 3))
    add("04_drifting", kind("drifting"), tok="a.model")
    add("05_pointwise", kind("pointwise"), tok="b.model")
    add("06_like_18m", like_18m, tok="a.model")
    add("07_like_2m", like_2m, tok="a.model")
    add("08_lsd_gqa", gqa, steps=(1, 2))
    add("09_lsd_rank_text_options", text_options, tok="b.json")
    add("10_lsd_zdim", lambda c: f(c).__setitem__("z_dim", 18))
    add("11_decoder_seanet_only", lambda c: decoder_side(c, 0, True, False))
    add("12_decoder_transformer_only", lambda c: decoder_side(c, 0, False, True))
    add("13_seanet_residual_dilation", seanet_variant)
    add("14_projected_transformer", projected)
    add("15_inner_outer_null", no_dims)
    add("16_bf16_file", lambda c: None, store="bf16")
    add("17_split_training_names", lambda c: None, split=True)
    add("18_no_resample", no_resample)
    return out


def build(cfg: Config, seed: int) -> TTSModel:
    torch.manual_seed(seed)
    model = TTSModel._from_pydantic_config(cfg, cfg.default_temperature, 1, None, cfg.default_eos_threshold, origin=None)
    width = cfg.mimi.inner_dim or cfg.mimi.seanet.dimension
    model.flow_lm.speaker_proj_weight = torch.nn.Parameter(torch.randn(cfg.flow_lm.transformer.d_model, width) / width**0.5)
    model.mimi = build_mimi(cfg.mimi)
    with torch.no_grad():
        model.flow_lm.emb_std.copy_(0.5 + torch.rand_like(model.flow_lm.emb_std))
        model.flow_lm.emb_mean.copy_(0.3 * torch.randn_like(model.flow_lm.emb_mean))
        for name, p in model.named_parameters():  # no tensor stays at 0 or 1, so that a skipped one changes the results
            if p.dim() == 3 and name.startswith("mimi"):
                p.mul_(1.9)
            elif p.dim() == 1:
                p.add_(0.1 * torch.randn_like(p) if not name.endswith("scale") else 0.2 + 0.1 * torch.rand_like(p))
    return model


def to_training_files(sd: dict, here: Path):
    """The two-file layout with training names and weight norm that the package also loads."""
    flow, mimi = {}, {}
    back = {"conditioner.embed.weight": "condition_provider.conditioners.transcript_in_segment.embed.weight",
            "speaker_proj_weight": "condition_provider.conditioners.speaker_wavs.output_proj.weight",
            "bos_before_voice": "fuser.padding_value"}
    for k, v in sd.items():
        if k.startswith("flow_lm."):
            k = k.removeprefix("flow_lm.")
            flow[back.get(k, k).replace(".self_attn.in_proj.weight", ".self_attn.in_proj_weight")] = v
            continue
        k = k.removeprefix("mimi.")
        for c in ("conv", "convtr"):
            for end in ("weight", "bias"):
                if k.endswith(f".{c}.{end}"):
                    k = k.removesuffix(f".{c}.{end}") + f".{c}.{c}.{end}"
        k = k.replace("in_proj.weight", "in_proj_weight")
        if k.endswith(".conv.conv.weight") and "encoder.model." in k:  # weight norm over dim 0
            norm = v.flatten(1).norm(dim=1).view(-1, 1, 1)
            mimi[k + "_g"], mimi[k + "_v"] = norm, v * 1.7  # the loader strips "model." from the others only
        else:
            mimi["model." + k] = v
    flow["num_ema_updates"] = torch.zeros(1)
    flow["condition_provider.conditioners.speaker_wavs.learnt_padding"] = torch.zeros(3)
    mimi["model.quantizer.vq.layers.0._codebook.embedding_sum"] = torch.zeros(2, 2)
    safetensors.torch.save_file({k: v.contiguous() for k, v in flow.items()}, here / "flow_lm.safetensors")
    safetensors.torch.save_file({k: v.contiguous() for k, v in mimi.items()}, here / "mimi.safetensors")


@contextlib.contextmanager
def given_noise(rows: list[torch.Tensor] | None):
    """FlowLMModel draws its noise with torch.nn.init.normal_; this replaces it by the given rows, then zeros."""
    real, left = torch.nn.init.normal_, list(rows or [])

    def fake(t, mean=0.0, std=1.0, generator=None):
        return t.copy_(left.pop(0).view_as(t)) if left else t.zero_()
    torch.nn.init.normal_ = fake
    try:
        yield
    finally:
        torch.nn.init.normal_ = real


@contextlib.contextmanager
def watch(module, store: list):
    h = module.register_forward_hook(lambda mod, args, out: store.append((args[0].detach().clone(), out.detach().clone())))
    try:
        yield
    finally:
        h.remove()


def caches(state, g, prefix):
    for i, name in enumerate(state):
        s = state[name]
        n = int(s["offset"][0])
        g[f"{prefix}.layer{i}.cache"] = s["cache"][:, :, :n].clone()
        assert not torch.isnan(g[f"{prefix}.layer{i}.cache"]).any()
    g[f"{prefix}.offset"] = s["offset"].clone()


@torch.no_grad()
def model_golden(here: Path, name: str, raw: dict, how: dict, seed: int, n_bins: int, tok_dir: Path, texts: list[str]) -> dict:
    here.mkdir(parents=True, exist_ok=True)
    raw["flow_lm"]["lookup_table"]["n_bins"] = n_bins
    local = copy.deepcopy(raw)
    local["flow_lm"]["lookup_table"]["tokenizer_path"] = str(tok_dir / f"tokenizer_{how['tokenizer']}")
    number = int(name[:2])
    model = build(Config(**local), 1000 * seed + number)
    sd = {k: v.detach().clone() for k, v in model.state_dict().items()}
    if how["store"] == "bf16":
        sd = {k: v.to(torch.bfloat16) for k, v in sd.items()}
    if how["split"]:
        raw.pop("weights_path"), local.pop("weights_path")
        for part in ("flow_lm", "mimi"):
            raw[part]["weights_path"] = f"{part}.safetensors"
            local[part]["weights_path"] = str(here / f"{part}.safetensors")
        to_training_files(sd, here)
    else:
        safetensors.torch.save_file(sd, here / "model.safetensors")
        local["weights_path"] = str(here / "model.safetensors")
    (here / "config.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(raw)), sort_keys=False, allow_unicode=True))
    # from here on: the package's own loader, on the files just written
    load_yaml = here / "_local.yaml"
    load_yaml.write_text(yaml.safe_dump(local, allow_unicode=True))
    model = TTSModel.load_model(config=load_yaml, temp=0.0)
    load_yaml.unlink()
    cfg, flow, mimi, g, meta = model.config, model.flow_lm, model.mimi, {}, {}
    rate = cfg.mimi.sample_rate
    loaded = model.state_dict()
    if not how["split"]:
        assert all(torch.equal(loaded[k].float(), sd[k].float()) for k in sd)

    # text
    text = texts[0]
    prepared, _ = prepare_text_prompt(text, cfg.pad_with_spaces_for_short_inputs, cfg.remove_semicolons, cfg.append_terminal_punctuation,
                                      cfg.capitalize_first_letter, cfg.replace_characters)
    tokens = flow.conditioner.prepare(prepared)
    g["text.tokens"], g["text.embeddings"] = tokens, flow.conditioner(tokens)

    # voice
    pcm = voice_wave(VOICE_SECONDS, rate, 1000 * seed + number)
    wav = pcm[None].float() / 32768
    g["voice.pcm"] = pcm
    paused = end_on_pause(wav, rate)
    meta["voice_paused_samples"] = paused.shape[-1]
    enc, ent = [], []
    with watch(mimi.encoder, enc), watch_list(mimi.encoder_transformer, ent):
        latent = mimi.encode_to_latent(paused[None])
    if rate < 24000:
        g["voice.seanet"], g["voice.transformer"] = enc[0][1], ent[0]
    g["voice.latent"] = latent
    cond = model._encode_audio(paused[None])
    if flow.insert_bos_before_voice:
        cond = torch.cat([flow.bos_before_voice, cond], 1)
    g["voice.conditioning"] = cond
    state = model.get_state_for_audio_prompt(wav)
    export_model_state(state, here / "voice_state.safetensors")
    g["after_voice.offset"] = next(iter(state.values()))["offset"].clone()
    if number == 1:  # the older voice file layout: no offset, the length is a shape
        old = {}
        for mod, s in state.items():
            old[f"{mod}/cache"], old[f"{mod}/current_end"] = s["cache"], torch.zeros(int(s["offset"][0]))
        safetensors.torch.save_file(old, here / "voice_state_old_layout.safetensors")

    # text prompt, then STEPS steps
    def generate(noise, steps, tag):
        model.sampler_decode_steps = steps
        s = copy.deepcopy(state)
        model._expand_kv_cache(s, model._flow_lm_current_end(s) + tokens.shape[1] + STEPS)
        model._run_flow_lm_and_increment_step(s, text_tokens=tokens)
        if tag == "gen0":
            g["after_text.offset"] = next(iter(s.values()))["offset"].clone()
        x, heads, latents, flags = torch.full((1, 1, flow.ldim), float("nan")), [], [], []
        with watch(flow.out_eos, heads), given_noise(noise):
            for _ in range(STEPS):
                x, eos = model._run_flow_lm_and_increment_step(s, backbone_input_latents=x)
                latents.append(x)
                flags.append(bool(eos))
        g[f"{tag}.hidden"] = torch.cat([h[0] for h in heads])
        g[f"{tag}.eos_logit"] = torch.cat([h[1] for h in heads])[:, 0]
        g[f"{tag}.latent"] = z = torch.cat(latents, 1)
        if tag == "gen0":
            caches(s, g, "after_steps")
        z = z * flow.emb_std + flow.emb_mean
        up = int(mimi.encoder_frame_rate / mimi.frame_rate)
        ms = init_states(mimi, 1, STEPS * up)
        ups, trs = [], []
        with watch_list(mimi.decoder_transformer, trs):
            whole = mimi.decode_from_latent(z, ms)
        ms, parts = init_states(mimi, 1, STEPS * up), []
        for i in range(STEPS):
            parts.append(mimi.decode_from_latent(z[:, i:i + 1], ms))
            increment_steps(mimi, ms, increment=up)
        parts = torch.cat(parts, -1)
        meta[f"{tag}.stream_max_diff"] = float((parts - whole).abs().max())
        meta[f"{tag}.audio_rms"] = float(whole.square().mean().sqrt())
        meta[f"{tag}.sampler_decode_steps"] = steps
        if tag == "gen1" or (rate < 24000 and tag == "gen0"):
            g[f"{tag}.audio_frames"] = parts
        if tag == "gen0":
            g[f"{tag}.decoder_transformer"] = trs[0]
            if rate < 24000:
                g[f"{tag}.audio_whole"] = whole
        return [float(v) for v in g[f"{tag}.eos_logit"]]

    rng = torch.Generator().manual_seed(77 * seed + number)
    noise = 0.6 * torch.randn(STEPS, flow.ldim, generator=rng)
    logits = generate(None, how["steps"][0], "gen0")
    g["gen1.noise"] = noise
    generate(list(noise), how["steps"][0], "gen1")
    for k, steps in enumerate(how["steps"][1:]):
        generate(list(noise), steps, f"gen{2 + k}")
    model.sampler_decode_steps = how["steps"][0]

    # generate_audio as a whole, noise 0: EOS rule, tail frames, several chunks, fade-in
    full = []
    cap = 11
    model._estimate_max_gen_len = lambda n: cap
    model.max_decoder_frames_per_call = 1  # else the decoder's batches, and with them the rounding, depend on thread timing
    order = sorted(logits[6:])
    cases = [(texts[0], 50, cfg.default_eos_threshold, None), (texts[1], 50, order[-1], None), (texts[2], 40, order[len(order) // 2], 1)]
    cases += [(texts[1], 50, 1e9, 0)] * (number == 3)  # never an EOS: stops at max_gen_len
    for k, (t, max_tokens, thr, after) in enumerate(cases[:1] if rate == 24000 else cases):
        for shift in range(40):  # no result may depend on rounding: keep the threshold away from every logit
            model.eos_threshold = thr = float(np.float32(thr - 0.003 * shift))
            seen = []
            with given_noise(None), watch(flow.out_eos, seen):
                audio = model.generate_audio(state, t, max_tokens=max_tokens, frames_after_eos=after)
            near = min(abs(float(o) - thr) for _, o in seen)
            if near > 2e-3:
                break
        else:
            raise SystemExit(f"{name}: no clear EOS threshold")
        chunks = split_into_best_sentences(flow.conditioner.tokenizer, t, max_tokens, cfg.pad_with_spaces_for_short_inputs, remove_semicolons=cfg.remove_semicolons,
                                           append_terminal_punctuation=cfg.append_terminal_punctuation, capitalize_first_letter=cfg.capitalize_first_letter,
                                           replace_characters=cfg.replace_characters)
        g[f"full{k}.audio"] = audio
        full.append({"text": t, "max_tokens": max_tokens, "eos_threshold": thr, "frames_after_eos": after, "max_gen_len": cap,
                     "chunks": chunks, "frames": audio.shape[0] * cfg.mimi.frame_rate / rate, "nearest_logit_to_threshold": near})
    meta["full"] = full
    meta |= {"text": text, "prepared": prepared, "steps": how["steps"], "tokenizer": how["tokenizer"], "store": how["store"], "sample_rate": rate}
    for k, v in g.items():
        assert v.dtype in (torch.int64, torch.int16) or torch.isfinite(v).all(), k
    safetensors.torch.save_file({k: v.detach().clone().contiguous() for k, v in g.items()}, here / "golden.safetensors")
    meta["tensors"] = {k: [str(v.dtype).split(".")[1], list(v.shape)] for k, v in g.items()}
    (here / "golden.json").write_text(json.dumps(meta, ensure_ascii=False, indent=0))
    return meta


@contextlib.contextmanager
def watch_list(module, store: list):
    """As watch, for a module returning a list of one tensor."""
    h = module.register_forward_hook(lambda mod, args, out: store.append(out[0].detach().clone()))
    try:
        yield
    finally:
        h.remove()


README = """# Goldens of the reference pocket-tts on tiny random models

Made by `make_goldens.py --out DIR --seed {seed}` with pocket-tts {pocket}, torch {torch}, sentencepiece {sp}, tokenizers {tok},
scipy {scipy}, numpy {numpy}, Python {py}; CPU, float32, one thread. Every value is the output of the installed package (no code of
it is copied here); weights, waves and noise are random under the seed, so nothing here is a trained voice or model.
Texts, vocabularies and configurations in this folder were written or trained by the script.

## Top level
- `tokenizer_a.model/.json`: unigram, byte fallback, identity normalizer, whitespace kept, dummy prefix ({na} pieces).
  `tokenizer_b.*`: unigram, nmt_nfkc, extra whitespace removed, no byte fallback ({nb} pieces). `.json` is the same vocabulary for the
  `tokenizers` package; strings for which the two forms give different ids are listed in `text_golden.json: model_json_differ` and both
  results are stored (the reference uses whichever file the config names).
- `text_golden.json`: `texts`; `options` (arguments); `prepare_text_prompt` -> `ok: [text, frames_after_eos_guess]` or `error: <exception type>`;
  `split_into_best_sentences` per tokenizer -> `ok: [chunk...]`; `tokens`: ids and decode(ids).
- `audio_golden.safetensors`: `convert.SRC_DST.in/out` = convert_audio (scipy resample_poly); `pause.K_RATE.in/out` = end_on_pause;
  `read.stereo_16k` = audio_read(stereo_16k.wav); `write.*` = StreamingWAVWriter of write.in in two chunks (100, rest), bytes of the file,
  to a seekable file and to a pipe.

## Per configuration (NN_name/)
`config.yaml` (paths relative to the folder), weights, `voice_state.safetensors` (export_model_state of the state after the voice prompt), `golden.safetensors`,
`golden.json` (texts, thresholds, shapes of every tensor). Shapes are torch's; d = d_model, z = z_dim or d, l = latent width.
- `text.tokens` [1,T] i64, `text.embeddings` [1,T,d]: conditioner of `prepared`.
- `voice.pcm` [S] i16: the prompt; samples are pcm/32768 at the config's rate; end_on_pause is applied to it before encoding.
- `voice.seanet` [1,C,T'] and `voice.transformer` [1,C,T']: after mimi.encoder / mimi.encoder_transformer; `voice.latent` [1,F,inner]:
  mimi.encode_to_latent; `voice.conditioning` [1,F(+1),d]: times speaker_proj_weight, bos_before_voice put in front if configured.
- `after_steps.layerI.cache` [2,1,n,Hkv,D]: keys after RoPE and values, after the voice prompt, the text prompt and the {steps} steps of gen0;
  its first `after_voice.offset` positions are the state after the voice prompt (= voice_state.safetensors), its first `after_text.offset`
  positions the state after the text prompt.
- `genK.*`: {steps} autoregressive steps from the voice + text state, first input NaN (BOS). gen0: noise 0 (temperature 0). gen1: noise row i of
  `gen1.noise` at step i, used as it is (no scaling, no clamp). gen2...: the same noise, another sampler_decode_steps (golden.json).
  `.hidden` [n,z] input of the EOS and flow heads (after out_norm and z_proj), `.eos_logit` [n], `.latent` [1,n,l] (before emb_std/emb_mean),
  `.audio_frames` [1,1,n*frame]: Mimi decode, one frame per call (gen1; gen0 too from 03 on); `.audio_whole`: the same in one call (the difference is in golden.json,
  `stream_max_diff`); `gen0.decoder_transformer` [1,C,n*up]: mimi.decoder_transformer's output in the one-call decode.
- `fullK.audio` [samples]: generate_audio with the arguments in golden.json `full`, noise 0, max_gen_len fixed at `max_gen_len`
  (_estimate_max_gen_len replaced): text chunking, EOS rule, frames after EOS, 5 ms fade-in per chunk. Mimi one frame per call (max_decoder_frames_per_call = 1).
- 16_bf16_file: weights stored as bfloat16, computed in float32. 17: flow_lm.weights_path + mimi.weights_path with training names and
  weight norm (g, v). 01 also has voice_state_old_layout.safetensors (current_end in place of offset).
- `dtype: bfloat16` in a config is not covered: the reference {pocket} fails on it ({bf16}).
"""


def bf16_config_error(out: Path, sizes) -> str:
    c = base_config(0, 3)
    c["flow_lm"]["dtype"] = "bfloat16"
    c["flow_lm"]["lookup_table"] |= {"n_bins": sizes["a"], "tokenizer_path": str(out / "tokenizer_a.json")}
    model = build(Config(**c), 1)
    stamp_state_names(model)
    try:
        with torch.no_grad():
            state = init_states(model.flow_lm, 1, 8)
            model._run_flow_lm_and_increment_step(state, backbone_input_latents=torch.full((1, 1, model.flow_lm.ldim), float("nan"), dtype=torch.bfloat16))
        return "no error seen"
    except Exception as e:
        return f"{type(e).__name__}: {str(e).splitlines()[0][:100]}"


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--out", type=Path, required=True)
    ap.add_argument("--seed", type=int, default=0)
    ap.add_argument("--only", help="comma-separated configuration names")
    args = ap.parse_args()
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    args.out.mkdir(parents=True, exist_ok=True)
    texts = make_texts(args.seed)
    sizes = train_tokenizers(args.out, args.seed)
    index = {"seed": args.seed, "text": text_goldens(args.out, texts, sizes), "audio": audio_goldens(args.out, args.seed), "configs": {}}
    rng = random.Random(f"pick{args.seed}")
    long = [t for t in texts if len(t.split()) > 8]
    for name, (raw, how) in configs(args.seed).items():
        if args.only and name not in args.only.split(","):
            continue
        sample = [rng.choice(long)[:60].strip(), rng.choice([t for t in texts if 0 < len(t.split()) <= 4 and t.strip()]), rng.choice([t for t in long if len(t) > 80] or long)[:75].strip()]
        meta = model_golden(args.out / name, name, raw, how, args.seed, sizes[how["tokenizer"][0]], args.out, sample)
        index["configs"][name] = {k: v for k, v in meta.items() if k != "tensors"}
        print(name, f"stream diff {meta['gen0.stream_max_diff']:.1e}", f"rms {meta['gen0.audio_rms']:.3f}",
              "full", [(f["frames"], round(f["nearest_logit_to_threshold"], 5)) for f in meta["full"]], flush=True)
    (args.out / "index.json").write_text(json.dumps(index, ensure_ascii=False, indent=0))
    (args.out / "README.md").write_text(README.format(
        seed=args.seed, pocket=version("pocket-tts"), torch=version("torch"), sp=version("sentencepiece"), tok=version("tokenizers"), scipy=version("scipy"),
        numpy=version("numpy"), py=__import__("platform").python_version(), na=sizes["a"], nb=sizes["b"], steps=STEPS, bf16=bf16_config_error(args.out, sizes)))
    for p in args.out.rglob("*.safetensors"):
        p.chmod(0o644)
    total = sum(p.stat().st_size for p in args.out.rglob("*") if p.is_file())
    print(json.dumps({"bytes": total, "text": index["text"]}))


if __name__ == "__main__":
    main()
