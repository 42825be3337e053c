"""Runs two tasks of lm-evaluation-harness over a file of GSM8K: one that compares log-likelihoods of choices, one that
generates. By the gateway's endpoint and by the harness's own backend with transformers, whose results are compared. Not
part of the tests, which need no Python: `pip install "lm_eval[api,hf]"`, start a gateway with --openai, then

    python lm_eval_tasks.py run --backend gateway --model smollm2 --folder SmolLM2-135M-Instruct/ \\
        --problems gsm8k-test.jsonl --out gateway.json
    python lm_eval_tasks.py run --backend hf --folder SmolLM2-135M-Instruct/ --problems gsm8k-test.jsonl --out hf.json
    python lm_eval_tasks.py compare gateway.json hf.json
"""

import argparse
import json
import pathlib
import tempfile
import time

import lm_eval
from lm_eval.tasks import TaskManager

CHOICE_TASK = "soar_gsm8k_choice"
GENERATE_TASK = "soar_gsm8k"

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
        for row in rows[flags.skip : flags.skip + flags.limit]:
            number = int(row["answer"].split("####")[-1].strip().replace(",", ""))
            choices = [f" {each}" for each in (number, number + 1, 2 * number + 3, 10 * number)]
            file.write(json.dumps({**row, "choices": choices}) + "\n")
    for name, text in (("generate", GENERATE), ("choose", CHOOSE)):
        (folder / f"{name}.yaml").write_text(text.format(problems=problems, tokens=flags.tokens))


def backend(flags):
    if flags.backend == "hf":
        return {"model": "hf", "model_args": {"pretrained": flags.folder, "dtype": "float32", "device": "cpu"}}
    endpoint = {"model": flags.model, "base_url": f"{flags.base_url}/completions", "timeout": 900}
    tokenizer = {"tokenizer_backend": "huggingface", "tokenizer": flags.folder}
    return {"model": "local-completions", "model_args": {**endpoint, **tokenizer}, "batch_size": flags.batch}


def run(flags):
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        write_tasks(pathlib.Path(folder), flags)
        found = lm_eval.simple_evaluate(
            **backend(flags),
            tasks=[flags.task],
            task_manager=TaskManager(include_path=folder, include_defaults=False),
            bootstrap_iters=0,
            log_samples=True,
        )
    metric = "acc" if flags.task == CHOICE_TASK else "exact_match"
    samples = [
        {"doc": each["doc_hash"], "resps": each["resps"], "score": float(each[metric])}
        for each in sorted(found["samples"][flags.task], key=lambda each: each["doc_id"])
    ]
    pathlib.Path(flags.out).write_text(json.dumps(samples))
    right = sum(each["score"] for each in samples)
    print(f"{flags.backend} {flags.task}: {right:.0f} of {len(samples)} right, {time.monotonic() - began:.0f} s")


def read(files):
    return [each for file in files.split(",") for each in json.loads(pathlib.Path(file).read_text())]


def compare(flags):
    ours, theirs = read(flags.first), read(flags.second)
    assert [each["doc"] for each in ours] == [each["doc"] for each in theirs], "the same problems in the same order"
    for name, samples in ((flags.first, ours), (flags.second, theirs)):
        print(f"{name}: {sum(each['score'] for each in samples):.0f} of {len(samples)} right")
    pairs = [pair for a, b in zip(ours, theirs) for pair in zip(a["resps"], b["resps"])]
    if len(pairs) == len(ours):
        print(f"{sum(a == b for a, b in pairs)} of {len(pairs)} generated texts are equal")
        return
    numbers = [(pair_of(a), pair_of(b)) for a, b in pairs]
    largest = max(abs(float(a[0]) - float(b[0])) for a, b in numbers)
    greedy = sum(str(a[1]) != str(b[1]) for a, b in numbers)
    chosen = sum(a["score"] != b["score"] for a, b in zip(ours, theirs))
    print(
        f"{len(pairs)} log-likelihoods differ by at most {largest:.2g}; {greedy} in whether they are greedy; "
        f"{chosen} problems in what is chosen"
    )


def pair_of(response):
    """(log-likelihood, greedy), which the harness may have put into a list."""
    return response if len(response) == 2 else response[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("run", help="run one task by one backend")
    one.add_argument("--backend", choices=("gateway", "hf"), required=True)
    one.add_argument("--task", choices=(CHOICE_TASK, GENERATE_TASK), default=CHOICE_TASK)
    one.add_argument("--base-url", default="http://127.0.0.1:7110/v1")
    one.add_argument("--model", help="its name at the gateway")
    one.add_argument("--folder", required=True, help="the same model's Hugging Face folder")
    one.add_argument("--problems", required=True, help="GSM8K, JSON Lines")
    one.add_argument("--skip", type=int, default=0)
    one.add_argument("--limit", type=int, default=40)
    one.add_argument("--tokens", type=int, default=96)
    one.add_argument("--batch", type=int, default=4)
    one.add_argument("--out", required=True)
    one.set_defaults(command=run)
    both = commands.add_parser("compare", help="compare what two backends gave")
    both.add_argument("first", help="a file of run, or several separated by commas")
    both.add_argument("second")
    both.set_defaults(command=compare)
    flags = parser.parse_args()
    flags.command(flags)


main()
