"""Makes tiny random models of every supported family, and what PyTorch computes with them.

Run: python make_families.py [OUT]   (needs torch, safetensors, transformers 5)

Without OUT it writes families/ beside this file: each row of the table below in one of four forms (F32 or BF16,
whole or in shards, in turn), which is what the repository holds. With OUT it writes every row there in all four forms.

families/NAME/          config.json, generation_config.json and weights as transformers saves them. All values of the
                        weights can be written in BF16, so that the four forms hold the same numbers.
    reference.json      texts; prompts with their greedy continuations; samples with advantages and their RLOO loss;
                        the versions that made it
    reference.safetensors   logits.I of text I [tokens, vocabulary]; gradient.NAME of the loss, for each parameter

Texts are longer than the windows and than the texts of "pre-training", so that windows and rotary scaling matter.
"""

import json
import random
import shutil
import sys
from pathlib import Path

import safetensors
import torch
import transformers
from safetensors.torch import save_file

VOCABULARY = 24
EOS = 2
SMALL = dict(
    vocab_size=VOCABULARY, hidden_size=16, intermediate_size=20, num_hidden_layers=3, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=64, bos_token_id=1, eos_token_id=EOS, pad_token_id=0,
)
WIDE = dict(hidden_size=256, num_hidden_layers=1)
LAYER_TYPES = ["sliding_attention", "full_attention", "sliding_attention"]


def rope(theta, **more):
    return {"rope_parameters": {"rope_theta": theta, **({"rope_type": "default"} | more)}}


ROWS = {
    "llama": ("Llama", dict(head_dim=6, tie_word_embeddings=False, **rope(500.0))),
    "llama3-scaling": ("Llama", dict(
        tie_word_embeddings=True, attention_bias=True, mlp_bias=True, head_dim=8,
        **rope(100.0, rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
               original_max_position_embeddings=16))),
    "llama-linear": ("Llama", dict(**rope(100.0, rope_type="linear", factor=4.0))),
    "llama-dynamic": ("Llama", dict(max_position_embeddings=20, head_dim=6,
                                    **rope(100.0, rope_type="dynamic", factor=4.0))),
    "llama-yarn": ("Llama", dict(attention_bias=True, head_dim=12, **rope(
        100.0, rope_type="yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=4.0, beta_slow=1.0))),
    "mistral": ("Mistral", dict(sliding_window=6, head_dim=6, **rope(100.0))),
    "qwen2": ("Qwen2", dict(use_sliding_window=False, sliding_window=5, max_window_layers=1,
                            tie_word_embeddings=True, **rope(1000.0))),
    "qwen2-window": ("Qwen2", dict(use_sliding_window=True, sliding_window=5, max_window_layers=1, **rope(1000.0))),
    "qwen3": ("Qwen3", dict(head_dim=6, attention_bias=True, tie_word_embeddings=True, **rope(1000.0))),
    "smollm3": ("SmolLM3", dict(no_rope_layers=[1, 0, 1], use_sliding_window=True, sliding_window=7, **rope(1000.0))),
    "gemma": ("Gemma", dict(head_dim=6, **rope(100.0))),
    "gemma2": ("Gemma2", dict(
        head_dim=6, query_pre_attn_scalar=10, sliding_window=6, attn_logit_softcapping=2.0,
        final_logit_softcapping=3.0, **rope(100.0))),
    "gemma3": ("Gemma3", dict(
        head_dim=6, query_pre_attn_scalar=10, sliding_window=6, layer_types=LAYER_TYPES, rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 50.0}})),
    "phi3": ("Phi3", dict(
        num_attention_heads=2, num_key_value_heads=1, sliding_window=12, original_max_position_embeddings=16,
        partial_rotary_factor=0.5, **rope(
            100.0, rope_type="longrope", short_factor=[1.0, 1.3], long_factor=[1.5, 3.0]))),
    "granite": ("Granite", dict(
        attention_multiplier=0.4, embedding_multiplier=3.0, residual_multiplier=0.6, logits_scaling=0.5,
        attention_bias=True, mlp_bias=True, tie_word_embeddings=True, **rope(100.0))),
    "olmo2": ("Olmo2", dict(attention_bias=False, **rope(1000.0))),
    # So wide that gains of norms are not folded into the matrices behind them.
    "llama-wide": ("Llama", dict(head_dim=6, tie_word_embeddings=False, **WIDE, **rope(500.0))),
    "gemma3-wide": ("Gemma3", dict(
        head_dim=6, query_pre_attn_scalar=10, sliding_window=6, layer_types=LAYER_TYPES[:1], **WIDE,
        rope_parameters={
            "full_attention": {"rope_type": "default", "rope_theta": 1000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 50.0}})),
}
FORMS = [(dtype, shards) for dtype in (torch.float32, torch.bfloat16) for shards in (False, True)]


def make_model(name, seed):
    family, fields = ROWS[name]
    config_class = getattr(transformers, "Gemma3TextConfig" if family == "Gemma3" else f"{family}Config")
    config = config_class(**(SMALL | fields))
    config._attn_implementation = "eager"
    torch.manual_seed(seed)
    model = getattr(transformers, f"{family}ForCausalLM")(config).float().eval()
    centre = 0.0 if family.startswith("Gemma") else 1.0  # Gemma adds one to the parameter of a norm
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 1.2 / config.hidden_size**0.5)
            else:
                parameter.uniform_(-0.5, 0.5).add_(0.0 if parameter_name.endswith(".bias") else centre)
            parameter.copy_(parameter.bfloat16().float())
    return model


