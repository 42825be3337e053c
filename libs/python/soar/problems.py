"""Problems of a run: rows with a question and an answer, from a list, a data set or a JSON Lines file."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from soar.common import v1 as common
from soar.errors import SoarError

Problems = str | os.PathLike[str] | Iterable[Mapping[str, Any]]
#: As many as a run takes.
ROWS_MAX = 20_000


def read_problems(problems: Problems, name: str) -> list[common.Problem]:
    """Problems in their order. `problems`: a .jsonl file, as `soar screen` writes it, or rows {"question", "answer"}
    with an "id" and grading "options" if they have them. Other formats and shapes are for the soar command."""
    rows = _lines(pathlib.Path(problems)) if isinstance(problems, (str, os.PathLike)) else enumerate(problems, 1)
    found: list[common.Problem] = []
    for number, row in rows:
        if len(found) == ROWS_MAX:
            raise SoarError(f"{name}: more than {ROWS_MAX} problems", where=name)
        found.append(_problem(row, f"{name}: row {number}"))
    if not found:
        raise SoarError(f"{name}: holds no problems", where=name)
    return found


def _lines(path: pathlib.Path) -> Iterable[tuple[int, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, json.loads(line)
    except OSError as error:
        raise SoarError(f"{path}: cannot be read: {error.strerror}", "NOT_FOUND", where=str(path)) from None
    except ValueError:
        raise SoarError(
            f"{path}: expected JSON Lines, a problem a line; other formats: npx soar problems --help",
            where=str(path),
        ) from None


def _problem(row: Any, place: str) -> common.Problem:
    if not isinstance(row, Mapping):
        raise SoarError(
            f'{place}: expected {{"question": ..., "answer": ...}}, got {type(row).__name__}', where=place
        )
    texts = {}
    for field in ("question", "answer"):
        value = row.get(field)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or value == "":
            raise SoarError(
                f'{place}: expected a text under "{field}"; the row has {", ".join(map(str, row))}', where=place
            )
        texts[field] = value
    options = {name: json.dumps(value) for name, value in (row.get("options") or {}).items()}
    return common.Problem(id=str(row.get("id") or _id_of(**texts)), **texts, options=options)


def _id_of(question: str, answer: str) -> str:
    """Depends on question and answer alone, and is the one that the soar command gives the problem."""
    text = json.dumps([question, answer], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
