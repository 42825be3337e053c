"""
Records what transformers computes with a pretrained model, in float32: token ids, log-probabilities of given texts,
greedy continuations. compare.mjs holds this software against the file. Not part of CI: it needs PyTorch and a model.

    pip install torch transformers
    python test/pretrained/reference.py MODEL_FOLDER reference.json
    node test/pretrained/compare.mjs MODEL_FOLDER reference.json
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = Path(__file__).parents[2]
TEXTS = [
    (ROOT / "LICENSE").read_text()[:2600],
    "The capital of France is Paris, and the capital of Germany is Berlin.",
    "def add(a, b):\n    return a + b\n",
]
PROMPTS = ["The capital of France is", "Once upon a time", "Q: What is 12 + 7?\nA:"]
NEW_TOKENS = 24


def main(folder: str, out: str) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    result = {"transformers": transformers.__version__, "torch": torch.__version__, "texts": [], "greedy": []}
    with torch.no_grad():
        for text in TEXTS:
            ids = tokenizer(text)["input_ids"]
            logprobs = torch.log_softmax(model(torch.tensor([ids])).logits[0].double(), -1)
            drawn = [logprobs[i, following].item() for i, following in enumerate(ids[1:])]
            result["texts"].append({"text": text, "ids": ids, "logprobs": drawn})
        for prompt in PROMPTS:
            ids = tokenizer(prompt)["input_ids"]
            inputs = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids))}
            output = model.generate(**inputs, max_new_tokens=NEW_TOKENS, do_sample=False)
            result["greedy"].append({"prompt": prompt, "ids": ids, "continuation": output[0, len(ids) :].tolist()})
    Path(out).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:3])
