"""Samples answers from a checkpoint and has them verified, from Python, with nothing of this project but proto/.

    python examples/python/sample_and_verify.py \\
        --checkpoint models/base --domain arithmetic --prompt 'Q123+456=' --gold 579

examples/README.md says how to start the services and where the checkpoint comes from.
"""

import argparse
import sys

import grpc
import stubs  # makes the modules below from proto/
from soar.common.v1 import common_pb2 as common
from soar.trainer.v1 import trainer_service_pb2 as trainer, trainer_service_pb2_grpc as trainer_grpc
from soar.verifier.v1 import verification_pb2 as verification
from soar.verifier.v1 import verifier_service_pb2 as verifier, verifier_service_pb2_grpc as verifier_grpc


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainer", default="127.0.0.1:7102")
    parser.add_argument("--verifier", default="127.0.0.1:7101")
    parser.add_argument("--checkpoint", required=True, help="key of a checkpoint in the trainer's store")
    parser.add_argument("--domain", default="math")
    parser.add_argument("--prompt", required=True, help="what the model continues")
    parser.add_argument("--gold", required=True, help="the right answer")
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    with grpc.insecure_channel(args.trainer) as to_trainer, grpc.insecure_channel(args.verifier) as to_verifier:
        generated = trainer_grpc.TrainerServiceStub(to_trainer).Generate(
            trainer.GenerateRequest(
                checkpoint=common.CheckpointRef(key=args.checkpoint),
                prompts=[args.prompt],
                samples_per_prompt=args.samples,
                sampling=common.SamplingConfig(temperature=1, max_new_tokens=args.max_new_tokens),
                random=common.RandomAddress(seed=args.seed, path="example"),
            ),
            timeout=120,
        )
        graded = verifier_grpc.VerifierServiceStub(to_verifier).VerifyBatch(
            verifier.VerifyBatchRequest(
                domain=args.domain,
                items=[verification.VerifyItem(gold=args.gold, response=c.text) for c in generated.completions],
            ),
            timeout=60,
        )
    for completion, judged in zip(generated.completions, graded.verifications):
        verdict = verification.Verdict.Name(judged.verdict).removeprefix("VERDICT_")
        print(f"{verdict:10} {judged.extracted!r:12} {completion.text!r}")


if __name__ == "__main__":
    try:
        main()
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
