"""Makes LoRA adapters of some of the tiny models in families/ with peft, and what PyTorch computes with them.

Run: python make_adapters.py   (needs peft, torch, safetensors, transformers 5; after make_families.py)

adapters/NAME/          adapter_config.json and adapter_model.safetensors as peft saves them; the base is families/NAME.
    reference.json      texts; prompts with their greedy continuations; samples with advantages and their RLOO loss;
                        the versions that made it
    reference.safetensors   logits.I of text I [tokens, vocabulary]; gradient.NAME of the loss, for each matrix
"""

import json
import random
import shutil
from pathlib import Path

import peft
import safetensors
import torch
import transformers
from safetensors.torch import save_file

from make_families import VOCABULARY, greedy, logits_of, rloo

HERE = Path(__file__).parent
ALL = "all-linear"
# Between them: few and all layers, biases, norms around, norms on outputs, fused weights, multipliers, both scales.
ROWS = {
    "llama": dict(r=3, lora_alpha=6, target_modules=["q_proj", "v_proj", "down_proj"], layers_to_transform=[0, 2]),
    "qwen2": dict(r=4, lora_alpha=8, target_modules=ALL),
    "gemma3": dict(r=4, lora_alpha=6, target_modules=ALL, use_rslora=True),
    "phi3": dict(r=2, lora_alpha=3, target_modules=ALL),
    "granite": dict(r=4, lora_alpha=4, target_modules=ALL),
    "olmo2": dict(r=2, lora_alpha=4, target_modules=["k_proj", "o_proj", "gate_proj", "up_proj"]),
}


def make_adapter(name, seed):
    base = transformers.AutoModelForCausalLM.from_pretrained(
        HERE / "families" / name, dtype=torch.float32, attn_implementation="eager")
    model = peft.get_peft_model(base, peft.LoraConfig(task_type="CAUSAL_LM", **ROWS[name])).eval()
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if ".lora_" in parameter_name:
                parameter.normal_(0, 0.2)
    return model


def reference_of(name, seed):
    model, numbers = make_adapter(name, seed), random.Random(seed)
    inner = model.base_model.model  # the base, with its linear layers replaced
    texts = [[1] + [numbers.randrange(3, VOCABULARY) for _ in range(length)] for length in (44, 9)]
    prompts = [[1] + [numbers.randrange(3, VOCABULARY) for _ in range(length)] for length in (4, 9, 24)]
    with torch.no_grad():
        continuations = [greedy(inner, prompt) for prompt in prompts]
        assert sum(map(len, continuations)) >= 25, "ends too soon to tell much: take another seed"
        tensors = {f"logits.{i}": logits_of(inner, text).contiguous() for i, text in enumerate(texts)}
    rloo_case, gradients = rloo(inner, numbers)
    for key, value in gradients.items():
        matrix = key.removeprefix("gradient.").replace(".default", "")
        tensors[f"gradient.base_model.model.{matrix}"] = value
    reference = {
        "texts": texts,
        "greedy": [{"prompt": p, "continuation": c} for p, c in zip(prompts, continuations)],
        "rloo": rloo_case,
        "seed": seed,
        "versions": {m.__name__: m.__version__ for m in (torch, transformers, safetensors, peft)},
    }
    return model, reference, tensors


def main():
    for name in ROWS:
        for seed in range(7, 100):
            try:
                model, reference, tensors = reference_of(name, seed)
                break
            except AssertionError:
                continue
        folder = HERE / "adapters" / name
        shutil.rmtree(folder, ignore_errors=True)
        model.peft_config["default"].base_model_name_or_path = f"families/{name}"
        model.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)
        (folder / "reference.json").write_text(json.dumps(reference) + "\n")
        save_file(tensors, folder / "reference.safetensors")
        print(name, "seed", seed, "loss", round(reference["rloo"]["loss"], 4))


main()
