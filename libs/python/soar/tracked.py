"""The JSON Lines of a run (docs/trackers.md), read strictly: they may come from anywhere."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from typing import Any

LINE_BYTES_MAX = 16 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._/-]{0,199}")
#: Fields that a kind must have, with their types. Kinds that are not here are of a newer version, and left alone.
_FIELDS: dict[str, dict[str, tuple[type, ...]]] = {
    "run": {"run": (str,)},
    "scalar": {"tag": (str,), "step": (int,), "value": (int, float)},
    "result": {"name": (str,), "value": (int, float)},
    "question": {"question": (str,), "answer": (str,)},
    "end": {},
}
_NAMES = ("run", "tag", "name", "arm")


class BadRecord(Exception):
    """A line that is no record."""


@dataclasses.dataclass(frozen=True)
class Record:
    """A line. `fields` are those that its kind must have, checked, and whatever else it has."""

    kind: str
    fields: dict[str, Any]


def read_record(line: bytes, number: int) -> Record:
    place = f"line {number}"
    if len(line) > LINE_BYTES_MAX:
        raise BadRecord(f"{place}: longer than {LINE_BYTES_MAX} bytes")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise BadRecord(f"{place}: expected JSON, a record a line") from None
    kind = fields.get("kind") if isinstance(fields, dict) else None
    if not isinstance(kind, str):
        raise BadRecord(f'{place}: expected a record with a "kind"')
    for name, types in _FIELDS.get(kind, {}).items():
        value = fields.get(name)
        if not isinstance(value, types) or isinstance(value, bool):
            raise BadRecord(f'{place}: "{name}" of the kind {kind}: got {json.dumps(value)[:80]}')
        if isinstance(value, float) and not math.isfinite(value):
            raise BadRecord(f'{place}: "{name}" is no finite number')
    for name in _NAMES:
        if kind in _FIELDS and name in fields and not _NAME.fullmatch(str(fields[name])):
            raise BadRecord(f'{place}: "{name}": {json.dumps(fields[name])[:80]} cannot be a name')
    return Record(kind, fields)


def tree_of(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters by their paths as nested mappings: student.rl.groupSize."""
    tree: dict[str, Any] = {}
    for path, value in parameters.items():
        *parents, name = path.split(".")
        node = tree
        for parent in parents:
            below = node.setdefault(parent, {})
            if not isinstance(below, dict):  # both a value and a parent: keep the path whole
                node, name = tree, path
                break
            node = below
        node[name] = value
    return tree
