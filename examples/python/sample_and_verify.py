"""Samples answers from a model and has them verified.

    python examples/python/sample_and_verify.py \\
        --checkpoint models/base --domain arithmetic --prompt 'Q123+456=' --gold 579

examples/README.md says how to start the services and where the model comes from.
"""

import argparse
import sys

import soar


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainer", help="default: SOAR_TRAINER, else the one of `soar up`")
    parser.add_argument("--verifier", help="default: SOAR_VERIFIER, else the one of `soar up`")
    parser.add_argument("--checkpoint", required=True, help="key of a model in the trainer's store")
    parser.add_argument("--domain", default="math")
    parser.add_argument("--prompt", required=True, help="what the model continues")
    parser.add_argument("--gold", required=True, help="the right answer")
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    with soar.connect(trainer=args.trainer, verifier=args.verifier) as client:
        [completions] = client.sample(
            args.checkpoint, args.prompt, samples=args.samples, max_new_tokens=args.max_new_tokens, seed=args.seed
        )
        verdicts = client.verify_batch([(args.gold, each.text) for each in completions], args.domain)
    for completion, judged in zip(completions, verdicts):
        print(f"{judged.verdict:10} {judged.extracted!r:12} {completion.text!r}")


if __name__ == "__main__":
    try:
        main()
    except soar.SoarError as error:
        sys.exit(f"{error.code}: {error}")
