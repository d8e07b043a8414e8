"""The training-time forward of the flow language model, and its losses.

The parameters are the reference FlowLMModel's. The forward equals the reference's for whole texts, in
few large operators: the voice prefix is computed once for a batch, the heads' halves are split by a
permutation of weights instead of one of activations, and the flow net's conditions are shared by all
noise samples.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F

from lm_data import SUBS

GUIDED = (1, 2, 3)                          # layers whose first head is pulled towards the text spoken


def halves(h, d):
    """Rows of q, k and v so that rotary pairs (0, 1), (2, 3), … become (0, d/2), (1, d/2 + 1), …"""
    one = torch.cat([torch.arange(0, d, 2), torch.arange(1, d, 2)])
    qk = torch.cat([one + d * i for i in range(2 * h)])
    return torch.cat([qk, torch.arange(2 * h * d, 3 * h * d)])


def rotate(x, cos, sin):
    """Rotary positions on [..., T, D] whose pairs are its two halves."""
    r, i = x.chunk(2, -1)
    return torch.cat([r * cos - i * sin, r * sin + i * cos], -1)


def rotary(n, d, dtype, period=10000.0):
    """cos and sin of the angles: [n, d / 2] each."""
    f = torch.exp(torch.arange(d // 2) * (-math.log(period) * 2 / d))
    a = torch.arange(n)[:, None] * f
    return torch.cos(a).to(dtype), torch.sin(a).to(dtype)


def transformer_layer(x, p, weights, cos, sin, mask, heads, guided):
    """One layer over a batch x and its shared prefix p. Returns x, p and the first head's scores if guided."""
    w_in, n1, n2, w_out, w_1, w_2 = weights
    b, t, width = x.shape
    d = width // heads

    def split(y):
        q, k, v = F.linear(F.layer_norm(y, (width,), *n1), w_in).view(y.shape[0], y.shape[1], 3, heads, d).permute(2, 0, 3, 1, 4)
        return q, k, v

    def feed_forward(y):
        return y + F.linear(F.gelu(F.linear(F.layer_norm(y, (width,), *n2), w_1), approximate="tanh"), w_2)

    n = p.shape[1]
    pq, pk, pv = split(p)
    pq, pk = rotate(pq, cos[:n], sin[:n]), rotate(pk, cos[:n], sin[:n])
    q, k, v = split(x)
    q, k = rotate(q, cos[n:n + t], sin[n:n + t]), rotate(k, cos[n:n + t], sin[n:n + t])
    k = torch.cat([pk.expand(b, -1, -1, -1), k], 2)
    v = torch.cat([pv.expand(b, -1, -1, -1), v], 2)
    s = torch.matmul(q * d ** -0.5, k.transpose(2, 3)) + mask
    o = torch.matmul(s.softmax(-1), v)
    x = feed_forward(x + F.linear(o.transpose(1, 2).reshape(b, t, width), w_out))
    po = F.scaled_dot_product_attention(pq, pk, pv, is_causal=True)
    p = feed_forward(p + F.linear(po.transpose(1, 2).reshape(1, n, width), w_out))
    return x, p, s[:, 0] if guided else None


def flow_samples(net, c, noises):
    """The flow net's samples for each tensor of noise, all under the same conditions c."""
    y = F.silu(net.cond_embed(c))
    shifts = [b.adaLN_modulation[1](y).chunk(3, -1) for b in net.res_blocks]
    last = net.final_layer.adaLN_modulation[1](y).chunk(2, -1)
    x = net.input_proj(torch.stack(noises))
    for block, (shift, scale, gate) in zip(net.res_blocks, shifts):
        norm = F.layer_norm(x, x.shape[-1:], block.in_ln.weight, block.in_ln.bias, block.in_ln.eps)
        x = x + gate * block.mlp(norm * (1 + scale) + shift)
    x = F.layer_norm(x, x.shape[-1:], None, None, 1e-6) * (1 + last[1]) + last[0]
    return net.final_layer.linear(x)


