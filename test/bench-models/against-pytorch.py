"""
The other side of test/src/bench/against-pytorch.ts: the same text, greedy decoding and steps with LoRA in
PyTorch with transformers and peft, in float32 on the CPU. Prints how far each result in OUT is from it.

    pip install torch transformers peft
    python test/bench-models/against-pytorch.py MODEL OUT
"""

import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

model_folder, out = sys.argv[1], Path(sys.argv[2])
results = [json.loads(path.read_text()) for path in sorted(out.glob("*-f*.json"))]
texts = [torch.tensor([ids]) for ids in results[0]["texts"]]


def logprobs(model, ids):
    logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
    return torch.log_softmax(logits.float(), dim=-1).gather(2, ids[:, 1:, None])[0, :, 0]


def load(dtype=torch.float32):
    return AutoModelForCausalLM.from_pretrained(model_folder, dtype=dtype, attn_implementation="eager").eval()


model = load()
with torch.no_grad():
    scores = torch.cat([logprobs(model, ids) for ids in texts])
    for dtype in (torch.float16, torch.bfloat16):
        half = load(dtype)
        apart = (torch.cat([logprobs(half, ids) for ids in texts]) - scores).abs()
        print(f"PyTorch in {dtype}: log-probabilities within {apart.max():.1e}, {apart.mean():.1e} on average")
    prompt = torch.tensor([results[0]["prompt"]])
    new = len(results[0]["greedy"])
    drawn = model.generate(prompt, do_sample=False, min_new_tokens=new, max_new_tokens=new)
    greedy = drawn[0, prompt.shape[1] :].tolist()

model = PeftModel.from_pretrained(load(), out / "adapter", is_trainable=True)
trained = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=results[0]["learningRate"], weight_decay=0.0)
steps = []
for _ in results[0]["steps"]:
    optimizer.zero_grad()
    loss = -torch.cat([logprobs(model, ids) for ids in texts]).mean()
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    steps.append((loss.item(), norm.item()))

print(f"PyTorch {torch.__version__}: {len(scores)} log-probabilities, mean {scores.mean():.6f}; steps {steps}")
cpu = next((result for result in results if result["name"] == "cpu-f32"), None)
for result in results:
    own = torch.tensor([x for text in result["logprobs"] for x in text[1:]])
    ours = torch.tensor([x for text in cpu["logprobs"] for x in text[1:]]) if cpu else scores
    print(
        f"{result['name']}: log-probabilities within {(own - scores).abs().max():.1e}, "
        f"{(own - scores).abs().mean():.1e} on average (of ours on the CPU "
        f"{(own - ours).abs().max():.1e}), greedy {'the same' if result['greedy'] == greedy else 'OTHER'}, "
        f"scored within {result['sampler']:.1e}; "
        + "; ".join(
            f"step {i + 1}: loss off by {abs(s['loss'] - loss):.1e}, norm by {abs(s['gradientNorm'] - norm):.1e}, "
            f"{s['toDevice']} bytes to the device and {s['fromDevice']} back, {s['seconds']:.0f} s"
            for i, (s, (loss, norm)) in enumerate(zip(result["steps"], steps, strict=True))
        )
    )
