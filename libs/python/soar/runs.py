"""Runs of the outer loop as handles: watch, pause, resume, cancel, and what came out."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Iterator
from typing import Any, Literal

from google.protobuf import json_format

from soar import watching
from soar.connection import Connection
from soar.coordinator import v1 as coordinator
from soar.errors import SoarError
from soar.progress import Progress


@dataclasses.dataclass(frozen=True)
class RunEvent:
    """Something that happened to a run. `message` is a Run ("state"), an OuterStepReport ("step"), an ArmReport
    ("arm") or a Progress ("progress") of soar.coordinator.v1."""

    kind: Literal["state", "step", "arm", "progress"]
    message: Any


def run_events(connection: Connection, run_id: str) -> Iterator[RunEvent]:
    """Events until the run ends. Each outer step and each arm comes once and in order, also when the stream broke."""
    steps = 0
    arms: set[str] = set()
    request = coordinator.WatchRunRequest(id=run_id)
    for message in watching.events(connection, "WatchRun", request, lambda m: m.run if m.HasField("run") else None):
        # A stream begins with the run's report so far, in which is what an earlier stream no longer told.
        reported = message.run.report if message.HasField("run") else coordinator.RunReport()
        new_steps = [*reported.steps, *([message.step] if message.HasField("step") else [])]
        for step in new_steps:
            if step.outer_step >= steps:
                steps = step.outer_step + 1
                yield RunEvent("step", step)
        for arm in [*reported.arms, *([message.arm] if message.HasField("arm") else [])]:
            if arm.name not in arms:
                arms.add(arm.name)
                yield RunEvent("arm", arm)
        if message.HasField("progress"):
            yield RunEvent("progress", message.progress)
        if message.HasField("run"):
            yield RunEvent("state", message.run)


class Run:
    """A run of the coordinator. It goes on without this object; `client.get_run(id)` finds it again."""

    def __init__(self, connection: Connection, message: coordinator.Run) -> None:
        self._connection = connection
        self._message = message

    @property
    def id(self) -> str:
        return self._message.id

    @property
    def state(self) -> str:
        """RUNNING, PAUSED, SUCCEEDED, FAILED or CANCELLED, when it was last looked at: see refresh()."""
        return watching.state_name(self._message.state)

    @property
    def failure(self) -> str:
        """Why it failed; empty otherwise."""
        return self._message.failure

    @property
    def message(self) -> coordinator.Run:
        """All of it, as soar.coordinator.v1.Run."""
        return self._message

    @property
    def report(self) -> coordinator.RunReport:
        """The report so far."""
        return self._message.report

    @property
    def pass_at(self) -> dict[str, dict[int, float]]:
        """pass@k by arm, then by k, of the arms that are done."""
        return {arm.name: dict(sorted(arm.pass_at_k.items())) for arm in self.report.arms}

    @property
    def promotion_questions(self) -> list[dict[str, Any]]:
        """The questions that earned promotions, as rows for a table."""
        return [
            {
                "outer_step": each.outer_step,
                "dataset": each.dataset_index,
                "reward": each.reward,
                "question": asked.question,
                "answer": asked.answer,
            }
            for each in self.report.promotion_questions
            for asked in each.questions
        ]

    def to_dict(self) -> dict[str, Any]:
        """The report as report.json has it."""
        return json_format.MessageToDict(self.report)

    def refresh(self) -> Run:
        request = coordinator.GetRunRequest(id=self.id)
        self._message = self._connection.call("GetRun", request).run
        return self

    def events(self) -> Iterator[RunEvent]:
        """What happens until it ends, from the first step on. A coordinator that restarts is waited for."""
        for event in run_events(self._connection, self.id):
            if event.kind == "state":
                self._message = event.message
            yield event

    def watch(self, progress: bool | None = None) -> Run:
        """Waits for its end and shows progress: a bar in a notebook or on a terminal (with tqdm), lines elsewhere."""
        with Progress(f"run {self.id}", progress) as shown:
            for event in self.events():
                shown.run_event(event)
        return self

    def wait(self) -> Run:
        """Waits for its end. Raises SoarError unless it succeeded."""
        return self.watch(progress=False).require_success()

    def require_success(self) -> Run:
        if self.state != "SUCCEEDED":
            why = f": {self.failure}" if self.failure else ""
            raise SoarError(
                f"run {self.id} is {self.state}{why}",
                "FAILED_PRECONDITION",
                self._message.failure_reason or None,
                self.id,
            )
        return self

    def pause(self) -> Run:
        self._message = self._connection.call("PauseRun", coordinator.PauseRunRequest(id=self.id)).run
        return self

    def resume(self, allow_version_change: bool = False) -> Run:
        request = coordinator.ResumeRunRequest(id=self.id, allow_version_change=allow_version_change)
        self._message = self._connection.call("ResumeRun", request).run
        return self

    def cancel(self) -> Run:
        self._message = self._connection.call("CancelRun", coordinator.CancelRunRequest(id=self.id)).run
        return self

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self.state}, {self._message.outer_steps_done} outer steps>"

    def _repr_html_(self) -> str:
        """For notebooks: state, and pass@k by arm. Every text is escaped."""
        steps = f"{self._message.outer_steps_done} of {self._message.config.outer_steps} outer steps"
        head = f"<b>run {html.escape(self.id)}</b>: {self.state}, {steps}"
        if self.failure:
            head += f"<br>{html.escape(self.failure)}"
        arms = self.pass_at
        if not arms:
            return f"<div>{head}</div>"
        ks = sorted({k for values in arms.values() for k in values})
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th>"
            + "".join(f"<td>{100 * values[k]:.1f} %</td>" if k in values else "<td></td>" for k in ks)
            + "</tr>"
            for name, values in arms.items()
        )
        titles = "".join(f"<th>pass@{k}</th>" for k in ks)
        return f"<div>{head}<table><thead><tr><th></th>{titles}</tr></thead><tbody>{rows}</tbody></table></div>"
