"""
The other side of the rollout rows of `npm run bench:models`: transformers' generate. Prints {"seconds": [of each
repetition but the first], "peak_bytes": of the process}.

    pip install torch transformers
    python test/bench-models/rollouts-transformers.py MODEL_FOLDER --rows 32 --prompt-tokens 40 --new-tokens 64
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
    for name, default in ("threads", 1), ("repeats", 3), ("rows", 32), ("prompt-tokens", 40), ("new-tokens", 64):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--samples", type=int, default=1, help="rows that continue one prompt")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32).eval()
    first = 1000 if model.config.vocab_size > 2000 else 2
    spread = model.config.vocab_size - first
    ids = torch.tensor(
        [
            [first + (97 * prompt + 13 * t) % spread for t in range(args.prompt_tokens)]
            for prompt in range(args.rows // args.samples)
        ]
    )
    seconds = []
    for _ in range(args.repeats + 1):
        began = time.perf_counter()
        with torch.inference_mode():
            model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=True,
                top_k=0,
                max_new_tokens=args.new_tokens,
                min_new_tokens=args.new_tokens,
                num_return_sequences=args.samples,
            )
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds[1:], "peak_bytes": peak}))


if __name__ == "__main__":
    main()
