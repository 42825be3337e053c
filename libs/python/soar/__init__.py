"""SOAR from Python: start, watch and compare runs, sample from models, grade answers, reward TRL's trainers.

import soar

with soar.connect() as client:
    print(client.verify("1/2", r"It is \\boxed{0.5}.").verdict)
"""

from soar._version import VERSION as __version__
from soar.client import Client, Domain, Model, connect
from soar.comparisons import Comparison
from soar.connection import Tls
from soar.errors import FieldViolation, SoarError
from soar.rewards import Reward, reward
from soar.runs import Run, RunEvent
from soar.sampling import Completion
from soar.verification import Verdict

__all__ = [
    "Client",
    "Comparison",
    "Completion",
    "Domain",
    "FieldViolation",
    "Model",
    "Reward",
    "Run",
    "RunEvent",
    "SoarError",
    "Tls",
    "Verdict",
    "__version__",
    "connect",
    "reward",
]
