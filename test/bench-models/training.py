"""
The other side of the training rows of `npm run bench:models`: a step in PyTorch, eager, float32; with --lora R, peft on
every linear layer; with --time-min, texts of uneven lengths padded to the longest. Prints {"seconds": [of each
repetition but the first], "cpu_seconds": [the same, of all threads together], "peak_bytes": of the process}.

    pip install torch transformers peft
    python test/bench-models/training.py MODEL_FOLDER --rows 4 --time 128 --lora 16
"""

import argparse
import json
import resource
import time

import torch
from transformers import AutoModelForCausalLM


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    for name, default in ("threads", 1), ("repeats", 3), ("rows", 4), ("time", 128), ("lora", 0), ("time-min", 0):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32, attn_implementation="sdpa")
    model.config.use_cache = False
    if args.lora > 0:
        from peft import LoraConfig, get_peft_model

        config = LoraConfig(r=args.lora, lora_alpha=2 * args.lora, target_modules="all-linear")
        model = get_peft_model(model, config)
    model.train()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-6, weight_decay=0.0)
    first = 1000 if model.config.vocab_size > 2000 else 2
    spread = model.config.vocab_size - first
    tokens = torch.tensor(
        [[first + (97 * row + 13 * t) % spread for t in range(args.time)] for row in range(args.rows)]
    )
    least = args.time_min or args.time
    lengths = torch.tensor([least + (37 * row) % (args.time - least + 1) for row in range(args.rows)])
    real = (torch.arange(args.time)[None, :] < lengths[:, None]).long()
    given = {} if least == args.time else {"attention_mask": real}
    sign = torch.tensor([1.0 if row % 2 == 0 else -1.0 for row in range(args.rows)])[:, None]
    seconds, cpu_seconds = [], []
    for _ in range(args.repeats + 1):
        began, cpu_began = time.perf_counter(), time.process_time()
        logits = model(input_ids=tokens, **given).logits
        logprobs = torch.log_softmax(logits[:, :-1], dim=-1).gather(2, tokens[:, 1:, None]).squeeze(2)
        loss = -(sign * logprobs * real[:, 1:]).sum() / args.rows
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        seconds.append(time.perf_counter() - began)
        cpu_seconds.append(time.process_time() - cpu_began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds[1:], "cpu_seconds": cpu_seconds[1:], "peak_bytes": peak}))


if __name__ == "__main__":
    main()
