"""Graded answers: what the verifier says of responses."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from soar.connection import Connection
from soar.errors import SoarError
from soar.verifier import v1 as verifier

#: Limits of VerifyBatch.
ITEMS_MAX = 10_000
#: Of the texts in a message, which holds 16 MiB with what stands around them.
_TEXT_BYTES_MAX = 8 * 1024 * 1024
_RESPONSE_BYTES_MAX = 1024 * 1024
_GOLD_BYTES_MAX = 64 * 1024


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What the verifier says of one response.

    `verdict` is CORRECT, INCORRECT, NO_ANSWER, GOLD_UNPARSEABLE, UNDECIDED or TIMEOUT; only CORRECT counts as
    correct. `reward` is the student's in SOAR: 120 marked and correct, 20 marked and wrong with the gold text in it,
    10 marked, 0 unmarked.
    """

    verdict: str
    extracted: str
    stage: str
    boxed: bool
    reward: float

    @property
    def correct(self) -> bool:
        return self.verdict == "CORRECT"

    @property
    def is_graded(self) -> bool:
        """Whether the response was judged at all: not where the gold answer or the budget was at fault."""
        return self.verdict in ("CORRECT", "INCORRECT", "NO_ANSWER")


def verify_batch(
    connection: Connection,
    pairs: Iterable[tuple[str, str]],
    domain: str,
    options: Mapping[str, Any] | None = None,
    timeout: float | None = None,
) -> list[Verdict]:
    """Grades (gold, response) pairs, in as many calls as their number and length need; one verdict each, in order."""
    named = {name: json.dumps(value) for name, value in (options or {}).items()}
    graded: list[Verdict] = []
    for items in _batches(pairs):
        request = verifier.VerifyBatchRequest(domain=domain, items=items, options=named)
        answer = connection.call("VerifyBatch", request, timeout)
        if len(answer.verifications) != len(items):
            raise SoarError(
                f"verifier at {connection.address}: sent {len(answer.verifications)} verdicts for {len(items)} items",
                "DATA_LOSS",
            )
        graded.extend(_verdict_of(each) for each in answer.verifications)
    return graded


def _verdict_of(found: verifier.Verification) -> Verdict:
    try:
        name = verifier.Verdict.Name(found.verdict).removeprefix("VERDICT_")
    except ValueError:  # of a newer verifier
        name = "UNDECIDED"
    return Verdict(name, found.extracted, found.stage, found.boxed, found.reward)


def _batches(pairs: Iterable[tuple[str, str]]) -> Iterator[list[verifier.VerifyItem]]:
    items: list[verifier.VerifyItem] = []
    size = 0
    for index, (gold, response) in enumerate(pairs):
        item = _item(index, gold, response)
        length = item.ByteSize() + 16
        if items and (len(items) == ITEMS_MAX or size + length > _TEXT_BYTES_MAX):
            yield items
            items, size = [], 0
        items.append(item)
        size += length
    if items:
        yield items


def _item(index: int, gold: str, response: str) -> verifier.VerifyItem:
    for name, text, most in (("gold", gold, _GOLD_BYTES_MAX), ("response", response, _RESPONSE_BYTES_MAX)):
        if not isinstance(text, str):
            raise SoarError(f"item {index}: {name}: expected a text, got {type(text).__name__}", where=name)
        # Four bytes a character at most: short texts need no count.
        if len(text) * 4 > most and len(text.encode("utf-8", "replace")) > most:
            raise SoarError(f"item {index}: {name}: longer than {most} bytes, which the verifier refuses", where=name)
    # A model's text may hold half of a surrogate pair, which no UTF-8 has.
    return verifier.VerifyItem(gold=_utf8(gold), response=_utf8(response))


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
