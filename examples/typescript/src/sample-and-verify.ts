/**
 * Samples answers from a checkpoint and has them verified, with the messages and the typed client of this repository.
 *
 *     node examples/typescript/dist/sample-and-verify.js \
 *       --checkpoint models/base --domain arithmetic --prompt 'Q123+456=' --gold 579
 *
 * examples/README.md says how to start the services and where the checkpoint comes from. examples/python does the same
 * with the Python package.
 */
import { parseArgs } from 'node:util';
import { TrainerService, Verdict, VerifierService } from '@soar/contracts';
import { createClient } from '@soar/grpc-kit';

const { values } = parseArgs({
  options: {
    trainer: { type: 'string', default: '127.0.0.1:7102' },
    verifier: { type: 'string', default: '127.0.0.1:7101' },
    checkpoint: { type: 'string', default: '' },
    domain: { type: 'string', default: 'math' },
    prompt: { type: 'string', default: '' },
    gold: { type: 'string', default: '' },
    samples: { type: 'string', default: '4' },
    'max-new-tokens': { type: 'string', default: '64' },
    seed: { type: 'string', default: '0' },
  },
});

const trainer = createClient(TrainerService, values.trainer);
const verifier = createClient(VerifierService, values.verifier);
try {
  const { completions } = await trainer.generate({
    checkpoint: { key: values.checkpoint },
    prompts: [values.prompt],
    samplesPerPrompt: Number(values.samples),
    sampling: { temperature: 1, maxNewTokens: Number(values['max-new-tokens']) },
    random: { seed: Number(values.seed), path: 'example' },
  });
  const { verifications } = await verifier.verifyBatch({
    domain: values.domain,
    items: completions.map(({ text }) => ({ gold: values.gold, response: text })),
  });
  for (const [i, { verdict, extracted }] of verifications.entries()) {
    const name = Verdict[verdict] ?? 'UNSPECIFIED';
    console.log(
      `${name.padEnd(10)} ${JSON.stringify(extracted).padEnd(12)} ${JSON.stringify(completions[i]?.text)}`,
    );
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  trainer.close();
  verifier.close();
}
