"""A training step in PyTorch, eager, float32: the other side of a comparison with ours.

    python training.py MODEL full|lora [--rows 4] [--time 128] [--threads 1] [--steps 4]

MODEL is a Hugging Face folder. lora: peft, rank 16 on every linear layer. Prints a line of JSON for each step: its
seconds and processor seconds, the loss, and the peak of resident memory so far in MiB. Tokens and loss are those of our
side (training.mjs). Needs torch, transformers and peft; not part of the tests.
"""

import argparse
import json
import resource
import time

import torch
from transformers import AutoModelForCausalLM

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("mode", choices=["full", "lora"])
parser.add_argument("--rows", type=int, default=4)
parser.add_argument("--time", type=int, default=128)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--steps", type=int, default=4)
args = parser.parse_args()

torch.set_num_threads(args.threads)
model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32, attn_implementation="sdpa")
model.config.use_cache = False
if args.mode == "lora":
    from peft import LoraConfig, get_peft_model

    model = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear"))
model.train()
trained = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.0)
vocabulary = model.config.vocab_size
tokens = torch.tensor(
    [
        [100 + (row * 7919 + t * t * 31) % min(40000, vocabulary - 100) for t in range(args.time)]
        for row in range(args.rows)
    ]
)

for _ in range(args.steps):
    start, cpu = time.perf_counter(), time.process_time()
    logits = model(input_ids=tokens).logits
    logprobs = torch.log_softmax(logits[:, :-1].float(), dim=-1).gather(2, tokens[:, 1:, None]).squeeze(2)
    loss = -logprobs.sum() / (args.rows * args.time)
    optimizer.zero_grad()
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = {"seconds": round(seconds, 3), "cpu": round(cpu, 3), "loss": loss.item(), "norm": norm.item()}
    print(json.dumps(line | {"peak": round(peak)}), flush=True)
