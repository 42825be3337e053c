"""What is refused before any call, and what inputs become; no service is needed."""

import os
import pathlib
import tempfile
import time
import unittest
from concurrent import futures
from unittest import mock

import grpc
import soar
from soar.configuration import preset_names, read_config
from soar.connection import open_security
from soar.problems import read_problems
from soar.rewards import text_of
from soar.verifier import v1 as verifier


class ConfigurationTest(unittest.TestCase):
    def test_a_preset_is_what_is_not_said(self):
        config = read_config({"preset": "quickstart", "student": {"rl": {"groupSize": 4}}})
        self.assertEqual((config.outer_steps, config.student.rl.group_size, config.student.repeats), (20, 4, 1))
        self.assertEqual(read_config({}).domain, "math")

    def test_both_spellings_of_a_field_replace_the_preset(self):
        self.assertEqual(read_config({"outer_steps": 3}).outer_steps, 3)
        self.assertEqual(read_config({"teacher": {"kl": {"coefficient": 0.5}}}).teacher.kl.coefficient, 0.5)

    def test_every_preset_is_a_configuration(self):
        for name in preset_names():
            self.assertGreater(read_config({"preset": name}).outer_steps, 0)

    def test_unknown_names_are_refused_with_the_nearest_known_one(self):
        with self.assertRaisesRegex(soar.SoarError, "unknown field student.rl.groupsize; did you mean groupSize?"):
            read_config({"student": {"rl": {"groupsize": 4}}})
        with self.assertRaisesRegex(soar.SoarError, "unknown preset 'papr'; expected one of paper, "):
            read_config({"preset": "papr"})
        with self.assertRaisesRegex(soar.SoarError, "^config: Failed to parse seed field"):
            read_config({"seed": "x"})


class ProblemsTest(unittest.TestCase):
    def test_a_row_without_id_has_the_id_that_the_command_gives_it(self):
        # printf '%s' '["865+840","605"]' | sha256sum | cut -c 1-16
        self.assertEqual(read_problems([{"question": "865+840", "answer": 605}], "train")[0].id, "b44c66d3ec3565cf")

    def test_bad_rows_are_refused_with_their_place(self):
        for rows, message in (
            ([{"question": "1"}], 'train: row 1: expected a text under "answer"; the row has question'),
            ([["1", "2"]], "train: row 1: expected .*got list"),
            ([], "train: holds no problems"),
        ):
            with self.assertRaisesRegex(soar.SoarError, message):
                read_problems(rows, "train")

    def test_a_file_that_is_no_json_lines_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.csv")
            path.write_text("question,answer\n1,2\n")
            with self.assertRaisesRegex(soar.SoarError, "a.csv: expected JSON Lines"):
                read_problems(path, "train")
            with self.assertRaisesRegex(soar.SoarError, "cannot be read: No such file"):
                read_problems(pathlib.Path(folder, "b.jsonl"), "train")


class SecurityTest(unittest.TestCase):
    def test_a_token_does_not_leave_loopback_in_plain_text(self):
        security = open_security(token="a-token-of-sixteen")
        with self.assertRaisesRegex(soar.SoarError, "would be sent there in plain text"):
            security.channel("soar.example:7105")
        for address in ("127.0.0.1:7105", "localhost:7105", "[::1]:7105"):
            security.channel(address).close()
        open_security(token="a-token-of-sixteen", insecure=True).channel("soar.example:7105").close()

    def test_tokens_and_certificates_come_from_the_environment(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "token")
            path.write_text("first-token\nsecond-token\n")
            with mock.patch.dict(os.environ, {"SOAR_TOKEN_FILE": str(path)}):
                self.assertEqual(open_security().metadata, (("authorization", "Bearer first-token"),))
            with mock.patch.dict(os.environ, {"SOAR_TLS_CA": str(pathlib.Path(folder, "ca.pem"))}):
                with self.assertRaisesRegex(soar.SoarError, "ca.pem cannot be read: No such file"):
                    open_security()

    def test_a_service_that_is_not_there_is_an_error_within_the_timeout(self):
        with soar.connect(verifier="127.0.0.1:1", timeout=0.5) as client:
            with self.assertRaisesRegex(
                soar.SoarError, "verifier at 127.0.0.1:1: VerifyBatch: not reachable"
            ) as caught:
                client.verify("1", "1")
            self.assertEqual(caught.exception.code, "UNAVAILABLE")