class Trainer(nn.Module):
    """The language model with what only training needs: phoneme heads and the losses."""

    def __init__(self, lm, phonemes):
        super().__init__()
        self.lm, self.n_ph = lm, phonemes
        lm.speaker_proj_weight = nn.Parameter(torch.randn(lm.dim, lm.ldim) / math.sqrt(lm.ldim))
        self.aux = nn.ModuleList([nn.Linear(lm.dim, SUBS * phonemes) for _ in range(2)])
        sa = lm.transformer.layers[0].self_attn
        self.heads = sa.num_heads
        self.register_buffer("order", halves(sa.num_heads, sa.dim_per_head), persistent=False)
        self.layer = transformer_layer
        self.flow = flow_samples
        with torch.no_grad():
            lm.conditioner.embed.weight.mul_(0.5)
            lm.bos_before_voice.mul_(0.5)
            for layer in lm.transformer.layers:
                layer.self_attn.out_proj.weight.mul_(0.3)
                layer.linear2.weight.mul_(0.3)
            for m in [b.adaLN_modulation[1] for b in lm.flow_net.res_blocks] + [lm.flow_net.final_layer.adaLN_modulation[1]]:
                m.weight.mul_(0.1)
                m.bias.zero_()

    def backbone(self, batch, zin, prompt, dtype):
        """The output at each audio row, the fourth layer's output there, and the guided heads' scores."""
        lm = self.lm
        p = torch.cat([lm.bos_before_voice, F.linear(prompt[None], lm.speaker_proj_weight)], 1).to(dtype)
        x = lm.conditioner.embed(batch["ids"]) * batch["text"]
        audio = F.linear(zin, lm.input_linear.weight) * batch["valid"][:, None]
        b, t, width = x.shape
        x = x.view(-1, width).index_add(0, batch["rows"], audio).view(b, t, width).to(dtype)
        n = p.shape[1]
        cos, sin = rotary(n + t, width // self.heads, dtype)
        mask = torch.zeros(t, n + t, dtype=dtype).masked_fill(~torch.ones(t, n + t, dtype=torch.bool).tril(n), -1e4)
        scores, mid = [], None
        for i, layer in enumerate(lm.transformer.layers):
            sa = layer.self_attn
            weights = (sa.in_proj.weight[self.order].to(dtype), (layer.norm1.weight.to(dtype), layer.norm1.bias.to(dtype)),
                       (layer.norm2.weight.to(dtype), layer.norm2.bias.to(dtype)), sa.out_proj.weight.to(dtype),
                       layer.linear1.weight.to(dtype), layer.linear2.weight.to(dtype))
            x, p, s = self.layer(x, p, weights, cos, sin, mask, self.heads, i in GUIDED)
            if s is not None:
                scores.append(s)
            if i == 3:
                mid = x.view(-1, width)[batch["rows"]]
        return lm.out_norm(x.view(-1, width)[batch["rows"]].float()), mid, scores

    def attention_loss(self, batch, scores, prefix):
        """Cross entropy between the guided heads and a bump around the character being spoken."""
        near = -0.5 * ((batch["centre"][:, None] - batch["pos"][:, :, None]) / 1.5) ** 2
        target = torch.softmax(near, -1)
        share = batch["audio"] / batch["audio"].sum()
        total = 0.0
        for s in scores:
            s = s.float()
            total = total + ((s.logsumexp(-1) - (target * s[:, :, prefix:].clamp_min(-1e3)).sum(-1)) * share).sum()
        return total / len(scores)

    def own_frames(self, batch, prompt, dtype):
        """What the model says for each frame when it reads the teacher's."""
        with torch.no_grad(), torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
            c = self.backbone(batch, self.shifted(batch["y"], batch), prompt, dtype)[0]
            return self.flow(self.lm.flow_net, c, [0.55 * torch.randn_like(batch["y"])])[0].float()

    def shifted(self, y, batch):
        """The frame before each row, which is BOS for the first."""
        zin = y.roll(1, 0)
        return zin + batch["first"][:, None] * (self.lm.bos_emb - zin)

    def inputs(self, batch, noise, drop, own=None):
        """The frames before each row, with noise and swapped frames, so that generation forgives its errors.

        Two in five frames are the model's own if they are given.
        """
        y = batch["y"]
        if own is not None:
            y = torch.where(torch.rand(len(y), 1) < 0.4, own, y)
        zin = y.roll(1, 0)
        row = torch.rand(int(batch["owner"].max()) + 1)[batch["owner"]][:, None]
        zin = zin + noise * row * torch.randn_like(zin)
        swap = (torch.rand(len(zin), 1) < drop * row * 2).float()
        zin = zin + swap * (y[torch.randint(len(y), (len(y),))] - zin)
        return zin + batch["first"][:, None] * (self.lm.bos_emb - zin)

    def loss(self, batch, prompt, noise=0.5, drop=0.1, sampled=False, dtype=torch.float32):
        """The total loss of a batch and its parts. With `sampled` the model reads some frames of its own."""
        lm, y, w = self.lm, batch["y"], batch["weight"]
        own = self.own_frames(batch, prompt, dtype) if sampled else None
        c, mid, scores = self.backbone(batch, self.inputs(batch, noise, drop, own), prompt, dtype)
        noises = [torch.randn_like(y), torch.randn_like(y), torch.zeros_like(y)]
        with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
            x1, x2, x0 = self.flow(lm.flow_net, c, noises).float()
            heads = [h(s.float()) for h, s in zip(self.aux, (mid, c))]
        dist = lambda a, b: ((a - b).square().sum(-1) + 1e-4).sqrt()
        es = (w * (0.5 * (dist(x1, y) + dist(x2, y)) - 0.5 * dist(x1, x2))).sum()
        centre = (w * dist(x0, y)).sum()
        valid = batch["valid"] / batch["valid"].sum()
        l_eos = (F.binary_cross_entropy_with_logits(lm.out_eos(c)[:, 0], batch["eos"], reduction="none") * valid).sum()
        l_ph = [F.cross_entropy(h.float().view(-1, self.n_ph), batch["lab"].view(-1), ignore_index=-100) for h in heads]
        l_att = self.attention_loss(batch, scores, 1 + len(prompt))
        total = es + 0.5 * centre + 0.3 * l_eos + 0.3 * (l_ph[0] + l_ph[1]) + 0.3 * l_att
        return total, dict(es=es, centre=centre, eos=l_eos, ph_mid=l_ph[0], ph=l_ph[1], att=l_att)
