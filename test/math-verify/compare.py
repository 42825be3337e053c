"""libs/verify beside Hugging Face's Math-Verify, on files of cases, in one run on one machine.

Not part of CI. Needs `pip install "math-verify[antlr4_13_2]"` and a built libs/verify (`npx tsc -b libs/verify`):

    python test/math-verify/compare.py libs/verify/testdata/cases.jsonl libs/verify/testdata/cases-2.jsonl

Math-Verify is given every advantage of its interface: both sides are parsed with its default extraction targets (LaTeX,
expressions, and choice letters where the gold is one), golds also wrapped in dollar signs when that is what makes them
parse, `precision` and `strict` as the case asks. What takes longer than SECONDS_MAX is no: some answers never end.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from math_verify import ExprExtractionConfig, LatexExtractionConfig, StringExtractionConfig, parse, verify


SECONDS_MAX = 5


def judge(row: dict) -> bool:
    """Math-Verify's verdict on one case; an exception is no."""
    targets = [LatexExtractionConfig(), ExprExtractionConfig()]
    if len(row["gold"].strip()) == 1 and row["gold"].strip().isalpha():
        targets = [StringExtractionConfig()]
    read = lambda text: parse(text, extraction_config=targets, parsing_timeout=SECONDS_MAX)  # noqa: E731
    try:
        golds = [read(row["gold"])]
        if "$" not in row["gold"] and "\\boxed" not in row["gold"]:
            golds.append(read(f"${row['gold']}$"))
        answers = [read(row["response"])]
        if "$" not in row["response"] and "\\boxed" not in row["response"]:
            answers.append(read(f"${row['response']}$"))
        own = row | row.get("options", {})
        options = {"float_rounding": own.get("precision", 6), "strict": own.get("strict", True)}
        return any(
            verify(gold, answer, timeout_seconds=SECONDS_MAX, **options)
            for gold in golds
            for answer in answers
            if gold and answer
        )
    except Exception:
        return False


def timed(row: dict) -> tuple[bool, float]:
    """The verdict and its time in milliseconds; once, since Math-Verify caches what it parsed."""
    started = time.perf_counter()
    verdict = judge(row)
    return verdict, (time.perf_counter() - started) * 1000


def cells(rows: list[dict], verdicts: list[bool]) -> str:
    """As expected, and wrong answers accepted: in a box, without one, together."""
    boxed = [("\\boxed" in row["response"] or "\\fbox" in row["response"]) for row in rows]
    pairs = list(zip(rows, verdicts))
    right = sum(verdict == row["expected"] for row, verdict in pairs)
    accepted = [
        f"{sum(v for r, v in part)} of {len(part)}"
        for part in (
            [pair for pair, is_boxed in zip(pairs, boxed) if is_boxed == wanted and not pair[0]["expected"]]
            for wanted in (True, False)
        )
    ]
    return f"{right} of {len(rows)} ({100 * right / len(rows):.1f}%) | {' | '.join(accepted)}"


def report(file: str, name: str, rows: list[dict], verdicts: list[bool], times: list[float]) -> str:
    """One row of the table in docs/verifier.md."""
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"| {file} | {name} | {cells(rows, verdicts)} | {statistics.median(times):.3f} | {p99:.2f} |"


def compare(path: str) -> None:
    """Prints the rows of one file."""
    rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    rows = [row for row in rows if not row.get("contested")]
    text = "\n".join(json.dumps(row) for row in rows)
    script = Path(__file__).with_name("judge.mjs")
    output = subprocess.run(["node", str(script)], input=text, capture_output=True, text=True, check=True).stdout
    ours = [json.loads(line) for line in output.splitlines()]
    theirs = [timed(row) for row in rows]
    file = Path(path).stem
    print(report(file, "libs/verify", rows, [o["correct"] for o in ours], [o["ms"] for o in ours]))
    print(report(file, "Math-Verify", rows, [t[0] for t in theirs], [t[1] for t in theirs]))


def main(paths: list[str]) -> None:
    judge({"gold": "\\frac{1}{2}", "response": "$\\sqrt{x^2+1}$"})  # loads the parser
    print("| cases | grader | as expected | accepted in a box | accepted without | p50, ms | p99, ms |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for path in paths:
        compare(path)


if __name__ == "__main__":
    main(sys.argv[1:])
