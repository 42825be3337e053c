"""Makes reference.json with transformers and PyTorch: what finetune.test.ts is held against.

Run: python make_finetune_fixture.py   (needs torch and transformers 5)

model/tokenizer*.json   a tokenizer of characters with a chat template, for libs/model/testdata/tiny-llama
rows.jsonl, held-out.jsonl   rows in each shape that is read
reference.json   tokens and labels of each row (-100: not learned); the loss of each step over all rows with AdamW at a
                 constant rate, gradients clipped at norm 1; the held-out loss before each step and after the last

Labels are found from the texts: a message of the assistant is what rendering the chat with it adds to rendering the
chat before it with the generation prompt, up to its end token.
"""

import json
import shutil
import tempfile
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

here = Path(__file__).parent
STEPS, RATE = 6, 1e-2


def load():
    with tempfile.TemporaryDirectory() as folder:
        for part in (here / "../../model/testdata/tiny-llama", here / "model"):
            shutil.copytree(part, folder, dirs_exist_ok=True)
        return AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)


def encode(tokenizer, row):
    if isinstance(row.get("prompt"), str):
        prompt = tokenizer(row["prompt"])["input_ids"]
        whole = tokenizer(row["prompt"] + row["completion"])["input_ids"] + [tokenizer.eos_token_id]
        assert whole[: len(prompt)] == prompt
        return whole, [-100] * len(prompt) + whole[len(prompt) :]
    messages, start = row.get("messages"), 0
    if messages is None:
        completion = row["completion"]
        if isinstance(completion, str):
            completion = [{"role": "assistant", "content": completion}]
        messages, start = row["prompt"] + completion, len(row["prompt"])

    def ids(count, generate):
        return tokenizer.apply_chat_template(
            messages[:count], add_generation_prompt=generate, tokenize=True, return_dict=False
        )

    last = max(i for i, m in enumerate(messages) if m["role"] == "assistant")
    whole = ids(last + 1, False)
    labels = [-100] * len(whole)
    for i, message in enumerate(messages):
        if message["role"] == "assistant" and i >= start:
            begin, end = len(ids(i, True)), len(ids(i + 1, False))
            while whole[end - 1] != tokenizer.eos_token_id:
                end -= 1
            labels[begin:end] = whole[begin:end]
    return whole, labels


def loss_of(model, rows):
    longest = max(len(tokens) for tokens, _ in rows)
    pad = lambda values, with_: values + [with_] * (longest - len(values))
    tokens = torch.tensor([pad(tokens, 0) for tokens, _ in rows])
    mask = torch.tensor([pad([1] * len(tokens), 0) for tokens, _ in rows])
    labels = torch.tensor([pad(labels, -100) for _, labels in rows])
    return model(input_ids=tokens, attention_mask=mask, labels=labels).loss


def main():
    tokenizer, model = load()
    read = lambda name: [json.loads(line) for line in (here / name).read_text().splitlines()]
    rows = [encode(tokenizer, row) for row in read("rows.jsonl")]
    held_out = [encode(tokenizer, row) for row in read("held-out.jsonl")]
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0)
    losses, held_out_losses = [], []

    def measure():
        with torch.no_grad():
            held_out_losses.append(loss_of(model, held_out).item())

    measure()
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(model, rows)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        measure()
    shown = lambda all: [{"tokens": tokens, "labels": labels} for tokens, labels in all]
    reference = {
        "versions": {"torch": torch.__version__, "transformers": transformers.__version__},
        "rows": shown(rows),
        "heldOut": shown(held_out),
        "learningRate": RATE,
        "losses": losses,
        "heldOutLosses": held_out_losses,
    }
    (here / "reference.json").write_text(json.dumps(reference) + "\n")
    print(losses, held_out_losses)


main()
