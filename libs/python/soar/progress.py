"""Progress of a run or a comparison: a bar by tqdm.auto, in notebooks and on terminals; plain lines where it is
missing or output is a file."""

from __future__ import annotations

import sys
import time
from typing import Any

#: Least time between two lines about the same activity.
_LINE_SECONDS = 10.0
_BARS_MAX = 4


class Progress:
    """Shows events. `shown`: True, False, or None for wherever a person looks (a terminal or a notebook)."""

    def __init__(self, title: str, shown: bool | None) -> None:
        self._title = title
        is_seen = sys.stderr.isatty() or _in_notebook()
        self._is_shown = is_seen if shown is None else shown
        self._tqdm = _tqdm() if self._is_shown and is_seen else None
        #: A bar for each activity under way, several of which may run at a time.
        self._bars: dict[str, Any] = {}
        #: Those that came to their end, which may be told again.
        self._ended: set[str] = set()
        self._said: dict[str, float] = {}

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def line(self, text: str) -> None:
        """One line above the bar. Control characters are left out: parts of it were written by a model."""
        if not self._is_shown:
            return
        printable = "".join(c if c.isprintable() else " " for c in text)
        if self._tqdm is None:
            print(printable, file=sys.stderr, flush=True)
        else:
            self._tqdm.write(printable, file=sys.stderr)

    def run_event(self, event: Any) -> None:
        if event.kind == "progress":
            self.update(event.message)
        elif event.kind == "step":
            self.line(step_line(event.message))
        elif event.kind == "arm":
            self.line(arm_line(event.message))

    def update(self, part: Any) -> None:
        """How far an activity is: a Progress of soar.coordinator.v1."""
        if not self._is_shown:
            return
        if self._tqdm is None:
            if time.monotonic() - self._said.get(part.activity, -_LINE_SECONDS) >= _LINE_SECONDS:
                self._said[part.activity] = time.monotonic()
                self.line(f"{self._title}: {part.activity}: {part.done} of {part.total} {part.unit}")
            return
        is_ended = 0 < part.total <= part.done
        if is_ended and part.activity in self._ended:
            return
        bar = self._bars.get(part.activity)
        if bar is None:
            if len(self._bars) == _BARS_MAX:
                self._bars.pop(next(iter(self._bars))).close()
            bar = self._tqdm(total=part.total or None, desc=part.activity, unit=f" {part.unit}", leave=False)
            self._bars[part.activity] = bar
        bar.total = part.total or None
        bar.update(max(0, part.done - bar.n))
        if is_ended:
            self._ended.add(part.activity)
            self._bars.pop(part.activity).close()

    def _close(self) -> None:
        for bar in self._bars.values():
            bar.close()
        self._bars.clear()


def step_line(step: Any) -> str:
    """An outer step in a line, as the soar command shows it."""
    rejected = sum(step.rejections.values())
    parts = []
    if step.HasField("score"):
        parts += [f"mean reward {step.score.mean_reward:+.3f}", f"moving average {step.score.moving_average:+.3f}"]
    parts.append(f"{step.rollouts_sampled - rejected} of {step.rollouts_sampled} rollouts well-formed")
    if step.HasField("correct_answers"):
        parts.append(f"{100 * step.correct_answers:.1f} % of stated answers right")
    if step.score.HasField("promotion"):
        parts.append(f"promoted a student of dataset {step.score.promotion.dataset_index}")
    return f"outer step {step.outer_step}: {', '.join(parts)}"


def arm_line(arm: Any) -> str:
    """An arm in a line."""
    shares = ", ".join(f"pass@{k} {100 * share:.1f} %" for k, share in sorted(arm.pass_at_k.items()))
    return f"{arm.name}: {shares}"


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


def _tqdm() -> Any:
    try:
        import warnings

        with warnings.catch_warnings():  # tqdm.auto warns of missing ipywidgets, and goes on in text.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm
