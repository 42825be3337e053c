"""A domain of your own, graded in Python: numbers added digit by digit, as in the shipped task. docs/domains.md.

    python examples/python/domain.py 127.0.0.1:7200
"""

import sys
from concurrent import futures

import grpc
from soar.common import v1 as common
from soar.verifier import v1 as verifier

NAME = "digit-sums"
DEFINITION = common.DomainDefinition(
    version="1",  # change it when the grading changes
    student=common.DomainPrompt(text="Q{{question}}="),
    teacher=common.DomainPrompt(text="T"),
    proposal=common.ProposalShape(question=common.Marks(close="="), answer=common.Marks(open="#")),
    examples=[common.DomainExample(question="865+840", answer="605", right="866400#605", wrong="#1705")],
)


def is_number(text):
    return len(text) == 3 and text.isascii() and text.isdigit()


def grade(gold, response):
    """What stands behind the only "#" is the answer."""
    _, mark, answer = response.partition("#")
    if mark == "" or answer.strip() == "":
        return verifier.Verification(verdict=verifier.VERDICT_NO_ANSWER)
    if not is_number(gold):
        return verifier.Verification(verdict=verifier.VERDICT_GOLD_UNPARSEABLE, extracted=answer)
    right = verifier.VERDICT_CORRECT if answer == gold else verifier.VERDICT_INCORRECT
    return verifier.Verification(verdict=right, extracted=answer)


def read(answer):
    if is_number(answer):
        return verifier.ParsedAnswer(parsed=True, canonical=answer)
    return verifier.ParsedAnswer(reason="expected three digits")


def require(name, context):
    if name != NAME:
        context.abort(grpc.StatusCode.NOT_FOUND, f"there is no domain {name} here, only {NAME}")


class Domain(verifier.VerifierServiceServicer):
    def ListDomains(self, request, context):
        listed = verifier.Domain(name=NAME, description="Sums, digit by digit.", definition=DEFINITION)
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
    verifier.add_VerifierServiceServicer_to_server(Domain(), server)
    port = server.add_insecure_port(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:7200")
    server.start()
    print(f"grading {NAME} on port {port}", flush=True)
    server.wait_for_termination()
