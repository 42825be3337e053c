"""A reward function for TRL's GRPOTrainer and RLOOTrainer: the verifier grades what the model wrote.

trainer = GRPOTrainer(model=..., reward_funcs=soar.reward(domain="math"), train_dataset=dataset)
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from soar.connection import Connection, Tls, address_of, open_security
from soar.errors import SoarError
from soar.verification import Verdict, verify_batch
from soar.verifier import v1 as verifier

Scale = Literal["correct", "soar"]


class Reward:
    """Called as TRL calls reward functions: `reward(prompts=..., completions=..., answer=..., ...)`."""

    def __init__(
        self, connection: Connection, domain: str, answer: str, scale: Scale, options: Mapping[str, Any] | None
    ):
        #: The name of its column in TRL's logs.
        self.__name__ = f"soar_{domain}"
        self._connection = connection
        self._domain = domain
        self._answer = answer
        self._scale = scale
        self._options = options
        self._has_warned = False

    def __call__(self, prompts: Any = None, completions: Sequence[Any] = (), **columns: Any) -> list[float]:
        return [self._reward_of(graded) for graded in self.verdicts(completions, **columns)]

    def verdicts(self, completions: Sequence[Any], **columns: Any) -> list[Verdict]:
        """The verdicts behind the rewards, with the answers that were found."""
        golds = columns.get(self._answer)
        if golds is None:
            there = ", ".join(name for name, values in sorted(columns.items()) if isinstance(values, (list, tuple)))
            raise SoarError(
                f'the dataset has no column "{self._answer}" with the gold answers; name it: '
                f'soar.reward(answer="...") (it has: {there or "none"})',
                where="answer",
            )
        if len(golds) != len(completions):
            raise SoarError(f"{len(completions)} completions, and {len(golds)} gold answers", where=self._answer)
        pairs = [(str(gold), text_of(completion)) for gold, completion in zip(golds, completions)]
        graded = verify_batch(self._connection, pairs, self._domain, self._options)
        self._warn(pairs, graded)
        return graded

    def close(self) -> None:
        self._connection.close()

    def _reward_of(self, graded: Verdict) -> float:
        return graded.reward if self._scale == "soar" else float(graded.correct)

    def _warn(self, pairs: Sequence[tuple[str, str]], graded: Sequence[Verdict]) -> None:
        """Once: a gold answer that cannot be read makes every completion worthless, whatever it says."""
        unread = [gold for (gold, _), each in zip(pairs, graded) if each.verdict == "GOLD_UNPARSEABLE"]
        if unread and not self._has_warned:
            self._has_warned = True
            warnings.warn(
                f'column "{self._answer}": the gold answer {unread[0][:80]!r} cannot be read in the domain '
                f"{self._domain}; such completions are rewarded with 0",
                stacklevel=4,
            )


def reward(
    domain: str = "math",
    verifier: str | None = None,
    *,
    answer: str = "answer",
    scale: Scale = "correct",
    options: Mapping[str, Any] | None = None,
    timeout: float = 60,
    token: str | None = None,
    token_file: str | os.PathLike[str] | None = None,
    tls: Tls | str | os.PathLike[str] | bool | None = None,
    insecure: bool = False,
) -> Reward:
    """A reward function for TRL's GRPOTrainer and RLOOTrainer.

    domain: who grades; `client.domains()` lists them. verifier: its address; default SOAR_VERIFIER, else that of
    `soar up`. answer: the dataset's column with the gold answers. scale: "correct" gives 1 or 0, "soar" the student's
    reward of the paper (120, 20, 10, 0). options: of the domain, {"precision": 0.01}. timeout: seconds within which a
    batch must be graded; a verifier that is away is tried again until then, and training ends with a SoarError after.
    """
    if scale not in ("correct", "soar"):
        raise SoarError(f'scale: expected "correct" or "soar", got {scale!r}', where="scale")
    security = open_security(token, token_file, tls, insecure)
    return Reward(_connection(address_of("verifier", verifier), security, timeout), domain, answer, scale, options)


def _connection(address: str, security: Any, timeout: float) -> Connection:
    return Connection("verifier", address, security, verifier.VerifierServiceStub, timeout)


def text_of(completion: Any) -> str:
    """The text of a completion: itself, or the last message of the assistant in a conversation."""
    if isinstance(completion, str):
        return completion
    if isinstance(completion, Mapping):
        completion = [completion]
    for message in reversed(list(completion)):
        if isinstance(message, Mapping) and message.get("role", "assistant") == "assistant":
            return _content(message.get("content"))
    return ""


def _content(content: Any) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping))
