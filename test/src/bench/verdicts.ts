/**
 * The cost of a verdict: `npm run bench:verify`. In this process alone (median and 99th percentile over the shared
 * cases), and through the service, where client, server and one grading process share the machine. Not a test:
 * nothing fails here.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { VerifierService } from '@soar/contracts';
import { domainNamed } from '@soar/domains';
import { createClient } from '@soar/grpc-kit';
import { repositoryRoot } from '../repository-root.js';

interface Case {
  readonly gold: string;
  readonly response: string;
}

const cases = readFileSync(join(repositoryRoot, 'libs/verify/testdata/cases.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);

const ROUNDS = 20;
const BATCH = 10_000;
const BATCHES = 6;

inProcess();
await throughTheService();

function inProcess(): void {
  const math = domainNamed('math');
  const times: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    for (const { gold, response } of cases) {
      const from = performance.now();
      math.verify(gold, response);
      // The first round warms the code up.
      if (round >= 0) times.push(performance.now() - from);
    }
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => times[Math.floor(share * (times.length - 1))]!.toFixed(3);
  process.stdout.write(
    `one verdict in process: p50 ${at(0.5)} ms (target 0.2), p99 ${at(0.99)} ms (target 5), ` +
      `slowest ${at(1)} ms, of ${times.length}\n`,
  );
}

async function throughTheService(): Promise<void> {
  const main = join(repositoryRoot, 'services/verifier/dist/main.js');
  const child = spawn(
    process.execPath,
    [main, '--listen', '127.0.0.1:0', '--workers', '1', '--exit-with-parent'],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  try {
    const ready = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('exit', (code) => reject(new Error(`the verifier ended with ${code}`)));
    });
    const client = createClient(VerifierService, (JSON.parse(ready) as { address: string }).address);
    const items = Array.from({ length: BATCH }, (_, i) => {
      const { gold, response } = cases[i % cases.length]!;
      return { gold, response };
    });
    for (let batch = 0; batch < BATCHES; batch++) {
      const from = performance.now();
      await client.verifyBatch({ domain: 'math', items });
      const rate = Math.round((1000 * BATCH) / (performance.now() - from));
      process.stdout.write(
        `VerifyBatch ${batch + 1} of ${BATCHES} (${BATCH} items): ${rate} verdicts/s (target 5000)\n`,
      );
    }
    client.close();
  } finally {
    child.kill('SIGTERM');
  }
}
