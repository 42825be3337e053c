"""The client: one object for the coordinator, a trainer and the verifier."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from soar.common import v1 as common
from soar.comparisons import Comparison
from soar.configuration import Config, read_config
from soar.connection import Connection, Tls, address_of, open_security
from soar.coordinator import v1 as coordinator
from soar.errors import SoarError
from soar.problems import Problems, read_problems
from soar.runs import Run, RunEvent, run_events
from soar.sampling import Completion, Prompt, sample
from soar.trainer import v1 as trainer
from soar.verification import Verdict, verify_batch
from soar.verifier import v1 as verifier

#: Creating a run checks its inputs, and plans its arithmetic with a trainer.
_CREATE_SECONDS = 300.0
_GENERATE_SECONDS = 3600.0
_PAGES_MAX = 10_000
_IDS_TRIED_MAX = 100
_STUBS = {
    "coordinator": coordinator.CoordinatorServiceStub,
    "trainer": trainer.TrainerServiceStub,
    "verifier": verifier.VerifierServiceStub,
}


@dataclasses.dataclass(frozen=True)
class Model:
    """A model in the trainers' store. `key` is what other methods take."""

    key: str
    sha256: str
    bytes: int


@dataclasses.dataclass(frozen=True)
class Domain:
    """A domain that the verifier grades."""

    name: str
    description: str


