"""Makes the fixtures of hf/*.test.ts with the reference implementations.

Run: python make_hf_fixtures.py   (needs torch, safetensors, transformers 5, numpy)

tiny-llama/   a random LlamaForCausalLM (grouped-query, untied) as transformers saves it, with reference.json: token
              ids, log-probabilities of the next tokens, and the mean of the last hidden states.
dtypes.safetensors   one tensor each in F32, F16 and BF16; dtypes.json has their values.
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

here = Path(__file__).parent
torch.manual_seed(7)

config = LlamaConfig(
    vocab_size=24, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, head_dim=6, max_position_embeddings=64, rms_norm_eps=1e-5, tie_word_embeddings=False,
    bos_token_id=1, eos_token_id=2, pad_token_id=0, initializer_range=0.3,
    rope_parameters={"rope_type": "default", "rope_theta": 500.0},
)
model = LlamaForCausalLM(config).float().eval()
for name, parameter in model.named_parameters():
    if parameter.dim() == 1:
        torch.nn.init.uniform_(parameter, 0.5, 1.5)
model.save_pretrained(here / "tiny-llama")
ids = [1, 5, 9, 3, 17, 23, 4, 4, 8, 11, 2]
with torch.no_grad():
    logits = model(torch.tensor([ids])).logits[0].double()
    hidden = model.model(torch.tensor([ids])).last_hidden_state[0].double()
logprobs = torch.log_softmax(logits, -1)
picked = [logprobs[t, ids[t + 1]].item() for t in range(len(ids) - 1)]
(here / "tiny-llama" / "reference.json").write_text(
    json.dumps({"tokens": ids, "nextLogprobs": picked, "meanHidden": hidden.mean(0).tolist()}) + "\n"
)

values = np.array([0.0, -0.0, 1.0, -2.5, 65504.0, 6.1035156e-05, 5.9604645e-08, 0.333251953125], dtype=np.float32)
save_file(
    {
        "a.f32": torch.tensor(values).reshape(2, 4),
        "b.f16": torch.tensor(values).half().reshape(4, 2),
        "c.bf16": torch.tensor(values).bfloat16(),
        "d.empty": torch.zeros(0, 3),
        "e.scalar": torch.tensor(3.0),
    },
    here / "dtypes.safetensors",
)
(here / "dtypes.json").write_text(
    json.dumps(
        {
            "a.f32": values.tolist(),
            "b.f16": torch.tensor(values).half().float().tolist(),
            "c.bf16": torch.tensor(values).bfloat16().float().tolist(),
            "d.empty": [],
            "e.scalar": [3.0],
        }
    )
    + "\n"
)
