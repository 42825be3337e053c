"""Comparisons of arms over seeds as handles: watch, pause, resume, cancel, and the results of their students."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from typing import Any

from soar import watching
from soar.connection import Connection
from soar.coordinator import v1 as coordinator
from soar.errors import SoarError
from soar.progress import Progress

_UNITS_PER_PAGE = 100
_PAGES_MAX = 10_000


def pass_at_k(correct: int, samples: int, k: int) -> float:
    """The unbiased estimate of pass@k for one problem (Chen et al., arXiv 2107.03374)."""
    if not 1 <= k <= samples:
        raise SoarError(f"k: expected 1 to {samples}, the samples of each problem, got {k}", where="k")
    return 1 - math.comb(samples - correct, k) / math.comb(samples, k)


class Comparison:
    """A comparison of the coordinator. It goes on without this object; `client.get_comparison(id)` finds it again."""

    def __init__(self, connection: Connection, message: coordinator.Comparison) -> None:
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
    def message(self) -> coordinator.Comparison:
        """All of it, as soar.coordinator.v1.Comparison."""
        return self._message

    def refresh(self) -> Comparison:
        request = coordinator.GetComparisonRequest(id=self.id)
        self._message = self._connection.call("GetComparison", request).comparison
        return self

    def events(self) -> Iterator[coordinator.WatchComparisonResponse]:
        """What happens until it ends: its state at once, then units as they are finished, and progress. Units that
        were finished before, or while a stream was broken, are in units()."""
        request = coordinator.WatchComparisonRequest(id=self.id)
        for message in watching.events(
            self._connection, "WatchComparison", request, lambda m: m.comparison if m.HasField("comparison") else None
        ):
            if message.HasField("comparison"):
                self._message = message.comparison
            yield message

    def watch(self, progress: bool | None = None) -> Comparison:
        """Waits for its end and shows progress: a bar in a notebook or on a terminal (with tqdm), lines elsewhere."""
        with Progress(self.id, progress) as shown:
            for event in self.events():
                if event.HasField("progress"):
                    shown.update(event.progress)
                if event.HasField("unit"):
                    shown.line(f"{event.unit.name}: finished")
        return self

    def wait(self) -> Comparison:
        """Waits for its end. Raises SoarError unless it succeeded."""
        return self.watch(progress=False).require_success()

    def require_success(self) -> Comparison:
        if self.state != "SUCCEEDED":
            why = f": {self.failure}" if self.failure else ""
            reason = self._message.failure_reason or None
            raise SoarError(f"comparison {self.id} is {self.state}{why}", "FAILED_PRECONDITION", reason, self.id)
        return self

    def units(self) -> Iterator[coordinator.ComparisonUnit]:
        """Finished units by name, with all of their results."""
        token = ""
        for _ in range(_PAGES_MAX):
            request = coordinator.ListComparisonUnitsRequest(id=self.id, page_size=_UNITS_PER_PAGE, page_token=token)
            page = self._connection.call("ListComparisonUnits", request)
            yield from page.units
            token = page.next_page_token
            if not token:
                return
        raise SoarError(f"comparison {self.id}: more than {_PAGES_MAX} pages of units", "DATA_LOSS")

    def results(self, ks: Sequence[int] = (1,)) -> list[dict[str, Any]]:
        """A row for every finished student, for pandas.DataFrame: its arm and seeds, its steps, and pass@k of its
        last evaluation. The page that `soar compare` writes has intervals, and scores by a stopping rule."""
        return [_row(unit.student, ks) for unit in self.units() if unit.HasField("student")]

    def pause(self) -> Comparison:
        request = coordinator.PauseComparisonRequest(id=self.id)
        self._message = self._connection.call("PauseComparison", request).comparison
        return self

    def resume(self, allow_version_change: bool = False) -> Comparison:
        request = coordinator.ResumeComparisonRequest(id=self.id, allow_version_change=allow_version_change)
        self._message = self._connection.call("ResumeComparison", request).comparison
        return self

    def cancel(self) -> Comparison:
        request = coordinator.CancelComparisonRequest(id=self.id)
        self._message = self._connection.call("CancelComparison", request).comparison
        return self

    def __repr__(self) -> str:
        return f"<Comparison {self.id}: {self.state}, {self._units}>"

    def _repr_html_(self) -> str:
        failure = f"<br>{html.escape(self.failure)}" if self.failure else ""
        return f"<div><b>comparison {html.escape(self.id)}</b>: {self.state}, {self._units}{failure}</div>"

    @property
    def _units(self) -> str:
        return f"{self._message.units_done} of {self._message.units_total} units"


def _row(student: coordinator.StudentUnit, ks: Sequence[int]) -> dict[str, Any]:
    last = student.held_out[-1]
    row: dict[str, Any] = {
        "arm": student.arm,
        "teacher_seed": student.teacher_seed if student.HasField("teacher_seed") else None,
        "student_seed": student.student_seed,
        "steps": last.step,
    }
    for k in ks:
        each = [pass_at_k(correct, last.samples, k) for correct in last.correct]
        row[f"pass_at_{k}"] = sum(each) / len(each) if each else math.nan
    return row
