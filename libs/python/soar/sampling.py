"""Completions of a model in the trainers' store."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from soar.common import v1 as common
from soar.connection import Connection
from soar.errors import SoarError
from soar.trainer import v1 as trainer

#: Most prompts, and most completions, of one call: the answer has to fit into a message.
_PROMPTS_MAX = 1_000
_TOKENS_MAX = 1_000_000
Prompt = str | Sequence[Mapping[str, str]]


@dataclasses.dataclass(frozen=True)
class Completion:
    """What a model wrote. `logprobs` are after temperature and before top-p and top-k, one a token."""

    text: str
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    finish_reason: str


def sample(
    connection: Connection,
    model: common.CheckpointRef,
    prompts: Sequence[Prompt],
    *,
    samples: int,
    sampling: common.SamplingConfig,
    seed: int,
    stop: Sequence[str],
    timeout: float | None,
) -> list[list[Completion]]:
    """`samples` completions of every prompt. Equal arguments give equal completions, on any number of trainers."""
    per_call = max(1, min(_PROMPTS_MAX, _TOKENS_MAX // max(1, samples * sampling.max_new_tokens)))
    found: list[list[Completion]] = []
    for begin in range(0, len(prompts), per_call):
        part = prompts[begin : begin + per_call]
        request = trainer.GenerateRequest(
            checkpoint=model,
            samples_per_prompt=samples,
            sampling=sampling,
            # Prompts of a call are numbered from 0; a call's own path keeps their numbers apart.
            random=common.RandomAddress(seed=seed, path="sample" if begin == 0 else f"sample/from/{begin}"),
            stop=stop,
            **_asked(part),
        )
        completions = connection.call("Generate", request, timeout).completions
        if len(completions) != len(part) * samples:
            message = f"trainer at {connection.address}: sent {len(completions)} completions of {len(part) * samples}"
            raise SoarError(message, "DATA_LOSS")
        each = [_completion(one) for one in completions]
        found.extend(each[i : i + samples] for i in range(0, len(each), samples))
    return found


def _asked(prompts: Sequence[Prompt]) -> dict[str, Any]:
    texts = [prompt for prompt in prompts if isinstance(prompt, str)]
    if len(texts) == len(prompts):
        return {"prompts": texts}
    if texts:
        raise SoarError("prompts: expected all texts or all chats, got both", where="prompts")
    return {"chats": [_chat(prompt) for prompt in prompts]}


def _chat(prompt: Prompt) -> trainer.Chat:
    messages = [
        common.ChatMessage(role=message["role"], content=message["content"])
        for message in prompt
        if not isinstance(message, str)
    ]
    return trainer.Chat(messages=messages)


def _completion(found: trainer.Completion) -> Completion:
    reason = {trainer.FINISH_REASON_STOP: "stop", trainer.FINISH_REASON_LENGTH: "length"}.get(found.finish_reason, "")
    return Completion(found.text, tuple(found.token_ids), tuple(found.logprobs), reason)
