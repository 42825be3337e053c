"""A run in Weights & Biases: `soar-wandb`, or `python -m soar.wandb`.

    soar runs export my-run --to jsonl && soar-wandb trackers/jsonl/my-run.jsonl --artifact runs/my-run/report.json

Reads the JSON Lines of a run (docs/trackers.md) from a file, or from standard input as they come: a run that goes on
is shown as it goes. Online or offline, as W&B's own variables say (WANDB_MODE, WANDB_PROJECT, WANDB_DIR, ...). Its
last line on standard output is the address of the run, or the folder of an offline run. Exit code 2 with one line on
standard error is for what a user can mend. The services know nothing of it, and no run depends on it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import pathlib
import queue
import sys
import threading
from collections.abc import Iterator
from typing import IO, Any

from soar.tracked import LINE_BYTES_MAX, BadRecord, Record, read_record, tree_of

#: Scalars of a step that wait for others of the same step are sent when nothing came for as long.
_IDLE_SECONDS = 1.0
_QUEUED_MAX = 10_000
_QUESTIONS_MAX = 20_000
_QUESTION_COLUMNS = ["outer_step", "dataset", "reward", "id", "question", "answer"]


class UserProblem(Exception):
    """What a user can mend, in one line."""


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    try:
        wandb = _wandb()
        _require_login(wandb)
        if arguments.check:
            return 0
        for path in arguments.artifact:
            if not path.is_file():
                raise UserProblem(f"{path}: there is no such file; --artifact names one of the run's reports")
        with _opened(arguments.file) as lines:
            print(_report(wandb, lines, arguments), flush=True)
        return 0
    except (UserProblem, BadRecord) as error:
        print(f"soar-wandb: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="soar-wandb",
        description="Reports a run to Weights & Biases, from its JSON Lines, as they come or afterwards.",
    )
    parser.add_argument("file", nargs="?", default="-", help="JSON Lines of a run; default: standard input")
    parser.add_argument("--project", help="default: WANDB_PROJECT, else soar")
    parser.add_argument("--entity", help="user or team; default: WANDB_ENTITY, else yours")
    parser.add_argument("--name", help="shown name; default: WANDB_NAME, else the run's id")
    parser.add_argument("--id", help="W&B's id of the run; default: WANDB_RUN_ID, else from the run's id and start")
    parser.add_argument("--group", help="runs that are shown together")
    parser.add_argument("--tag", action="append", default=[], help="a tag; repeatable")
    parser.add_argument("--dir", type=pathlib.Path, help="folder of local files; default: WANDB_DIR, else ./wandb")
    parser.add_argument(
        "--artifact",
        action="append",
        default=[],
        type=pathlib.Path,
        metavar="FILE",
        help="a file kept with the run, such as report.html or report.json; repeatable",
    )
    parser.add_argument("--check", action="store_true", help="say whether a run could be reported, and read nothing")
    return parser


def _wandb() -> Any:
    if importlib.util.find_spec("wandb") is None:
        raise UserProblem('Weights & Biases is not installed here: pip install "soar-rl[wandb]"')
    import wandb

    if not hasattr(wandb, "init"):  # a folder ./wandb of local runs is found as a package without anything in it
        raise UserProblem('Weights & Biases is not installed here: pip install "soar-rl[wandb]"')
    return wandb


def _is_online() -> bool:
    return os.environ.get("WANDB_MODE", "online") == "online"


def _require_login(wandb: Any) -> None:
    if not _is_online() or os.environ.get("WANDB_API_KEY"):
        return
    try:
        known = wandb.login(prompt=False)
    except TypeError:  # of older versions
        known = wandb.api.api_key
    except wandb.errors.Error:
        known = False
    if not known:
        raise UserProblem(
            "not logged in to Weights & Biases: wandb login, or WANDB_API_KEY; WANDB_MODE=offline needs none"
        )


def _opened(name: str) -> IO[bytes]:
    try:
        return sys.stdin.buffer if name == "-" else open(name, "rb")
    except OSError as error:
        raise UserProblem(f"{name}: cannot be read: {error.strerror}") from None


def _report(wandb: Any, lines: IO[bytes], arguments: argparse.Namespace) -> str:
    """Reports all lines; returns where the run is."""
    records = _records(lines)
    head = next(records, None)
    if head is None or head.kind != "run":
        raise BadRecord('line 1: expected the record of kind "run" that begins the JSON Lines of a run')
    try:
        run = _begin(wandb, head, arguments)
    except (wandb.errors.Error, OSError) as error:
        raise UserProblem(f"W&B refused to begin the run: {_line(error)}") from None
    reporter = Reporter(wandb, run)
    try:
        for record in records:
            reporter.take(record)
        reporter.end(arguments.artifact, str(head.fields["run"]))
    except BaseException:
        run.finish(exit_code=1)
        raise
    # The folder of local files has "files" in it, which run.dir is.
    place = str(pathlib.Path(run.dir).parent) if run.offline or run.disabled else str(run.url)
    run.finish()
    return place


def _begin(wandb: Any, head: Record, arguments: argparse.Namespace) -> Any:
    fields = head.fields
    name = str(fields["run"])
    settings = wandb.Settings(
        console="off",  # what is printed here is not the run's
        x_disable_stats=True,  # nor is what this process uses
        disable_git=True,
        save_code=False,
        silent=True,
    )
    return wandb.init(
        project=arguments.project or os.environ.get("WANDB_PROJECT") or "soar",
        entity=arguments.entity,
        name=arguments.name or os.environ.get("WANDB_NAME") or name,
        id=arguments.id or os.environ.get("WANDB_RUN_ID") or id_of(name, fields.get("start_time")),
        group=arguments.group,
        tags=arguments.tag or None,
        dir=arguments.dir,
        job_type="soar",
        resume="allow" if _is_online() else None,
        config=tree_of(fields.get("parameters") or {}),
        settings=settings,
    )


def id_of(run: str, start_time: Any) -> str:
    """The same for every process that reports a run, and another one for a later run of the same name."""
    started = "null" if start_time is None else str(start_time)
    return f"{run[:100]}-{hashlib.sha256(f'{run} {started}'.encode()).hexdigest()[:8]}"


class Reporter:
    """Puts records into a run of W&B. Scalars of one step of one curve go together, with the step that they are
    of."""

    def __init__(self, wandb: Any, run: Any) -> None:
        self._wandb = wandb
        self._run = run
        self._arms: set[str] = set()
        self._pending: dict[str, Any] = {}
        self._pending_of: tuple[str, int] = ("", -1)
        self._questions: list[list[Any]] = []
        self._left_out = 0
        self._ended: Record | None = None
        run.define_metric("outer/step", hidden=True)
        run.define_metric("outer/*", step_metric="outer/step")
        #: Of a run that is continued, W&B has the last step of each curve.
        self._reported = (
            {key: value for key, value in dict(run.summary).items() if key.endswith("/step")} if run.resumed else {}
        )

    def take(self, record: Record | None) -> None:
        """One record; None where none came for a while."""
        if record is None:
            self._send()
        elif record.kind == "scalar":
            self._scalar(record.fields)
        elif record.kind == "result":
            self._run.summary[record.fields["name"]] = record.fields["value"]
        elif record.kind == "question":
            if len(self._questions) < _QUESTIONS_MAX:
                self._questions.append([record.fields.get(name) for name in _QUESTION_COLUMNS])
            else:
                self._left_out += 1
        elif record.kind == "end":
            self._ended = record

    def end(self, artifacts: list[pathlib.Path], run: str) -> None:
        self._send()
        if self._questions:
            self._run.log({"questions": self._wandb.Table(columns=_QUESTION_COLUMNS, data=self._questions)})
        if self._left_out:
            print(f"soar-wandb: {self._left_out} questions above {_QUESTIONS_MAX} were left out", file=sys.stderr)
        if self._ended is not None:
            self._run.summary["complete"] = self._ended.fields.get("complete") is True
        if artifacts:
            artifact = self._wandb.Artifact(f"report-{run}"[:128], type="report")
            for path in artifacts:
                artifact.add_file(str(path))
            self._run.log_artifact(artifact)

    def _scalar(self, fields: dict[str, Any]) -> None:
        arm, step, tag = str(fields.get("arm", "")), int(fields["step"]), str(fields["tag"])
        step_name = "outer/step"
        if arm:
            step_name = f"training/{arm}/step"
            tag = f"training/{arm}/{tag.rsplit('/', 1)[-1]}"
            if arm not in self._arms:
                self._arms.add(arm)
                self._run.define_metric(step_name, hidden=True)
                self._run.define_metric(f"training/{arm}/*", step_metric=step_name)
        if step <= self._reported.get(step_name, -1):
            return
        if self._pending_of != (arm, step):
            self._send()
            self._pending_of = (arm, step)
        self._pending[step_name] = step
        self._pending[tag] = fields["value"]

    def _send(self) -> None:
        if self._pending:
            self._run.log(self._pending)
        self._pending = {}
        self._pending_of = ("", -1)


def _records(lines: IO[bytes]) -> Iterator[Any]:
    """The records, with None in between where none came for a while."""
    waiting: queue.Queue[Any] = queue.Queue(_QUEUED_MAX)

    def read() -> None:
        try:
            number = 0
            while line := lines.readline(LINE_BYTES_MAX + 1):
                number += 1
                if line.strip():
                    waiting.put(read_record(line, number))
            waiting.put(None)
        except Exception as error:
            waiting.put(error)

    threading.Thread(target=read, daemon=True).start()
    is_idle = False
    while True:
        try:
            found = waiting.get(timeout=None if is_idle else _IDLE_SECONDS)
        except queue.Empty:
            is_idle = True
            yield None
            continue
        is_idle = False
        if found is None:
            return
        if isinstance(found, Exception):
            raise found
        yield found


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
