/** The examples of HTTP in the documents, with curl, against a real verifier behind a gateway. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, test } from 'node:test';
import * as domains from '@soar/domains';
import { readConfig } from '@soar/gateway/dist/config.js';
import { startGateway } from '@soar/gateway/dist/gateway.js';
import { startVerifier } from '@soar/verifier/dist/testing/running-verifier.js';
import { temporaryFolder } from '../temporary-folder.js';
import { documents, examplesIn } from './documents.js';
import { DOCUMENTED_HTTP, testExamples } from './examples.js';

const examples = documents.flatMap(examplesIn).filter(({ text }) => text.includes(DOCUMENTED_HTTP));

/** Why they cannot be run here; false where they can. In CI they never are skipped. */
const noCurl = !hasCurl() && process.env['CI'] !== 'true' ? 'there is no curl in PATH' : false;

test('the documents have examples of HTTP', { skip: noCurl }, () => {
  assert.ok(examples.length > 0);
});

if (noCurl === false) {
  const verifier = await startVerifier(domains, {});
  const flags = ['--listen', '127.0.0.1:0', '--verifier', verifier.address];
  const { exitWithParent: _, ...config } = readConfig(flags, {});
  const gateway = await startGateway({ ...config, log: () => undefined });
  after(async () => {
    await gateway.stop();
    await verifier.stop();
  });
  testExamples(
    examples.map((each) => ({
      ...each,
      text: each.text.replaceAll(DOCUMENTED_HTTP, `http://${gateway.address}`),
    })),
    temporaryFolder(),
  );
}

function hasCurl(): boolean {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
