"""The package as it is installed: Python 3.10's syntax, and modules that agree with their stubs. And what documents
show of it."""

import ast
import importlib
import importlib.metadata
import importlib.resources
import pathlib
import re
import unittest

import soar

MODULES = ["build", "common", "coordinator", "metareward", "teacher", "trainer", "verifier"]


def read(name):
    return importlib.resources.files("soar").joinpath(name).read_text("utf-8")


class SourcesTest(unittest.TestCase):
    def test_every_source_is_python_3_10(self):
        names = [each.name for each in importlib.resources.files("soar").iterdir() if each.name.endswith(".py")]
        self.assertIn("client.py", names)
        for name in names:
            ast.parse(read(name), name, feature_version=(3, 10))

    def test_what_documents_show_is_python(self):
        root = pathlib.Path(__file__).parents[3]
        documents = [*root.glob("docs/**/*.md"), *root.glob("examples/**/*.md"), root / "libs/python/README.md"]
        blocks = [
            (document.name, block)
            for document in documents
            for block in re.findall(r"^```python\n(.*?)^```", document.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        ]
        self.assertIn("python.md", [name for name, _ in blocks])
        for name, block in blocks:
            ast.parse(block, name, feature_version=(3, 10))

    def test_what_a_stub_says_of_a_module_is_in_it(self):
        for name in MODULES:
            module = importlib.import_module(f"soar.{name}.v1")
            for node in ast.parse(read(f"{name}/v1.pyi")).body:
                if isinstance(node, ast.AnnAssign):
                    self.assertIsInstance(getattr(module, node.target.id), int)
                if isinstance(node, ast.FunctionDef):
                    self.assertTrue(callable(getattr(module, node.name)))
                if isinstance(node, ast.ClassDef) and not node.name.endswith(("Stub", "Servicer")):
                    self.assertTrue(hasattr(module, node.name), node.name)

    def test_messages_are_made_from_their_fields(self):
        common = importlib.import_module("soar.common.v1")
        problem = common.Problem(id="a", question="1+1", answer="2", options={"strict": "true"})
        self.assertEqual(common.Problem.FromString(problem.SerializeToString()), problem)
        self.assertEqual(common.Schedule.Name(common.SCHEDULE_COSINE), "SCHEDULE_COSINE")

    def test_every_name_of_the_package_exists(self):
        for name in soar.__all__:
            self.assertTrue(hasattr(soar, name), name)
