"""
The other side of the row "RLOO step" of `npm run bench:models`: TRL's RLOOTrainer on the same number of prompts,
completions and tokens. Every completion has full length, and rewards differ within a group, so that every row has a
gradient. Prints {"seconds": [of each step but the first], "peak_bytes": of the process}.

    pip install torch transformers peft trl datasets
    python test/bench-models/rloo-step.py MODEL_FOLDER --threads 2
"""

import argparse
import json
import resource
import tempfile
import time

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoTokenizer, TrainerCallback
from trl import RLOOConfig, RLOOTrainer


class StepTimes(TrainerCallback):
    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_step_begin(self, *_, **__) -> None:
        self.began = time.perf_counter()

    def on_step_end(self, *_, **__) -> None:
        self.seconds.append(time.perf_counter() - self.began)


def reward(completions: list[str], **_) -> list[float]:
    return [float(i % 2) for i in range(len(completions))]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--prompts", type=int, default=4)
    parser.add_argument("--group", type=int, default=8)
    parser.add_argument("--prompt-tokens", type=int, default=40)
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--lora", type=int, default=0, help="rank; 0 trains all weights")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    tokenizer = AutoTokenizer.from_pretrained(args.model)
    prompts = [
        tokenizer.decode([1000 + 97 * q + 13 * t for t in range(args.prompt_tokens)]) for q in range(args.prompts)
    ]
    lora = LoraConfig(r=args.lora, lora_alpha=2 * args.lora, target_modules="all-linear") if args.lora else None
    times = StepTimes()
    with tempfile.TemporaryDirectory() as folder:
        config = RLOOConfig(
            output_dir=folder,
            use_cpu=True,
            per_device_train_batch_size=args.prompts * args.group,
            num_generations=args.group,
            max_completion_length=args.new_tokens,
            generation_kwargs={"min_new_tokens": args.new_tokens},
            max_steps=args.repeats + 1,
            learning_rate=1e-6,
            beta=0.0,
            bf16=False,
            gradient_checkpointing=False,
            report_to="none",
            save_strategy="no",
            logging_steps=1000,
            model_init_kwargs={"dtype": "float32"},
        )
        trainer = RLOOTrainer(
            model=args.model,
            args=config,
            reward_funcs=reward,
            train_dataset=Dataset.from_dict({"prompt": prompts * (args.repeats + 2)}),
            processing_class=tokenizer,
            peft_config=lora,
            callbacks=[times],
        )
        trainer.train()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": times.seconds[1:], "peak_bytes": peak}))


if __name__ == "__main__":
    main()
