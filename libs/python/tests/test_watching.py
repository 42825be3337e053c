"""Runs that are watched while streams break, on a coordinator of one's own."""

import io
import threading
import unittest
from concurrent import futures
from contextlib import redirect_stderr

import grpc
import soar
from soar.coordinator import v1 as coordinator
from soar.runs import run_events


def step(index):
    return coordinator.OuterStepReport(outer_step=index)


def state(name, steps, **fields):
    report = coordinator.RunReport(steps=[step(i) for i in range(steps)])
    return coordinator.WatchRunResponse(
        run=coordinator.Run(id="r", state=f"RUN_STATE_{name}", report=report, **fields)
    )


class Coordinator(coordinator.CoordinatorServiceServicer):
    """Answers each WatchRun with the next stream; an int in it is the status that the stream breaks with."""

    def __init__(self, streams):
        self.streams = iter(streams)
        self.calls = 0
        self.lock = threading.Lock()

    def WatchRun(self, request, context):
        with self.lock:
            self.calls += 1
            stream = next(self.streams)
        for message in stream:
            if isinstance(message, grpc.StatusCode):
                context.abort(message, "broken")
            yield message


class WatchingTest(unittest.TestCase):
    def client(self, *streams):
        server = grpc.server(futures.ThreadPoolExecutor(2))
        self.coordinator = Coordinator(streams)
        coordinator.add_CoordinatorServiceServicer_to_server(self.coordinator, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self.addCleanup(server.stop, 0)
        client = soar.connect(f"127.0.0.1:{port}")
        self.addCleanup(client.close)
        return client

    def test_each_step_comes_once_and_in_order_when_the_stream_breaks(self):
        heartbeat = coordinator.WatchRunResponse()
        client = self.client(
            [state("RUNNING", 1), heartbeat, coordinator.WatchRunResponse(step=step(1)), grpc.StatusCode.UNAVAILABLE],
            [grpc.StatusCode.UNAVAILABLE],
            # Step 2 was done while nobody watched.
            [state("RUNNING", 3), coordinator.WatchRunResponse(step=step(3))],
            [state("SUCCEEDED", 5)],
        )
        found = [(event.kind, getattr(event.message, "outer_step", None)) for event in client.watch("r")]
        self.assertEqual([index for kind, index in found if kind == "step"], [0, 1, 2, 3, 4])
        self.assertEqual([kind for kind, _ in found].count("state"), 3)
        self.assertEqual(self.coordinator.calls, 4)

    def test_a_run_that_is_not_there_is_an_error_at_once(self):
        with self.assertRaisesRegex(soar.SoarError, "broken"):
            list(self.client([grpc.StatusCode.NOT_FOUND]).watch("r"))
        self.assertEqual(self.coordinator.calls, 1)

    def test_what_is_wrong_later_is_an_error_too(self):
        broken = [state("RUNNING", 0), grpc.StatusCode.PERMISSION_DENIED]
        with self.assertRaisesRegex(soar.SoarError, "broken") as caught:
            list(self.client(broken).watch("r"))
        self.assertEqual(caught.exception.code, "PERMISSION_DENIED")

    def test_a_run_that_failed_says_why_and_shows_texts_as_texts(self):
        client = self.client([state("FAILED", 0, failure="<b>no</b>", failure_reason="NOT_FINITE")])
        run = soar.Run(client._coordinator, state("RUNNING", 0).run)
        with self.assertRaisesRegex(soar.SoarError, "run r is FAILED: <b>no</b>") as caught:
            run.wait()
        self.assertEqual(caught.exception.reason, "NOT_FINITE")
        self.assertIn("&lt;b&gt;no", run._repr_html_())

    def test_progress_is_lines_where_nobody_looks_at_a_terminal(self):
        part = coordinator.Progress(activity="students\x1b[2J", done=1, total=4, unit="steps")
        told = [state("RUNNING", 0), coordinator.WatchRunResponse(progress=part), state("SUCCEEDED", 1)]
        written = io.StringIO()
        with redirect_stderr(written):
            soar.Run(self.client(told)._coordinator, state("RUNNING", 0).run).watch(progress=True)
        self.assertEqual(
            written.getvalue(),
            "run r: students [2J: 1 of 4 steps\nouter step 0: 0 of 0 rollouts well-formed\n",
        )

    def test_a_reader_that_stops_ends_the_stream(self):
        client = self.client([state("RUNNING", 1), coordinator.WatchRunResponse(step=step(1))])
        events = run_events(client._coordinator, "r")
        self.assertEqual(next(events).message.outer_step, 0)
        events.close()