class Client:
    """Made by `soar.connect()`. Connections are opened by the first call that needs them."""

    def __init__(self, addresses: Mapping[str, str], security: Any, timeout: float) -> None:
        made = {name: Connection(name, addresses[name], security, _STUBS[name], timeout) for name in _STUBS}
        self._coordinator, self._trainer, self._verifier = (made[name] for name in _STUBS)
        stub = coordinator.ComparisonServiceStub
        self._comparisons = Connection("coordinator", addresses["coordinator"], security, stub, timeout)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections. Runs go on."""
        for connection in (self._coordinator, self._trainer, self._verifier, self._comparisons):
            connection.close()

    # Runs

    def run(
        self,
        config: Config,
        model: str | common.CheckpointRef,
        train: Problems,
        test: Problems,
        *,
        id: str | None = None,
        wait: bool = True,
        progress: bool | None = None,
    ) -> Run:
        """Runs SOAR, and waits for the end unless told otherwise. Raises SoarError when the run fails.

        config: a preset and what differs from it, {"preset": "paper", "outerSteps": 50}, or a file. model: the key
        of a model in the trainers' store ("models/base"); `soar models import` puts it there. train, test: the hard
        problems, as rows {"question", "answer"} or .jsonl files. id: of the run; by default it follows from all of
        these, so that the same call finds its run again, running or finished. One that failed or was paused is
        resumed, a cancelled one is begun anew under another id. progress: as in Run.watch.
        """
        request = coordinator.CreateRunRequest(
            config=read_config(config),
            base=_checkpoint(model),
            train_problems=read_problems(train, "train"),
            test_problems=read_problems(test, "test"),
        )

        def create(run_id: str) -> Run:
            request.id = run_id
            return Run(self._coordinator, self._coordinator.call("CreateRun", request, _CREATE_SECONDS).run)

        run = _going_on(create, id, f"run-{_digest(request)}")
        return run.watch(progress).require_success() if wait else run

    def get_run(self, run_id: str) -> Run:
        return Run(self._coordinator, self._coordinator.call("GetRun", coordinator.GetRunRequest(id=run_id)).run)

    def runs(self) -> Iterator[Run]:
        """All runs by id, without their reports: refresh() reads one."""
        for page in _pages(self._coordinator, "ListRuns", coordinator.ListRunsRequest(page_size=100)):
            yield from (Run(self._coordinator, message) for message in page.runs)

    def watch(self, run_id: str) -> Iterator[RunEvent]:
        """Events of a run until it ends; each outer step and each arm comes once. A stream that breaks is opened
        again."""
        return run_events(self._coordinator, run_id)

    # Comparisons

    def compare(
        self,
        config: Config,
        model: str | common.CheckpointRef,
        train: Problems,
        test: Problems,
        *,
        arms: Sequence[str],
        teachers: Iterable[int] = (),
        students: Iterable[int] = (),
        alone: Iterable[int] = (0,),
        curated: Problems | None = None,
        id: str | None = None,
        wait: bool = True,
        progress: bool | None = None,
    ) -> Comparison:
        """Compares arms over nested seeds: a teacher for each seed of `teachers`, with a student for each of
        `students`; arms without a teacher have a student for each of `alone`. The other arguments are those of
        run()."""
        request = coordinator.CreateComparisonRequest(
            config=read_config(config),
            base=_checkpoint(model),
            train_problems=read_problems(train, "train"),
            test_problems=read_problems(test, "test"),
            curated_problems=[] if curated is None else read_problems(curated, "curated"),
            arms=arms,
            seeds=coordinator.ComparisonSeeds(teachers=teachers, students=students, alone=alone),
        )

        def create(comparison_id: str) -> Comparison:
            request.id = comparison_id
            answer = self._comparisons.call("CreateComparison", request, _CREATE_SECONDS)
            return Comparison(self._comparisons, answer.comparison)

        comparison = _going_on(create, id, f"compare-{_digest(request)}")
        return comparison.watch(progress).require_success() if wait else comparison

    def get_comparison(self, comparison_id: str) -> Comparison:
        request = coordinator.GetComparisonRequest(id=comparison_id)
        return Comparison(self._comparisons, self._comparisons.call("GetComparison", request).comparison)

    def comparisons(self) -> Iterator[Comparison]:
        """All comparisons by id."""
        for page in _pages(self._comparisons, "ListComparisons", coordinator.ListComparisonsRequest(page_size=100)):
            yield from (Comparison(self._comparisons, message) for message in page.comparisons)

    # Models

    def models(self, prefix: str = "models/") -> Iterator[Model]:
        """Models in the store by key: those that were imported, or all checkpoints below another prefix ("")."""
        request = coordinator.ListArtifactsRequest(page_size=1000)
        for page in _pages(self._coordinator, "ListArtifacts", request):
            for each in page.artifacts:
                if each.checkpoint.key.startswith(prefix):
                    yield Model(each.checkpoint.key, each.checkpoint.sha256, each.bytes)

    def model(self, key: str) -> trainer.GetCheckpointResponse:
        """What a model is: family, parameters, vocabulary, longest sequence. Its hashes are checked."""
        request = trainer.GetCheckpointRequest(checkpoint=_checkpoint(key))
        described: trainer.GetCheckpointResponse = self._trainer.call("GetCheckpoint", request)
        return described

    def sample(
        self,
        model: str | common.CheckpointRef,
        prompts: str | Sequence[Prompt],
        *,
        samples: int = 1,
        max_new_tokens: int = 256,
        temperature: float = 1.0,
        top_p: float = 0.0,
        top_k: int = 0,
        seed: int = 0,
        stop: Sequence[str] = (),
        timeout: float | None = None,
    ) -> list[list[Completion]]:
        """Completions of each prompt: a list of `samples` for every prompt. A prompt is a text, or a chat as a list
        of {"role", "content"}. Equal arguments give equal completions; other seeds give others. temperature 0 is
        greedy."""
        sampling = common.SamplingConfig(
            temperature=temperature, top_p=top_p, top_k=top_k, max_new_tokens=max_new_tokens
        )
        asked: Sequence[Prompt] = [prompts] if isinstance(prompts, str) else list(prompts)
        seconds = _GENERATE_SECONDS if timeout is None else timeout
        return sample(
            self._trainer,
            _checkpoint(model),
            asked,
            samples=samples,
            sampling=sampling,
            seed=seed,
            stop=stop,
            timeout=seconds,
        )

    # Answers

    def verify(
        self, gold: str, response: str, domain: str = "math", options: Mapping[str, Any] | None = None
    ) -> Verdict:
        """Grades one response against the gold answer. For many use verify_batch: it makes one call."""
        return self.verify_batch([(gold, response)], domain, options)[0]

    def verify_batch(
        self, pairs: Iterable[tuple[str, str]], domain: str = "math", options: Mapping[str, Any] | None = None
    ) -> list[Verdict]:
        """Grades (gold, response) pairs; a verdict for each, in order. options: of the domain, {"precision":
        0.01}."""
        return verify_batch(self._verifier, pairs, domain, options)

    def domains(self) -> list[Domain]:
        """The domains that the verifier grades."""
        listed = self._verifier.call("ListDomains", verifier.ListDomainsRequest()).domains
        return [Domain(each.name, each.description) for each in listed]


def connect(
    coordinator: str | None = None,
    trainer: str | None = None,
    verifier: str | None = None,
    *,
    token: str | None = None,
    token_file: str | os.PathLike[str] | None = None,
    tls: Tls | str | os.PathLike[str] | bool | None = None,
    insecure: bool = False,
    timeout: float = 60,
) -> Client:
    """A client of running services. Nothing is called yet.

    coordinator, trainer, verifier: addresses HOST:PORT; by default SOAR_COORDINATOR and so on, else those of `soar
    up`. token, token_file: the bearer token, or a file with it on its first line (SOAR_TOKEN_FILE). tls: the file of
    the authority that signs the services (SOAR_TLS_CA), `soar.Tls(ca, cert, key)` with a certificate of the client,
    or True for the authorities that gRPC knows. insecure: sends the token off loopback without TLS. timeout: seconds
    for a call, within which it is tried again while a service is away or busy; calls that compute have longer ones.
    """
    given = {"coordinator": coordinator, "trainer": trainer, "verifier": verifier}
    addresses = {name: address_of(name, address) for name, address in given.items()}
    return Client(addresses, open_security(token, token_file, tls, insecure), timeout)


def _checkpoint(model: str | common.CheckpointRef) -> common.CheckpointRef:
    if isinstance(model, common.CheckpointRef):
        return model
    if (
        not isinstance(model, str)
        or model.startswith(("/", ".", "~"))
        or os.path.isfile(os.path.join(model, "config.json"))
    ):
        raise SoarError(
            f"model: expected a key of the trainers' store, got {model!r}. For a folder: "
            'npx soar models import FOLDER --name NAME, then model="models/NAME"',
            where="model",
        )
    return common.CheckpointRef(key=model.rstrip("/"))


Resource = TypeVar("Resource", Run, Comparison)


def _going_on(create: Callable[[str], Resource], given: str | None, default: str) -> Resource:
    """Creates a resource or finds it, and resumes it when it stopped. A cancelled one of no given id leaves its
    place."""
    for attempt in range(1, _IDS_TRIED_MAX + 1):
        found = create(given or (default if attempt == 1 else f"{default}-{attempt}"))
        if found.state in ("FAILED", "PAUSED"):
            return found.resume()
        if found.state != "CANCELLED" or given is not None:
            return found
    raise SoarError(
        f"{default}: {_IDS_TRIED_MAX} of this id were cancelled; give another id", "ALREADY_EXISTS", where="id"
    )


def _digest(request: Any) -> str:
    return hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()[:12]


def _pages(connection: Connection, method: str, request: Any) -> Iterator[Any]:
    for _ in range(_PAGES_MAX):
        page = connection.call(method, request)
        yield page
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
    raise SoarError(f"{connection.address}: {method}: more than {_PAGES_MAX} pages", "DATA_LOSS")