def fresh_rotary(model):
    """Frequencies that depend on the text's length are kept between calls; a new module has none yet."""
    model.model.rotary_emb = type(model.model.rotary_emb)(model.config)


def logits_of(model, tokens):
    fresh_rotary(model)
    return model(torch.tensor([tokens]), use_cache=False).logits[0]


def greedy(model, prompt):
    fresh_rotary(model)
    room = model.config.max_position_embeddings - len(prompt)
    out = model.generate(
        torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)), do_sample=False,
        max_new_tokens=min(18, room), eos_token_id=EOS, pad_token_id=0, output_scores=True,
        return_dict_in_generate=True,
    )
    top = torch.stack(out.scores)[:, 0].topk(2).values
    assert (top[:, 0] - top[:, 1]).min() > 2e-3, "a near tie: take another seed"
    return out.sequences[0, len(prompt):].tolist()


def rloo(model, numbers):
    """Four samples of a prompt: -mean_i A_i sum_t log p(token t of sample i), A_i = r_i - mean of the other rewards."""
    prompt = [1] + [numbers.randrange(3, VOCABULARY) for _ in range(6)]
    samples = [[numbers.randrange(3, VOCABULARY) for _ in range(length)] for length in (30, 24, 11, 4)]
    rewards = [1.0, 0.0, 0.25, 1.0]
    advantages = [r - (sum(rewards) - r) / (len(rewards) - 1) for r in rewards]
    loss = 0.0
    for sample, advantage in zip(samples, advantages):
        logprobs = torch.log_softmax(logits_of(model, prompt + sample), -1)
        picked = [logprobs[len(prompt) - 1 + t, token] for t, token in enumerate(sample)]
        loss = loss - advantage * sum(picked) / len(samples)
    loss.backward()
    gradients = {f"gradient.{name}": p.grad.clone() for name, p in model.named_parameters() if p.requires_grad}
    return {"prompt": prompt, "samples": samples, "advantages": advantages, "loss": loss.item()}, gradients


def write(folder, model, form, reference, tensors):
    dtype, shards = form
    shutil.rmtree(folder, ignore_errors=True)
    model.to(dtype).save_pretrained(folder, max_shard_size="9KB" if shards else "1GB")
    model.float()
    (folder / "reference.json").write_text(json.dumps(reference) + "\n")
    save_file(tensors, folder / "reference.safetensors")


def main(out=None):
    for index, name in enumerate(ROWS):
        for seed in range(7, 100):
            model, numbers = make_model(name, seed), random.Random(seed)
            texts = [[1] + [numbers.randrange(3, VOCABULARY) for _ in range(length)] for length in (44, 9)]
            prompts = [[1] + [numbers.randrange(3, VOCABULARY) for _ in range(length)] for length in (4, 9, 24)]
            prompts = [prompt for prompt in prompts if len(prompt) < model.config.max_position_embeddings]
            try:
                with torch.no_grad():
                    continuations = [greedy(model, prompt) for prompt in prompts]
                assert sum(map(len, continuations)) >= 25, "ends too soon to tell much: take another seed"
                break
            except AssertionError:
                continue
        with torch.no_grad():
            tensors = {f"logits.{i}": logits_of(model, text).contiguous() for i, text in enumerate(texts)}
        rloo_case, gradients = rloo(model, numbers)
        reference = {
            "texts": texts,
            "greedy": [{"prompt": p, "continuation": c} for p, c in zip(prompts, continuations)],
            "rloo": rloo_case,
            "seed": seed,
            "versions": {m.__name__: m.__version__ for m in (torch, transformers, safetensors)},
        }
        for form in FORMS if out else [FORMS[index % len(FORMS)]]:
            label = f"{name}-{str(form[0])[6:]}-{'shards' if form[1] else 'whole'}" if out else name
            write(Path(out or Path(__file__).parent / "families") / label, model, form, reference, tensors | gradients)
        print(name, "seed", seed, "loss", round(rloo_case["loss"], 4), [len(c) for c in continuations])


if __name__ == "__main__":
    main(*sys.argv[1:2])
