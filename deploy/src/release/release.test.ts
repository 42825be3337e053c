/** Signed provenance: what was signed is accepted, and nothing else. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { UserError } from '@soar/core';
import { root } from '../deployed.fixture.js';
import { requireCommitted, sourceOf, STATEMENT_TYPE, statementOf } from './provenance.js';
import { type Envelope, signed, verified } from './signature.js';
import { verifyRelease } from './verify-release.js';

const folder = mkdtempSync(join(tmpdir(), 'soar-release-'));
after(() => rmSync(folder, { recursive: true }));

function keyPair(): { readonly secret: string; readonly open: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    secret: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    open: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  };
}

const refused = (message: RegExp) => (error: unknown) =>
  error instanceof UserError && message.test(error.message);
const { secret, open } = keyPair();

test('an envelope gives its payload back to the key that signed it, and to no other', () => {
  const payload = Buffer.from('{"a":1}');
  const envelope = signed('text/x', payload, secret);
  assert.deepEqual(verified(envelope, 'text/x', open), payload);
  const changed: Envelope = { ...envelope, payload: Buffer.from('{"a":2}').toString('base64') };
  assert.throws(() => verified(changed, 'text/x', open), refused(/no valid signature/));
  assert.throws(() => verified(envelope, 'text/y', open), refused(/holds text\/x, expected text\/y/));
  // The type is signed too.
  assert.throws(() => verified({ ...envelope, payloadType: 'text/y' }, 'text/y', open), refused(/no valid/));
  assert.throws(() => verified({ ...envelope, signatures: [] }, 'text/x', open), refused(/signed by nobody/));
  assert.throws(() => verified(envelope, 'text/x', keyPair().open), refused(/another key/));
});

test('keys of other kinds, and files that are no keys, are refused', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  assert.throws(() => signed('t', Buffer.from(''), other), refused(/of the type ec; expected Ed25519/));
  assert.throws(() => signed('t', Buffer.from(''), 'no key'), refused(/cannot be read/));
});

test('a release is accepted as it was signed, and refused when a file was changed or is missing', () => {
  const [archive, bill] = ['soar.tgz', 'soar.cdx.json'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(archive, 'the package');
  writeFileSync(bill, '{}');
  assert.throws(() => verifyRelease(folder, open), refused(/expected one file \*\.intoto\.json, found 0/));
  const statement = statementOf(root, { commit: 'c0ffee', time: '', changed: [] }, [archive, bill]);
  const envelope = signed(STATEMENT_TYPE, Buffer.from(JSON.stringify(statement)), secret);
  writeFileSync(join(folder, 'soar.intoto.json'), JSON.stringify(envelope));
  assert.deepEqual(verifyRelease(folder, open), statement);
  assert.throws(
    () => verifyRelease(folder, keyPair().open),
    refused(/soar\.intoto\.json: no valid signature/),
  );
  appendFileSync(archive, '!');
  assert.throws(
    () => verifyRelease(folder, open),
    refused(/soar\.tgz: has SHA-256 [0-9a-f]{64}, signed was/),
  );
  rmSync(archive);
  assert.throws(() => verifyRelease(folder, open), refused(/soar\.tgz: is missing/));
});

test('only what is committed is signed', () => {
  const source = { commit: 'c0ffee', time: '' };
  requireCommitted({ ...source, changed: [] });
  assert.throws(
    () => requireCommitted({ ...source, changed: [' M a.ts'] }),
    refused(/1 files differ .*\(a\.ts\)/),
  );
  assert.throws(() => requireCommitted({ time: '', changed: [] }), refused(/there is no commit/));
});

test('a statement names commit and lock file of the sources', (t) => {
  const source = sourceOf(root);
  if (source.commit === undefined) return t.skip('not in a Git working tree');
  const { resolvedDependencies } = statementOf(root, source, []).predicate.buildDefinition;
  assert.match(resolvedDependencies[0]!.digest['gitCommit']!, /^[0-9a-f]{40}$/);
  assert.match(resolvedDependencies[1]!.digest['sha256']!, /^[0-9a-f]{64}$/);
});
