import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesIn, textOf } from './deployed.fixture.js';
import { manifests } from './manifests.js';

test('deploy/kubernetes is exactly what the source generates', () => {
  const made = manifests(textOf('deploy/collector.yaml'));
  assert.deepEqual(filesIn('deploy/kubernetes'), [...made.keys()].sort(), 'run: npm run manifests');
  for (const [path, text] of made)
    assert.equal(textOf(`deploy/kubernetes/${path}`), text, `${path} differs; run: npm run manifests`);
});
