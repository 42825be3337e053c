/**
 * A run whose artifacts are on S3: the services share only a bucket, and the report is that of a run in a folder.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ACCESS_KEY, S3Server } from '@soar/store/testing';
import { runSoar } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';
import { tinyRun } from './tiny-run.js';

const folder = temporaryFolder();
const server = await S3Server.start();
after(() => server.close());
Object.assign(process.env, {
  AWS_ACCESS_KEY_ID: ACCESS_KEY.id,
  AWS_SECRET_ACCESS_KEY: ACCESS_KEY.secret,
  SOAR_S3_ENDPOINT: server.endpoint,
  SOAR_S3_CACHE: folder.at('cache'),
});

function withoutTiming(report: string): Record<string, unknown> {
  const { timing: _, ...rest } = JSON.parse(report) as Record<string, unknown>;
  return rest;
}

test('a run on S3 gives the report of one in a folder, although every tenth request fails', async () => {
  const local = folder.at('local');
  const inFolder = await runSoar(tinyRun(folder, local, ['--id', 'run']), 120_000);
  assert.equal(inFolder.code, 0, inFolder.stderr);

  let count = 0;
  server.fault = () => (++count % 10 === 0 ? 'error' : undefined);
  const store = `s3://${server.bucket}/deployment`;
  const onS3 = await runSoar(
    tinyRun(folder, folder.at('out'), ['--id', 'run', '--artifacts', store, '--trainers', '2']),
    120_000,
  );
  assert.equal(onS3.code, 0, onS3.stderr);
  assert.ok(onS3.stdout.includes(`${store}/run/report.json  the report`), onS3.stdout);
  const report = server.objects.get('deployment/run/report.json')!.body.toString('utf8');
  assert.deepEqual(
    withoutTiming(report),
    withoutTiming(readFileSync(join(local, 'run', 'report.json'), 'utf8')),
  );
  assert.ok(server.objects.has('deployment/run/promoted-student/manifest.json'));
});

test('a store that cannot be used ends the command before any work', async () => {
  const { code, stdout, stderr } = await runSoar(
    tinyRun(folder, folder.at('never'), ['--artifacts', 's3://nowhere/deployment']),
  );
  assert.equal(code, 2);
  assert.match(
    stderr,
    /artifact store s3:\/\/nowhere\/deployment\/: the bucket does not exist; create it first/,
  );
  assert.equal(stdout, '');
});
