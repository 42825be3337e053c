"""Connections to services: addresses, TLS, tokens, deadlines, bounded retries.

Defaults are those of the `soar` command and come from the same variables: SOAR_COORDINATOR, SOAR_TRAINER,
SOAR_VERIFIER, SOAR_TLS_CA, SOAR_TLS_CLIENT_CERT, SOAR_TLS_CLIENT_KEY, SOAR_TOKEN_FILE.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import pathlib
import random
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import grpc

from soar.errors import SoarError, from_rpc, is_transient

Response = TypeVar("Response")

#: Addresses of `soar up`.
DEFAULTS = {"coordinator": "127.0.0.1:7105", "trainer": "127.0.0.1:7102", "verifier": "127.0.0.1:7101"}
#: The largest message that a service takes or sends.
MESSAGE_BYTES_MAX = 16 * 1024 * 1024
_OPTIONS = [
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
    # A peer that vanished without closing its connection is found by these.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.enable_retries", 0),  # Retries are those below, which heed how long a busy service asks to wait.
    ("grpc.max_reconnect_backoff_ms", 2_000),
]
_WAIT_SECONDS_MAX = 5.0


@dataclasses.dataclass(frozen=True)
class Tls:
    """Files for TLS, in PEM: `ca` signs the services; `cert` and `key` are what the client shows (mTLS)."""

    ca: str | os.PathLike[str] | None = None
    cert: str | os.PathLike[str] | None = None
    key: str | os.PathLike[str] | None = None


def address_of(service: str, given: str | None) -> str:
    """The address of a service: as given, else its variable, else that of `soar up`."""
    return given or os.environ.get(f"SOAR_{service.upper()}") or DEFAULTS[service]


@dataclasses.dataclass(frozen=True)
class Security:
    """How calls are secured."""

    credentials: grpc.ChannelCredentials | None
    token: str | None
    insecure: bool

    def channel(self, address: str) -> grpc.Channel:
        """A channel to `address`. Refuses to send a token there in plain text."""
        if self.credentials is not None:
            return grpc.secure_channel(address, self.credentials, options=_OPTIONS)
        if self.token is not None and not self.insecure and not _is_loopback(address):
            raise SoarError(
                f"{address}: the token would be sent there in plain text. Give tls=, or insecure=True on a trusted "
                "network",
                "FAILED_PRECONDITION",
                where="token",
            )
        return grpc.insecure_channel(address, options=_OPTIONS)

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        return () if self.token is None else (("authorization", f"Bearer {self.token}"),)


def open_security(
    token: str | None = None,
    token_file: str | os.PathLike[str] | None = None,
    tls: Tls | str | os.PathLike[str] | bool | None = None,
    insecure: bool = False,
) -> Security:
    """Reads the files that the arguments name, or else the environment. `tls`: Tls, the path of a CA, or True."""
    if token is None:
        named = token_file or os.environ.get("SOAR_TOKEN_FILE") or None
        token = None if named is None else _first_token(named)
    if token is not None and (
        not token.isascii() or not token.isprintable() or token.strip() != token or token == ""
    ):
        raise SoarError("token: expected printable ASCII without spaces around it", where="token")
    return Security(_credentials(_chosen_tls(tls)), token, insecure)


def _chosen_tls(tls: Tls | str | os.PathLike[str] | bool | None) -> Tls | None:
    if isinstance(tls, Tls):
        return tls
    if tls is False:
        return None
    env = {name: os.environ.get(f"SOAR_TLS_{name}") or None for name in ("CA", "CLIENT_CERT", "CLIENT_KEY")}
    ca = env["CA"] if tls is None or tls is True else tls
    if tls is None and not any(env.values()):
        return None
    return Tls(ca, env["CLIENT_CERT"], env["CLIENT_KEY"])


def _credentials(tls: Tls | None) -> grpc.ChannelCredentials | None:
    if tls is None:
        return None
    if (tls.cert is None) != (tls.key is None):
        raise SoarError("tls: give cert and key together, or neither", where="tls")
    ca, cert, key = (None if path is None else _read(path, "tls") for path in (tls.ca, tls.cert, tls.key))
    return grpc.ssl_channel_credentials(ca, key, cert)


def _first_token(path: str | os.PathLike[str]) -> str:
    lines = _read(path, "token_file").decode("utf-8", "replace").split("\n")
    tokens = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not tokens:
        raise SoarError(f"{path}: holds no token; expected one a line", where="token_file")
    return tokens[0]


def _read(path: str | os.PathLike[str], where: str) -> bytes:
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as error:
        raise SoarError(f"{where}: {path} cannot be read: {error.strerror}", "NOT_FOUND", where=where) from None


def _is_loopback(address: str) -> bool:
    if address.startswith("unix:"):
        return True
    host = address.rsplit(":", 1)[0].strip("[]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Connection:
    """A channel to one service, made at the first call and again in a process that was forked."""

    def __init__(self, service: str, address: str, security: Security, stub: Callable[[Any], Any], timeout: float):
        self.service = service
        self.address = address
        self.timeout = timeout
        self._security = security
        self._stub_of = stub
        self._opened: tuple[int, grpc.Channel, Any] | None = None

    def call(self, method: str, request: Any, timeout: float | None = None) -> Any:
        """One unary call. While the service is away or busy it is repeated within `timeout` seconds, which repeating
        is safe for: every call that makes something carries an id of its client."""
        seconds = self.timeout if timeout is None else timeout
        deadline = time.monotonic() + seconds
        for attempt in range(1_000):
            try:
                left = max(0.001, deadline - time.monotonic())
                return getattr(self._stub, method)(request, timeout=left, metadata=self._security.metadata)
            except grpc.RpcError as error:
                failed = from_rpc(error, self._place(method))
                wait = wait_of(failed, attempt)
                if not is_transient(failed) or time.monotonic() + wait >= deadline:
                    raise failed from None
                time.sleep(wait)
        raise AssertionError("unreachable: every attempt waits")

    def stream(self, method: str, request: Any, timeout: float) -> Iterator[Any]:
        """The messages of a stream, which is cancelled when the caller stops reading."""
        try:
            call = getattr(self._stub, method)(request, timeout=timeout, metadata=self._security.metadata)
        except grpc.RpcError as error:
            raise from_rpc(error, self._place(method)) from None
        try:
            yield from call
        except grpc.RpcError as error:
            raise from_rpc(error, self._place(method)) from None
        finally:
            call.cancel()

    def close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None and opened[0] == os.getpid():
            opened[1].close()

    @property
    def _stub(self) -> Any:
        if self._opened is None or self._opened[0] != os.getpid():
            channel = self._security.channel(self.address)
            self._opened = (os.getpid(), channel, self._stub_of(channel))
        return self._opened[2]

    def _place(self, method: str) -> str:
        return f"{self.service} at {self.address}: {method}"


def wait_of(error: SoarError, attempt: int) -> float:
    """Seconds before the next attempt, from 0: what the service asked for, else growing and spread."""
    growing = min(_WAIT_SECONDS_MAX, 0.1 * 2.0 ** min(attempt, 10))
    return max(error.retry_after or 0.0, growing * random.uniform(0.75, 1.0))
