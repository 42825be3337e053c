"""A domain of your own, graded in Python: numbers added digit by digit, as in the shipped task. docs/domains.md.

    python examples/python/domain.py 127.0.0.1:7200
"""

import sys
from concurrent import futures

import grpc
import stubs  # makes the modules below from proto/
from soar.common.v1 import domain_pb2 as domain
from soar.verifier.v1 import verification_pb2 as verification
from soar.verifier.v1 import verifier_service_pb2 as verifier, verifier_service_pb2_grpc as verifier_grpc

NAME = "digit-sums"
DEFINITION = domain.DomainDefinition(
    version="1",  # change it when the grading changes
    student=domain.DomainPrompt(text="Q{{question}}="),
    teacher=domain.DomainPrompt(text="T"),
    proposal=domain.ProposalShape(question=domain.Marks(close="="), answer=domain.Marks(open="#")),
    examples=[domain.DomainExample(question="865+840", answer="605", right="866400#605", wrong="#1705")],
)


def is_number(text):
    return len(text) == 3 and text.isascii() and text.isdigit()


def grade(gold, response):
    """What stands behind the only "#" is the answer."""
    _, mark, answer = response.partition("#")
    if mark == "" or answer.strip() == "":
        return verification.Verification(verdict=verification.VERDICT_NO_ANSWER)
    if not is_number(gold):
        return verification.Verification(verdict=verification.VERDICT_GOLD_UNPARSEABLE, extracted=answer)
    right = verification.VERDICT_CORRECT if answer == gold else verification.VERDICT_INCORRECT
    return verification.Verification(verdict=right, extracted=answer)


def read(answer):
    if is_number(answer):
        return verification.ParsedAnswer(parsed=True, canonical=answer)
    return verification.ParsedAnswer(reason="expected three digits")


def require(name, context):
    if name != NAME:
        context.abort(grpc.StatusCode.NOT_FOUND, f"there is no domain {name} here, only {NAME}")


class Domain(verifier_grpc.VerifierServiceServicer):
    def ListDomains(self, request, context):
        listed = verification.Domain(name=NAME, description="Sums, digit by digit.", definition=DEFINITION)
        return verifier.ListDomainsResponse(domains=[listed])

    def VerifyBatch(self, request, context):
        require(request.domain, context)
        graded = [grade(item.gold, item.response) for item in request.items]
        return verifier.VerifyBatchResponse(verifications=graded)

    def ParseAnswer(self, request, context):
        require(request.domain, context)
        return verifier.ParseAnswerResponse(answers=[read(answer) for answer in request.answers])


if __name__ == "__main__":
    server = grpc.server(futures.ThreadPoolExecutor(4))
    verifier_grpc.add_VerifierServiceServicer_to_server(Domain(), server)
    port = server.add_insecure_port(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7200")
    server.start()
    print(f"grading {NAME} on port {port}", flush=True)
    server.wait_for_termination()
