"""Runs two tasks of lm-evaluation-harness over a file of GSM8K by the gateway's endpoint, and by the harness's own
backend with transformers for comparison: one that generates, one that compares log-likelihoods of choices. Not part of
the tests, which need no Python: `pip install "lm_eval[api,hf]"`, start a gateway with --openai, then

    python lm_eval_tasks.py --base-url http://127.0.0.1:7110/v1 --model smollm2 --folder SmolLM2-135M-Instruct/ \\
        --problems gsm8k-test.jsonl --choices 40 --generations 12
"""

import argparse
import json
import pathlib
import tempfile
import time

import lm_eval
from lm_eval.tasks import TaskManager

GENERATE = """
task: soar_gsm8k
dataset_path: json
dataset_kwargs: {{data_files: {{test: "{problems}"}}}}
output_type: generate_until
test_split: test
doc_to_text: "Question: {{{{question}}}}\\nAnswer:"
doc_to_target: "{{{{answer.split('####')[-1].strip()}}}}"
generation_kwargs: {{until: ["Question:", "\\n\\n"], max_gen_toks: {tokens}, do_sample: false, temperature: 0}}
filter_list:
  - name: last-number
    filter:
      - {{function: regex, regex_pattern: "(-?[$0-9.,]{{2,}})|(-?[0-9]+)", group_select: -1}}
      - {{function: take_first}}
metric_list:
  - {{metric: exact_match, aggregation: mean, higher_is_better: true, regexes_to_ignore: [",", "\\\\$", "\\\\.$"]}}
"""

CHOOSE = """
task: soar_gsm8k_choice
dataset_path: json
dataset_kwargs: {{data_files: {{test: "{problems}"}}}}
output_type: multiple_choice
test_split: test
doc_to_text: "Question: {{{{question}}}}\\nAnswer: {{{{answer.split('####')[0].strip()}}}}\\nThe final answer is"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: 0
metric_list:
  - {{metric: acc, aggregation: mean, higher_is_better: true}}
"""


def write_tasks(folder, flags):
    """The shortest problems; of choices the right answer first, then three that are near it."""
    rows = [json.loads(line) for line in open(flags.problems, encoding="utf-8")]
    rows.sort(key=lambda row: len(row["question"]) + len(row["answer"]))
    problems = folder / "problems.jsonl"
    with open(problems, "w", encoding="utf-8") as file:
        for row in rows[: max(flags.choices, flags.generations)]:
            number = int(row["answer"].split("####")[-1].strip().replace(",", ""))
            choices = [f" {each}" for each in (number, number + 1, 2 * number + 3, 10 * number)]
            file.write(json.dumps({**row, "choices": choices}) + "\n")
    for name, text in (("generate", GENERATE), ("choose", CHOOSE)):
        (folder / f"{name}.yaml").write_text(text.format(problems=problems, tokens=flags.tokens))


def run(model, model_args, task, limit, manager, batch_size=1):
    began = time.monotonic()
    found = lm_eval.simple_evaluate(
        model=model,
        model_args=model_args,
        tasks=[task],
        limit=limit,
        task_manager=manager,
        batch_size=batch_size,
        bootstrap_iters=0,
        log_samples=True,
    )
    samples = {(each["doc_id"], each["filter"]): each for each in found["samples"][task]}
    metrics = {name: value for name, value in found["results"][task].items() if "," in name and "stderr" not in name}
    print(f"{model} {task}: {metrics}, {len(samples)} problems, {time.monotonic() - began:.0f} s", flush=True)
    return samples


def compare_choices(ours, theirs):
    pairs = []
    for key, sample in ours.items():
        other = theirs[key]
        assert sample["doc_hash"] == other["doc_hash"]
        pairs += [(a[0], b[0]) for a, b in zip(sample["resps"], other["resps"])]
    differences = [
        max(abs(float(a[0]) - float(b[0])) for a, b in pairs),
        sum(a[1] != b[1] for a, b in pairs),
    ]
    choices = sum(ours[key]["acc"] != theirs[key]["acc"] for key in ours)
    print(
        f"{len(pairs)} log-likelihoods differ by at most {differences[0]:.2g}; {differences[1]} differ in whether they "
        f"are greedy; {choices} problems in what is chosen"
    )


def compare_generations(ours, theirs):
    equal = sum(ours[key]["resps"] == theirs[key]["resps"] for key in ours)
    print(f"{equal} of {len(ours)} generated texts are equal")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base-url", default="http://127.0.0.1:7110/v1")
    parser.add_argument("--model", required=True, help="its name there")
    parser.add_argument("--folder", required=True, help="the same model's Hugging Face folder, for its tokenizer")
    parser.add_argument("--problems", required=True, help="GSM8K, JSON Lines")
    parser.add_argument("--choices", type=int, default=40)
    parser.add_argument("--generations", type=int, default=12)
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--only-gateway", action="store_true")
    flags = parser.parse_args()
    here = {
        "model": flags.model,
        "base_url": f"{flags.base_url}/completions",
        "tokenizer_backend": "huggingface",
        "tokenizer": flags.folder,
        "timeout": 900,
    }
    hf = {"pretrained": flags.folder, "dtype": "float32", "device": "cpu"}
    with tempfile.TemporaryDirectory() as folder:
        write_tasks(pathlib.Path(folder), flags)
        manager = TaskManager(include_path=folder, include_defaults=False)
        asked = (
            ("soar_gsm8k_choice", flags.choices, compare_choices),
            ("soar_gsm8k", flags.generations, compare_generations),
        )
        for task, limit, compare in asked:
            ours = run("local-completions", here, task, limit, manager, flags.batch)
            if not flags.only_gateway:
                compare(ours, run("hf", hf, task, limit, manager))


main()
