"""Makes Python modules of the contracts from proto/ when it is imported, in a temporary folder.

A real client or service makes them once, in its build: proto/README.md has the command.
"""

import atexit
import pathlib
import shutil
import sys
import tempfile

import grpc_tools
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
folder = tempfile.mkdtemp(prefix="soar-stubs-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)

# The contracts and the validation rules that they import; nothing else of proto/vendor.
files = [str(path.relative_to(PROTO)) for path in sorted((PROTO / "soar").rglob("*.proto"))]
files.append("buf/validate/validate.proto")
google = pathlib.Path(grpc_tools.__file__).parent / "_proto"
roots = [f"-I{root}" for root in (PROTO / "vendor", PROTO, google)]
if protoc.main(["protoc", *roots, f"--python_out={folder}", f"--grpc_python_out={folder}", *files]) != 0:
    sys.exit("the stubs could not be generated")
sys.path.insert(0, folder)
