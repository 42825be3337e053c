"""Makes train-fixture.json: three optimizer steps of two tiny random Llamas in float64, by transformers and PyTorch.

Run: python make_train_fixture.py   (torch, transformers). The result is committed; nothing else needs Python.
Covers grouped-query attention, untied and tied heads, packed rows (two texts under one block-diagonal mask), token
weights, temperature, the k3 penalty against a reference model, clipping by global norm and AdamW with decay on
matrices only.
"""
import json
import pathlib

import torch
from transformers import LlamaConfig, LlamaForCausalLM

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
CONFIG = dict(vocab_size=11, hidden_size=8, intermediate_size=12, num_hidden_layers=2, num_attention_heads=4,
              num_key_value_heads=2, head_dim=4, rope_theta=100.0, rms_norm_eps=1e-5, max_position_embeddings=32)
LENGTHS = [[5, 3], [7]]  # texts packed into two rows of 8, the rest is padding
TIME, TEMPERATURE, KL = 8, 0.7, 0.3
LR, BETAS, EPS, DECAY, CLIP = 0.05, (0.9, 0.99), 1e-8, 0.1, 0.5


def model(seed, tied):
    torch.manual_seed(seed)
    m = LlamaForCausalLM(LlamaConfig(**CONFIG, tie_word_embeddings=tied, attn_implementation="eager")).to(torch.float64)
    with torch.no_grad():
        for p in m.parameters():
            p.copy_(torch.randn_like(p) * (0.3 if p.dim() > 1 else 0.1) + (0 if p.dim() > 1 else 1))
    return m


def logprobs(m, ids):
    """log p of each token after the first, at its own place; 0 at the first."""
    scaled = m(input_ids=ids[None]).logits[0] / TEMPERATURE
    picked = torch.log_softmax(scaled, -1)[:-1].gather(1, ids[1:, None])[:, 0]
    return torch.cat([torch.zeros(1), picked])


def tensors(state, tied):
    kept = {k: v for k, v in state.items() if not (tied and k == 'lm_head.weight')}
    return {k: dict(shape=list(v.shape), data=v.flatten().tolist()) for k, v in kept.items()}


def case(tied):
    policy, reference = model(1, tied), model(2, tied)
    generator = torch.Generator().manual_seed(3)
    texts = [[torch.randint(0, 11, (n,), generator=generator) for n in row] for row in LENGTHS]
    weights = [[torch.randn(n, generator=generator) for n in row] for row in LENGTHS]
    initial = {k: v.clone() for k, v in policy.state_dict().items()}
    decay = [p for p in policy.parameters() if p.dim() > 1]
    rest = [p for p in policy.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW([dict(params=decay, weight_decay=DECAY), dict(params=rest, weight_decay=0.0)],
                                  lr=LR, betas=BETAS, eps=EPS)
    steps = []
    for _ in range(3):
        optimizer.zero_grad()
        loss, kl = torch.zeros(()), torch.zeros(())
        scored = []
        for row, row_weights in zip(texts, weights):
            for ids, w in zip(row, row_weights):
                lp = logprobs(policy, ids)
                with torch.no_grad():
                    ref = logprobs(reference, ids)
                loss = loss - (w * lp)[1:].sum()
                r = (ref - lp)[1:]
                kl = kl + KL * (torch.exp(r) - r - 1).sum()
                scored.append(lp.tolist())
        (loss + kl).backward()
        norm = torch.nn.utils.clip_grad_norm_(policy.parameters(), CLIP)
        steps.append(dict(loss=loss.item(), kl=kl.item(), gradientNorm=norm.item(), logprobs=scored))
        optimizer.step()
    return dict(config=dict(CONFIG, tie_word_embeddings=tied), time=TIME, temperature=TEMPERATURE,
               klCoefficient=KL, learningRate=LR, beta1=BETAS[0], beta2=BETAS[1], epsilon=EPS,
               weightDecay=DECAY, clipNorm=CLIP,
               rows=[[t.tolist() for t in row] for row in texts],
               weights=[[w.tolist() for w in row] for row in weights],
               policy=tensors(initial, tied), reference=tensors(reference.state_dict(), tied), steps=steps,
               trained=tensors(policy.state_dict(), tied))


pathlib.Path(__file__).with_name("train-fixture.json").write_text(json.dumps([case(False), case(True)]))