class OwnServerTest(unittest.TestCase):
    """A verifier of one's own, by the classes of this package."""

    class Verifier(verifier.VerifierServiceServicer):
        def __init__(self):
            self.calls = 0

        def VerifyBatch(self, request, context):
            self.calls += 1
            if request.domain == "silent":
                time.sleep(2)
            if request.domain == "away" and self.calls < 3:
                context.abort(grpc.StatusCode.UNAVAILABLE, "starting")
            verdicts = [
                verifier.Verification(verdict=verifier.VERDICT_CORRECT, extracted=it.gold) for it in request.items
            ]
            return verifier.VerifyBatchResponse(
                verifications=verdicts[:-1] if request.domain == "short" else verdicts
            )

    def setUp(self):
        self.server = grpc.server(futures.ThreadPoolExecutor(2))
        self.verifier = self.Verifier()
        verifier.add_VerifierServiceServicer_to_server(self.verifier, self.server)
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.addCleanup(self.server.stop, 0)
        self.client = soar.connect(verifier=f"127.0.0.1:{port}", timeout=20)
        self.addCleanup(self.client.close)

    def test_it_answers(self):
        self.assertEqual(self.client.verify("7", "x").extracted, "7")

    def test_one_that_does_not_answer_is_an_error_within_the_timeout(self):
        with soar.connect(verifier=self.client._verifier.address, timeout=0.3) as client:
            with self.assertRaisesRegex(soar.SoarError, "no answer within the deadline"):
                client.verify("1", "1", "silent")

    def test_one_that_is_away_is_called_again(self):
        self.assertTrue(self.client.verify("7", "x", "away").correct)
        self.assertEqual(self.verifier.calls, 3)

    def test_verdicts_that_are_missing_are_an_error(self):
        with self.assertRaisesRegex(soar.SoarError, "sent 1 verdicts for 2 items"):
            self.client.verify_batch([("1", "1"), ("2", "2")], "short")

    def test_a_method_that_it_leaves_out_is_an_error(self):
        with self.assertRaisesRegex(soar.SoarError, "the server there has no such method"):
            self.client.domains()

    def test_a_reward_is_a_number_for_every_completion(self):
        reward = soar.reward(verifier=self.client._verifier.address)
        self.addCleanup(reward.close)
        self.assertEqual(reward.__name__, "soar_math")
        self.assertEqual(reward(prompts=["p", "p"], completions=["a", "b"], answer=["1", 2]), [1.0, 1.0])
        chats = [[{"role": "assistant", "content": "a"}]]
        self.assertEqual([each.extracted for each in reward.verdicts(chats, answer=["9"])], ["9"])
        with self.assertRaisesRegex(soar.SoarError, r'no column "answer" .*it has: gold\)'):
            reward(completions=["a"], gold=["1"])
        with self.assertRaisesRegex(soar.SoarError, "2 completions, and 1 gold answers"):
            reward(completions=["a", "b"], answer=["1"])
        with self.assertRaisesRegex(soar.SoarError, "scale: expected"):
            soar.reward(scale="percent")


class ModelTest(unittest.TestCase):
    def test_a_folder_is_no_key_of_the_store(self):
        with soar.connect() as client:
            with self.assertRaisesRegex(soar.SoarError, "npx soar models import"):
                client.sample("./base", "x")


class CompletionTest(unittest.TestCase):
    def test_the_answer_of_a_conversation_is_what_its_assistant_said_last(self):
        said = [{"role": "assistant", "content": "a"}, {"role": "tool", "content": "t"}]
        self.assertEqual(text_of("plain"), "plain")
        self.assertEqual(
            text_of([*said, {"role": "assistant", "content": "b"}, {"role": "user", "content": "u"}]), "b"
        )
        self.assertEqual(text_of([{"role": "assistant", "content": [{"type": "text", "text": "b"}]}]), "b")
        self.assertEqual(text_of([{"role": "assistant", "content": None}]), "")
        self.assertEqual(text_of([]), "")
