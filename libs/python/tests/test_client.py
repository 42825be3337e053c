"""The client against running services, whose addresses are in SOAR_COORDINATOR, SOAR_TRAINER and SOAR_VERIFIER. The
store holds the shipped base model as models/base."""

import os
import pathlib
import unittest

import soar
from soar.comparisons import pass_at_k

HARD = pathlib.Path(__file__).resolve().parents[3] / "libs/quickstart/assets/hard"
TINY = {
    "preset": "quickstart",
    "outerSteps": 2,
    "student": {"steps": 1},
    "rewardQuestions": 4,
    "teacher": {"datasets": 2, "questionsPerDataset": 2},
    "comparison": {"syntheticSteps": 1, "hardSteps": 1, "samplesPerProblem": 2, "passAt": [1, 2]},
}
TRAIN = [{"question": f"{a}+111", "answer": str(a + 111)} for a in range(201, 209)]
TEST = [{"question": f"{a}+222", "answer": str(a + 222)} for a in range(301, 305)]


@unittest.skipUnless("SOAR_COORDINATOR" in os.environ, "no services: SOAR_COORDINATOR is not set")
class ClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = soar.connect()

    @classmethod
    def tearDownClass(cls):
        cls.client.close()

    def test_verdicts_come_in_the_order_of_the_pairs(self):
        pairs = [("1/2", r"\boxed{0.5}"), ("7", r"\boxed{8}"), ("7", ""), ("", r"\boxed{7}")]
        verdicts = self.client.verify_batch(pairs)
        self.assertEqual(
            [each.verdict for each in verdicts], ["CORRECT", "INCORRECT", "NO_ANSWER", "GOLD_UNPARSEABLE"]
        )
        self.assertEqual([each.correct for each in verdicts], [True, False, False, False])
        self.assertEqual(verdicts[0].reward, 120)

    def test_more_pairs_than_a_call_takes_are_graded_alike(self):
        pairs = [(str(i), f"\\boxed{{{i + i % 2}}}") for i in range(10_003)]
        verdicts = self.client.verify_batch(pairs)
        self.assertEqual([each.correct for each in verdicts], [i % 2 == 0 for i in range(10_003)])

    def test_long_responses_are_cut_into_several_messages(self):
        pairs = [("4", "x" * 1_000_000 + r" \boxed{4}") for _ in range(20)]
        self.assertTrue(all(each.correct for each in self.client.verify_batch(pairs)))

    def test_a_broken_character_is_graded_and_no_error(self):
        self.assertEqual(self.client.verify("4", "\ud800 \\boxed{4}").verdict, "CORRECT")

    def test_a_text_that_no_call_takes_is_refused_with_its_place(self):
        with self.assertRaisesRegex(soar.SoarError, r"^item 1: response: longer than 1048576 bytes"):
            self.client.verify_batch([("1", "1"), ("1", "x" * 1_048_577)])

    def test_equal_arguments_give_equal_samples_and_other_seeds_others(self):
        def sampled(seed):
            asked = ["Q123+456=", "Q777+888="]
            return self.client.sample("models/base", asked, samples=3, max_new_tokens=32, temperature=2, seed=seed)

        first = sampled(0)
        self.assertEqual([len(each) for each in first], [3, 3])
        self.assertEqual(first, sampled(0))
        self.assertNotEqual(first, sampled(1))
        one = first[0][0]
        self.assertEqual(len(one.token_ids), len(one.logprobs))
        self.assertIn(one.finish_reason, ("stop", "length"))

    def test_models_are_listed_and_described(self):
        self.assertIn("models/base", [each.key for each in self.client.models()])
        self.assertEqual(self.client.model("models/base").parameters, 152_192)

    def test_an_error_has_code_reason_and_the_fields_at_fault(self):
        with self.assertRaises(soar.SoarError) as caught:
            self.client.sample("models/base", "Q1+1=", max_new_tokens=0)
        error = caught.exception
        self.assertEqual((error.code, error.reason), ("INVALID_ARGUMENT", "INVALID_ARGUMENT"))
        self.assertEqual([each.field for each in error.violations], ["sampling.max_new_tokens"])

    def test_a_run_is_found_again_by_its_inputs_and_tells_each_step_once(self):
        run = self.client.run(TINY, "models/base", TRAIN, TEST)
        self.assertEqual(run.state, "SUCCEEDED")
        self.assertEqual(list(run.pass_at), ["base", "hard-only", "ps", "pq"])
        kinds = [(event.kind, getattr(event.message, "outer_step", None)) for event in self.client.watch(run.id)]
        self.assertEqual([step for kind, step in kinds if kind == "step"], [0, 1])
        self.assertEqual(kinds[-1], ("state", None))
        again = self.client.run(TINY, "models/base", TRAIN, TEST, wait=False)
        self.assertEqual(again.id, run.id)
        self.assertEqual(again.state, "SUCCEEDED")
        self.assertIn(run.id, [each.id for each in self.client.runs()])
        self.assertIn("<th>pq</th>", run._repr_html_())
        self.assertEqual(run.to_dict()["runId"], run.id)

    def test_a_run_can_be_paused_resumed_and_cancelled(self):
        run = self.client.run({**TINY, "outerSteps": 500}, "models/base", TRAIN, TEST, wait=False)
        self.assertEqual(run.state, "RUNNING")
        self.assertEqual(run.pause().state, "PAUSED")
        self.assertEqual(run.resume().state, "RUNNING")
        self.assertEqual(run.cancel().state, "CANCELLED")
        with self.assertRaisesRegex(soar.SoarError, f"run {run.id} is CANCELLED"):
            run.wait()
        other = self.client.run({**TINY, "outerSteps": 500}, "models/base", TRAIN, TEST, wait=False)
        self.assertNotEqual(other.id, run.id)
        other.pause()
        resumed = self.client.run({**TINY, "outerSteps": 500}, "models/base", TRAIN, TEST, wait=False)
        self.assertEqual((resumed.id, resumed.state), (other.id, "RUNNING"))
        resumed.cancel()

    def test_a_comparison_has_a_row_for_every_student(self):
        compared = self.client.compare(TINY, "models/base", TRAIN, TEST, arms=["base", "hard-only"], alone=[0, 1])
        rows = compared.results([1, 2])
        students = [(arm, seed) for arm in ("base", "hard-only") for seed in (0, 1)]
        self.assertEqual(sorted((row["arm"], row["student_seed"]) for row in rows), students)
        self.assertTrue(all(0 <= row["pass_at_1"] <= row["pass_at_2"] <= 1 for row in rows))
        self.assertIn(compared.id, [each.id for each in self.client.comparisons()])

    def test_problem_files_of_a_screening_are_taken(self):
        files = (HARD / "train.jsonl", HARD / "test.jsonl")
        run = self.client.run({**TINY, "outerSteps": 400}, "models/base", *files, wait=False)
        self.assertEqual(run.cancel().state, "CANCELLED")


class PassAtKTest(unittest.TestCase):
    def test_it_is_the_unbiased_estimate(self):
        self.assertEqual(pass_at_k(0, 4, 2), 0)
        self.assertAlmostEqual(pass_at_k(1, 4, 2), 0.5)
        self.assertEqual(pass_at_k(3, 4, 2), 1)
        with self.assertRaisesRegex(soar.SoarError, "expected 1 to 4"):
            pass_at_k(1, 4, 5)
