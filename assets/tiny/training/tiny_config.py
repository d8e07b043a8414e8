"""The model's configuration in pocket-tts format, and its parts for training."""
import yaml
from pocket_tts.models.flow_lm import FlowLMModel
from pocket_tts.models.mimi import build_mimi
from pocket_tts.utils.config import Config

VOCAB = 512
HEAD = """# Tiny single-voice English model in pocket-tts format. The two paths are relative to this file;
# a loader that resolves paths against the working directory must be started from here.
"""
# Attention heads that follow the text: those that training guides. The reference package doesn't know the key.
TIMESTAMPS = """# Attention heads that follow the text.
timestamp_heads: [{layer: 1, head: 0}, {layer: 2, head: 0}, {layer: 3, head: 0}]
"""


def config_dict(weights="model.safetensors", tokenizer="tokenizer.model"):
    """The configuration as a dictionary."""
    seanet = dict(channels=1, n_residual_layers=1, ratios=[6, 5, 4], residual_kernel_size=3, last_kernel_size=3,
                  dilation_base=2, pad_mode="constant", compress=2)
    return dict(
        weights_path=str(weights), default_temperature=0.0, default_eos_threshold=0.0,
        model_recommended_frames_after_eos=2,
        replace_characters={"–": ",", "—": ",", "’": "'", "‘": "'", "“": "", "”": "", '"': ""},
        flow_lm=dict(
            insert_bos_before_voice=True, dtype="float32", flow=dict(depth=2, dim=128, type="drifting"),
            transformer=dict(d_model=192, hidden_scale=1, max_period=10000, num_heads=4, num_layers=6,
                             dim_feedforward=512),
            lookup_table=dict(dim=192, n_bins=VOCAB, tokenizer="sentencepiece", tokenizer_path=str(tokenizer))),
        mimi=dict(
            dtype="float32", sample_rate=24000, inner_dim=32, outer_dim=128, channels=1, frame_rate=12.5,
            seanet=dict(seanet, dimension=128, n_filters=12, kernel_size=7),
            transformer=dict(d_model=128, num_heads=4, num_layers=2, layer_scale=0.1, context=50,
                             dim_feedforward=256, input_dimension=128, output_dimensions=[128]),
            quantizer=dict(dimension=32, output_dimension=128),
            decoder_seanet=dict(seanet, dimension=128, n_filters=24, kernel_size=3),
            decoder_transformer=dict(d_model=128, num_heads=4, num_layers=4, layer_scale=0.1, context=50,
                                     dim_feedforward=384, input_dimension=128, output_dimensions=[128])))


def build_flow_lm(tokenizer):
    """A flow language model with random weights."""
    c = Config(**config_dict(tokenizer=tokenizer))
    return FlowLMModel.from_pydantic_config(c.flow_lm, latent_dim=32, insert_bos_before_voice=True)


def build_codec():
    """A codec with random weights."""
    return build_mimi(Config(**config_dict()).mimi)


def write_config(path, timestamps):
    """Write the configuration, with or without the key that the reference package doesn't know."""
    text = yaml.safe_dump(config_dict(), sort_keys=False, allow_unicode=True)
    if timestamps:
        text = text.replace("flow_lm:\n", TIMESTAMPS + "flow_lm:\n", 1)
    path.write_text(HEAD + text, encoding="utf-8")
