"""A short real training with TRL and soar.reward(), with GRPOTrainer and RLOOTrainer. Not part of the tests: it needs
`pip install "soar-rl[trl]"`, a chat model of the Hugging Face layout and a verifier (`npx soar up`).

    python libs/python/scripts/train_with_trl.py MODEL_FOLDER --steps 3 --out answers.jsonl

Prints the rewards of every step, and writes what was graded as rows for `npx soar verify --input answers.jsonl`.
"""

import argparse
import json
import tempfile

import soar
import torch
from datasets import Dataset
from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer

QUESTIONS = [(f"What is {a} + {b}?", str(a + b)) for a, b in [(2, 3), (10, 5), (7, 1), (20, 20), (4, 4), (9, 3)]]
ASK = "Give the answer in \\boxed{}."


class Recorded:
    """A reward function that keeps what it graded."""

    def __init__(self, reward):
        self.__name__ = reward.__name__
        self._reward = reward
        self.graded = []

    def __call__(self, completions, **columns):
        rewards = self._reward(completions=completions, **columns)
        texts = [each if isinstance(each, str) else each[-1]["content"] for each in completions]
        print(f"rewards: {rewards}", flush=True)
        self.graded += zip(columns["gold"], texts, rewards)
        return rewards


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--verifier")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--max-completion-length", type=int, default=48)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    torch.manual_seed(0)

    chats = [{"prompt": [{"role": "user", "content": f"{q} {ASK}"}], "gold": gold} for q, gold in QUESTIONS]
    texts = [{"prompt": f"Question: {q} {ASK}\nAnswer:", "gold": gold} for q, gold in QUESTIONS]
    kinds = (("GRPO", GRPOTrainer, GRPOConfig, chats), ("RLOO", RLOOTrainer, RLOOConfig, texts))
    graded = []
    for name, trainer_of, config_of, rows in kinds:
        print(f"{name}, {'conversations' if rows is chats else 'plain texts'}", flush=True)
        reward = Recorded(soar.reward(domain="math", verifier=args.verifier, answer="gold"))
        with tempfile.TemporaryDirectory() as folder:
            config = config_of(
                output_dir=folder,
                per_device_train_batch_size=4,
                num_generations=4,
                max_steps=args.steps,
                max_completion_length=args.max_completion_length,
                learning_rate=1e-5,
                logging_steps=1,
                report_to=[],
                save_strategy="no",
                use_cpu=True,
                bf16=False,
                model_init_kwargs={"dtype": "float32"},  # bfloat16 is many times slower on most CPUs
            )
            trainer = trainer_of(
                model=args.model, reward_funcs=reward, args=config, train_dataset=Dataset.from_list(rows)
            )
            trainer.train()
        for entry in trainer.state.log_history:
            shown = {key: entry[key] for key in entry if "reward" in key or key in ("loss", "grad_norm", "step")}
            print(f"log: {shown}", flush=True)
        graded += [(f"{name}-{i}", *each) for i, each in enumerate(reward.graded)]
    with open(args.out, "w", encoding="utf-8") as out:
        for key, gold, response, given in graded:
            out.write(json.dumps({"id": key, "gold": gold, "response": response, "reward": given}) + "\n")
    print(f"{len(graded)} completions in {args.out}")


if __name__ == "__main__":
    main()
