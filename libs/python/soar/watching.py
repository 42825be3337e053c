"""Follows a run or a comparison to its end. A stream that breaks is opened again; the coordinator owns the work,
which goes on without watchers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from soar.connection import Connection, wait_of
from soar.coordinator import v1 as coordinator
from soar.errors import SoarError, is_transient

#: A stream is opened anew after an hour.
_STREAM_SECONDS = 3600.0
#: A coordinator that is away for as long is given up.
UNAVAILABLE_SECONDS = 60.0

_ENDED = (coordinator.RUN_STATE_SUCCEEDED, coordinator.RUN_STATE_FAILED, coordinator.RUN_STATE_CANCELLED)


def state_name(state: int) -> str:
    """ "RUNNING" of RUN_STATE_RUNNING."""
    try:
        return coordinator.RunState.Name(state).removeprefix("RUN_STATE_")
    except ValueError:
        return "UNSPECIFIED"


def is_ended(state: int) -> bool:
    return state in _ENDED


def events(
    connection: Connection,
    method: str,
    request: Any,
    resource_in: Callable[[Any], Any],
    unavailable_seconds: float = UNAVAILABLE_SECONDS,
) -> Iterator[Any]:
    """Messages of a stream until its resource has ended; heartbeats are left out. Before the first message an address
    may be wrong, so that a coordinator that is not there is an error at once."""
    last: Any = None
    answered = time.monotonic()
    attempt = 0
    while last is None or not is_ended(last.state):
        try:
            for message in connection.stream(method, request, _STREAM_SECONDS):
                answered, attempt = time.monotonic(), 0
                last = resource_in(message) or last
                if message.ByteSize() > 0:
                    yield message
        except SoarError as error:
            if error.code == "DEADLINE_EXCEEDED" and last is not None:
                continue
            wait = wait_of(error, attempt)
            is_over = time.monotonic() + wait - answered > unavailable_seconds
            if last is None or is_over or not is_transient(error):
                raise
            attempt += 1
            time.sleep(wait)
        else:
            if last is None or not is_ended(
                last.state
            ):  # A server that ends streams early is not asked in a tight loop.
                attempt += 1
                if time.monotonic() - answered > unavailable_seconds:
                    raise SoarError(
                        f"{connection.address}: {method}: the stream ends, and the work has not", "UNAVAILABLE"
                    )
                time.sleep(min(1.0, 0.1 * 2 ** min(attempt, 4)))
