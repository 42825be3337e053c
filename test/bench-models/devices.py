"""
The other side of `npm run bench:devices`: the same shapes and rows in PyTorch with transformers and peft, random
weights: sampling by a loop over a static cache, and a step with AdamW. Prints the same rows as a table of markdown.
--precision f16 is bfloat16 autocast over float32 where weights are trained, and bfloat16 weights elsewhere.

    pip install torch transformers peft
    python test/bench-models/devices.py --device cuda --shapes tiny,135m,1b,3b --minutes 10
"""

import argparse
import gc
import json
import statistics
import time
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, LlamaConfig, StaticCache

PROMPT, NEW, ROWS, TIME = 32, 64, 4, 128
WORKS = (
    ("sampling, 32 rows", 32, 0),
    ("sampling, 256 rows", 256, 0),
    ("step, LoRA 16", 0, 16),
    ("step, all weights", 0, 0),
)
REPEATS_MAX, MEASURED_SECONDS = 10, 15


def build(shape, device, dtype):
    with torch.device(device):
        return AutoModelForCausalLM.from_config(LlamaConfig(**shape), dtype=dtype, attn_implementation="sdpa")


def texts(vocabulary, rows, length, device):
    ids = [[2 + (97 * row + 13 * t) % (vocabulary - 2) for t in range(length)] for row in range(rows)]
    return torch.tensor(ids, device=device)


@torch.inference_mode()
def sample(model, rows):
    cache = StaticCache(config=model.config, max_batch_size=rows, max_cache_len=PROMPT + NEW)
    ids = texts(model.config.vocab_size, rows, PROMPT, model.device)
    position = torch.arange(PROMPT, device=model.device)
    for _ in range(NEW):
        logits = model(input_ids=ids, past_key_values=cache, cache_position=position, logits_to_keep=1).logits[:, -1]
        ids = torch.multinomial(torch.softmax(logits.float(), dim=-1), 1)
        position = position[-1:] + 1


def trainer(model, half):
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-6, weight_decay=0.0)
    tokens = texts(model.config.vocab_size, ROWS, TIME, model.device)
    sign = torch.tensor([1.0 if row % 2 == 0 else -1.0 for row in range(ROWS)], device=model.device)[:, None]

    def step():
        with torch.autocast(model.device.type, torch.bfloat16, enabled=half):
            logits = model(input_ids=tokens, use_cache=False).logits
        logprobs = torch.log_softmax(logits[:, :-1].float(), dim=-1).gather(2, tokens[:, 1:, None]).squeeze(2)
        loss = -(sign * logprobs).sum() / ROWS / TIME
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()

    return step


def prepare(shape, rows, rank, device, half):
    frozen = rows > 0 or rank > 0
    model = build(shape, device, torch.bfloat16 if half and frozen else torch.float32)
    if rows > 0:
        model.eval()
        return lambda: sample(model, rows)
    if rank > 0:
        from peft import LoraConfig, get_peft_model

        model = get_peft_model(model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear"))
    model.train()
    return trainer(model, half)


def measure(work, device, end):
    def timed():
        if device == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began

    timed()
    seconds = []
    began = time.perf_counter()
    limit = min(MEASURED_SECONDS, (end - began) / 8)
    while not seconds or (len(seconds) < REPEATS_MAX and time.perf_counter() - began < limit):
        seconds.append(timed())
    return seconds


def row(name, shape, work, device, half, end):
    title, rows, rank = work
    if time.perf_counter() > end:
        return [name, title, "left out: the time was over", "", ""]
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    try:
        seconds = measure(prepare(shape, rows, rank, device, half), device, end)
    except RuntimeError as error:  # out of memory is one
        return [name, title, str(error).splitlines()[0].replace("|", "/"), "", ""]
    finally:
        gc.collect()
        if device == "cuda":
            torch.cuda.empty_cache()
    took = statistics.median(seconds)
    tokens = rows * NEW or ROWS * TIME
    peak = f"{torch.cuda.max_memory_allocated() / 2**30:.2f} GiB" if device == "cuda" else "n/a"
    return [name, title, f"{took:.3g} s ({len(seconds)} times)", f"{tokens / took:.1f}", peak]


def main() -> None:
    shapes = json.loads((Path(__file__).parent / "device-shapes.json").read_text())
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--shapes", default=",".join(shapes))
    parser.add_argument("--precision", choices=["f32", "f16"], default="f32")
    parser.add_argument("--minutes", type=float, default=10)
    args = parser.parse_args()
    names = args.shapes.split(",")
    for name in names:
        if name not in shapes:
            parser.error(f"--shapes: expected some of {', '.join(shapes)}, got {name}")
    end = time.perf_counter() + 60 * args.minutes
    print("| model | work | time | tokens/s | on device |\n| --- | --- | --- | --- | --- |")
    for name in names:
        for work in WORKS:
            cells = row(name, shapes[name], work, args.device, args.precision == "f16", end)
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
