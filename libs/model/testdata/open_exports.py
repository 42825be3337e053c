"""Opens with peft and transformers what "soar models export" writes, and compares logits with those in adapters/.

Run: python open_exports.py   (needs peft, torch, safetensors, transformers 5; after npm run build)
"""

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import peft
import torch
import transformers
from safetensors.torch import load_file

from make_families import logits_of

HERE = Path(__file__).parent
SOAR = ["node", str(HERE.parents[2] / "libs/cli/dist/main.js"), "models"]


def open_model(folder, **more):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", **more).eval()


def largest_difference(model, name):
    reference = json.loads((HERE / "adapters" / name / "reference.json").read_text())
    logits = load_file(HERE / "adapters" / name / "reference.safetensors")
    with torch.no_grad():
        return max(
            (logits_of(model, text).float() - logits[f"logits.{i}"]).abs().max().item()
            for i, text in enumerate(reference["texts"]))


def main():
    for name in sorted(path.name for path in (HERE / "adapters").iterdir()):
        with tempfile.TemporaryDirectory() as scratch:
            base, adapter, merged = (Path(scratch) / part for part in ("base", "adapter", "merged"))
            shutil.copytree(HERE / "families" / name, base)
            (base / "tokenizer.json").write_text("{}")  # nothing is tokenized
            store = ["--artifacts", f"{scratch}/store"]
            subprocess.run([*SOAR, "import", HERE / "adapters" / name, "--base", base, *store], check=True,
                           stdout=subprocess.DEVNULL)
            subprocess.run([*SOAR, "export", name, "--out", adapter, *store], check=True)
            subprocess.run([*SOAR, "export", name, "--out", merged, "--merge", *store], check=True)
            alone = peft.PeftModel.from_pretrained(open_model(base, dtype=torch.float32), adapter).base_model.model
            whole = open_model(merged, dtype="auto")
            dtype = next(whole.parameters()).dtype
            as_float = open_model(merged, dtype=torch.float32)
            print(f"{name}: adapter off by {largest_difference(alone, name):.1e}, "
                  f"merged in {str(dtype)[6:]} by {largest_difference(as_float, name):.1e}", flush=True)


main()
