"""Reports to Weights & Biases: records as they are read, and an offline run by W&B itself where it is installed."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from soar.tracked import BadRecord, read_record, tree_of
from soar.wandb import id_of

HEAD = {
    "kind": "run",
    "run": "a-run",
    "start_time": "2026-11-30T21:21:44.154Z",
    "parameters": {"student.rl.groupSize": 4},
}
RECORDS = [
    HEAD,
    {"kind": "scalar", "run": "a-run", "tag": "outer/mean_reward", "step": 0, "value": 0.25},
    {"kind": "scalar", "run": "a-run", "arm": "pq", "tag": "training/kl", "step": 0, "value": 1},
    {"kind": "result", "run": "a-run", "name": "result/pq/pass_at_1", "step": 1, "value": 0.5},
    {
        "kind": "question",
        "run": "a-run",
        "outer_step": 0,
        "dataset": 1,
        "reward": 0.5,
        "id": "q",
        "question": "1+1",
        "answer": "2",
    },
    {"kind": "of a newer version", "run": "a-run"},
    {"kind": "end", "run": "a-run", "complete": True, "outer_steps_done": 1, "end_time": None},
]


def lines(records):
    return "".join(json.dumps(each) + "\n" for each in records).encode()


def reported(text, *arguments, **env):
    """What `python -m soar.wandb` says of these lines."""
    with tempfile.TemporaryDirectory() as folder:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
        settings = {"WANDB_MODE": "offline", "WANDB_DIR": folder, "HOME": folder, **env}
        command = [sys.executable, "-m", "soar.wandb", *arguments]
        done = subprocess.run(
            command, input=text, capture_output=True, timeout=120, cwd=folder, env={**inherited, **settings}
        )
        stored = list(pathlib.Path(folder).glob("wandb/offline-run-*/run-*.wandb"))
        return done.returncode, done.stdout.decode(), done.stderr.decode(), [each.stat().st_size for each in stored]


class RecordTest(unittest.TestCase):
    def test_records_are_read_with_what_else_they_have(self):
        for number, record in enumerate(RECORDS, 1):
            found = read_record(json.dumps(record).encode(), number)
            self.assertEqual((found.kind, found.fields), (record["kind"], record))

    def test_what_is_no_record_is_refused_with_its_line(self):
        for line, message in (
            (b"garbage", "line 7: expected JSON"),
            (b"[" * 100_000, "line 7: expected JSON"),
            (b"[1]", 'line 7: expected a record with a "kind"'),
            (b'{"kind":"scalar","tag":"a","step":1}', 'line 7: "value" of the kind scalar: got null'),
            (b'{"kind":"scalar","tag":"a","step":true,"value":1}', 'line 7: "step" of the kind scalar: got true'),
            (b'{"kind":"scalar","tag":"a","step":1,"value":NaN}', 'line 7: "value" is no finite number'),
            (b'{"kind":"run","run":"../a b"}', 'line 7: "run": "../a b" cannot be a name'),
        ):
            with self.assertRaises(BadRecord) as caught:
                read_record(line, 7)
            self.assertTrue(str(caught.exception).startswith(message), str(caught.exception))

    def test_parameters_are_a_tree_and_none_is_lost(self):
        self.assertEqual(tree_of({"a.b.c": 1, "a.d": 2, "e": 3}), {"a": {"b": {"c": 1}, "d": 2}, "e": 3})
        self.assertEqual(tree_of({"a": 1, "a.b": 2}), {"a": 1, "a.b": 2})

    def test_another_run_of_the_same_name_has_another_id(self):
        self.assertEqual(id_of("a-run", HEAD["start_time"]), id_of("a-run", HEAD["start_time"]))
        self.assertNotEqual(id_of("a-run", HEAD["start_time"]), id_of("a-run", None))


@unittest.skipUnless(importlib.util.find_spec("wandb"), 'wandb is not installed: pip install "soar-rl[wandb]"')
class OfflineTest(unittest.TestCase):
    def test_a_run_is_reported_and_its_folder_said_last(self):
        code, out, err, stored = reported(lines(RECORDS))
        self.assertEqual(code, 0, err)
        self.assertRegex(
            out.splitlines()[-1], r"wandb/offline-run-\d+_\d+-" + id_of("a-run", HEAD["start_time"]) + "$"
        )
        self.assertEqual(len(stored), 1)
        self.assertGreater(stored[0], 1000)

    def test_what_is_no_run_is_one_line_and_leaves_nothing(self):
        for text, message in (
            (b"", 'line 1: expected the record of kind "run"'),
            (lines(RECORDS[1:]), 'line 1: expected the record of kind "run"'),
        ):
            code, _, err, stored = reported(text)
            self.assertEqual((code, stored), (2, []), err)
            # Some versions of W&B warn on standard error when they are imported.
            self.assertTrue(err.splitlines()[-1].startswith(f"soar-wandb: {message}"), err)

    def test_whether_it_could_report_is_said_without_reading(self):
        self.assertEqual(reported(b"", "--check")[0], 0)
        code, _, err, _ = reported(b"", "--check", WANDB_MODE="online")
        self.assertEqual(code, 2)
        self.assertRegex(err.splitlines()[-1], "^soar-wandb: not logged in to Weights & Biases: wandb login, or")


@unittest.skipIf(importlib.util.find_spec("wandb"), "wandb is installed")
class MissingTest(unittest.TestCase):
    def test_it_says_what_to_install(self):
        code, _, err, _ = reported(lines(RECORDS))
        self.assertEqual(code, 2)
        self.assertEqual(err, 'soar-wandb: Weights & Biases is not installed here: pip install "soar-rl[wandb]"\n')
