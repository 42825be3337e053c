"""One class for whatever a call can end with, with what a program needs to decide and a person to understand."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from soar import _contracts

_rpc = _contracts.names_of("google.rpc")
_DOMAIN = "soar"
_DETAILS = "grpc-status-details-bin"


@dataclasses.dataclass(frozen=True)
class FieldViolation:
    """A field of a request that breaks a rule of the contracts."""

    field: str
    description: str


class SoarError(Exception):
    """A call that failed, or an argument that no call was made with.

    `code` is gRPC's status ("UNAVAILABLE"), `reason` the machine-readable reason of the service ("BUILD_CHANGED"), or
    the code again where it gave none. `where` names what is at fault, `violations` every field of a request that
    breaks a rule. `retry_after` is in seconds, where a busy service said it.
    """

    def __init__(
        self,
        message: str,
        code: str = "INVALID_ARGUMENT",
        reason: str | None = None,
        where: str = "",
        violations: tuple[FieldViolation, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason or code
        self.where = where
        self.violations = violations
        self.retry_after = retry_after


def from_rpc(error: Any, place: str) -> SoarError:
    """The error of a call. `place`: the method and the address."""
    code = error.code().name
    details = " ".join((error.details() or "").split())
    info, violations, retry_after = _sent(error)
    if info is not None:
        return SoarError(details, code, info.reason, info.metadata.get("where", ""), violations, retry_after)
    return SoarError(f"{place}: {_described(code, details)}", code)


def _sent(error: Any) -> tuple[Any, tuple[FieldViolation, ...], float | None]:
    """What the service put into the trailers; nothing where another implementation answered."""
    raw = next((value for key, value in error.trailing_metadata() or () if key == _DETAILS), None)
    info: Any = None
    violations: tuple[FieldViolation, ...] = ()
    retry_after: float | None = None
    try:
        status = _rpc["Status"].FromString(raw or b"")
        for detail in status.details:
            name = detail.TypeName()
            if name == "google.rpc.ErrorInfo":
                unpacked = _rpc["ErrorInfo"].FromString(detail.value)
                info = unpacked if unpacked.domain == _DOMAIN else info
            elif name == "google.rpc.BadRequest":
                listed = _rpc["BadRequest"].FromString(detail.value).field_violations
                violations = tuple(FieldViolation(each.field, each.description) for each in listed)
            elif name == "google.rpc.RetryInfo":
                delay = _rpc["RetryInfo"].FromString(detail.value).retry_delay
                retry_after = delay.seconds + delay.nanos / 1e9
    except Exception:  # Details that cannot be decoded are not ours; the status still says what happened.
        return None, (), None
    return info, violations, retry_after


def _described(code: str, details: str) -> str:
    if code == "UNAVAILABLE":
        ask = (
            'Is the service running there ("npx soar up" starts all), with TLS if this client has it, without if not?'
        )
        return f"not reachable ({_cause(details)}). {ask}"
    if code == "DEADLINE_EXCEEDED":
        return "no answer within the deadline; give a longer timeout"
    if code == "UNIMPLEMENTED":
        return "the server there has no such method. Is it the right service and version?"
    return details or code


def _cause(details: str) -> str:
    """The cause in a message of grpc's load balancer, bounded."""
    return re.split("[Ll]ast error: (?:UNKNOWN: )?", details)[-1][:300].rstrip(". ") or "no connection"


def is_transient(error: SoarError) -> bool:
    """Whether the same call may succeed later: the service is away, or busy and said for how long."""
    return error.code == "UNAVAILABLE" or (error.code == "RESOURCE_EXHAUSTED" and error.retry_after is not None)
