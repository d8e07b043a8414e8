"""The training-time forward of the codec, on whole crops. It equals the reference's streaming one."""
import torch
from pocket_tts.modules.conv import StreamingConv1d, StreamingConvTranspose1d
from pocket_tts.modules.seanet import SEANetResnetBlock
from torch.nn import functional as F

from lm_model import halves, rotary, rotate


def conv(m, x):
    """A causal convolution."""
    pad = m._effective_kernel_size - m._stride
    if pad:
        x = F.pad(x, (pad, 0), mode="replicate" if m.pad_mode == "replicate" else "constant")
    return m.conv(x)


def convtr(m, x):
    """A causal transposed convolution."""
    return m.convtr(x)[..., : x.shape[-1] * m._stride]


def seanet(net, x):
    """A SEANet encoder or decoder."""
    for layer in net.model:
        if isinstance(layer, SEANetResnetBlock):
            v = x
            for sub in layer.block:
                v = conv(sub, v) if isinstance(sub, StreamingConv1d) else sub(v)
            x = x + v
        elif isinstance(layer, StreamingConvTranspose1d):
            x = convtr(layer, x)
        else:
            x = conv(layer, x) if isinstance(layer, StreamingConv1d) else layer(x)
    return x


def transformer(net, x):
    """A transformer of the codec on [B, D, T]."""
    x = x.transpose(1, 2)
    sa = net.transformer.layers[0].self_attn
    (b, t, width), h, d = x.shape, sa.num_heads, sa.dim_per_head
    cos, sin = rotary(t, d, torch.float32)
    order = halves(h, d)
    i = torch.arange(t)
    delta = i[:, None] - i[None]
    bias = torch.zeros(t, t).masked_fill((delta < 0) | (delta >= sa.context), -1e4)
    for layer in net.transformer.layers:
        sa = layer.self_attn
        q, k, v = F.linear(layer.norm1(x), sa.in_proj.weight[order]).view(b, t, 3, h, d).permute(2, 0, 3, 1, 4)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        o = torch.matmul((torch.matmul(q * d ** -0.5, k.transpose(2, 3)) + bias).softmax(-1), v)
        x = x + layer.layer_scale_1(sa.out_proj(o.transpose(1, 2).reshape(b, t, width)))
        x = x + layer.layer_scale_2(layer.linear2(F.gelu(layer.linear1(layer.norm2(x)), approximate="tanh")))
    return x.transpose(1, 2)


def decode(codec, z, hidden=False):
    """[B, T, 32] latents to [B, T * 1920] samples, and on request the transformer's output, [B, 16 T, 128]."""
    x = codec.quantizer(z.transpose(1, 2))
    x = convtr(codec.upsample.convtr, x)
    x = transformer(codec.decoder_transformer, x)
    y = seanet(codec.decoder, x)[:, 0]
    return (y, x.transpose(1, 2)) if hidden else y


def encode(codec, audio):
    """[B, N] samples to [B, T, 32] latents."""
    x = seanet(codec.encoder, audio[:, None])
    x = transformer(codec.encoder_transformer, x)
    return conv(codec.downsample.conv, x).transpose(1, 2)
