"""
The other side of the rollout rows of `npm run bench:models`: transformers' generate. Prints {"seconds": [of each
repetition but the first], "cpu_seconds": [the same, of all threads together], "peak_bytes": of the process}.

    pip install torch transformers
    python test/bench-models/rollouts-transformers.py MODEL_FOLDER --rows 32 --prompt-tokens 40 --new-tokens 64
"""

import argparse
import json
import resource
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def noise(vocabulary: int, args: argparse.Namespace) -> torch.Tensor:
    """Prompts of ids that mean nothing."""
    first = 1000 if vocabulary > 2000 else 2
    spread = vocabulary - first
    prompts = range(args.rows // args.samples)
    return torch.tensor([[first + (97 * p + 13 * t) % spread for t in range(args.prompt_tokens)] for p in prompts])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    for name, default in ("threads", 1), ("repeats", 3), ("rows", 32), ("prompt-tokens", 40), ("new-tokens", 64):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--samples", type=int, default=1, help="rows that continue one prompt")
    parser.add_argument("--texts", type=json.loads, help="a JSON list of prompts of one length; samples may end")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32).eval()
    if args.texts is None:
        ids = noise(model.config.vocab_size, args)
    else:
        ids = AutoTokenizer.from_pretrained(args.model)(args.texts, return_tensors="pt").input_ids
    seconds, cpu_seconds = [], []
    for _ in range(args.repeats + 1):
        began, cpu_began = time.perf_counter(), time.process_time()
        with torch.inference_mode():
            model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=True,
                top_k=0,
                max_new_tokens=args.new_tokens,
                min_new_tokens=args.new_tokens if args.texts is None else None,
                num_return_sequences=args.samples,
            )
        seconds.append(time.perf_counter() - began)
        cpu_seconds.append(time.process_time() - cpu_began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds[1:], "cpu_seconds": cpu_seconds[1:], "peak_bytes": peak}))


if __name__ == "__main__":
    main()
