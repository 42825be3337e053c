/**
 * Keys of artifacts, and ids that become keys, in every request of every service. One that could leave the store is
 * refused over the wire, by its field, before any work. Nothing is created or changed in the store or beside it.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  CheckpointRefSchema,
  CoordinatorService,
  create,
  type DescMessage,
  type DescService,
  MetaRewardService,
  TeacherService,
  TrainerService,
  validate,
  VerifierService,
} from '@soar/contracts';
import { UserError } from '@soar/core';
import { createClient } from '@soar/grpc-kit';
import { hostileKeys } from '@soar/store/testing';
import { startSoar, type Started } from './soar-command.js';
import { temporaryFolder } from './temporary-folder.js';

const SERVICES: Readonly<Record<string, DescService>> = {
  coordinator: CoordinatorService,
  metareward: MetaRewardService,
  teacher: TeacherService,
  trainer: TrainerService,
  verifier: VerifierService,
};
/** Ids under which something is created or looked up. */
const ID_FIELDS = ['id', 'run_id'];
/** Methods that create something under the id of their request. */
const CREATES = /^(Create|Fork|Score|Update)/;
const DEPTH_MAX = 6;

const folder = temporaryFolder();
const store = folder.at('deployment/store');
let services: Started;
let addresses: Record<string, string>;

before(async () => {
  services = startSoar(
    ['up', '--free-ports', '--json', '--dashboard', 'off', '--http', 'off', '--workers', '1', '--out', store],
    180_000,
  );
  ({ addresses } = JSON.parse(await services.firstLine) as { addresses: Record<string, string> });
});

after(async () => {
  services.child.kill('SIGINT');
  await services.ended;
});

/** A field that takes a key, as the names that lead to it from the request. */
type Path = readonly { readonly name: string; readonly repeated: boolean }[];

/** Every field of a request, at any depth, that a key or id goes into. */
function keyFields(message: DescMessage, above: Path = []): Path[] {
  if (above.length > DEPTH_MAX) return [];
  return message.fields.flatMap((field): Path[] => {
    const path = [...above, { name: field.localName, repeated: field.fieldKind === 'list' }];
    const isId = above.length === 0 && field.fieldKind === 'scalar' && ID_FIELDS.includes(field.name);
    const isKey = message.typeName === CheckpointRefSchema.typeName && field.name === 'key';
    if (isId || isKey) return [path];
    return field.message === undefined || field.fieldKind === 'map' ? [] : keyFields(field.message, path);
  });
}

/** The request in which nothing is set but the field at the end of `path`. */
function requestWith([first, ...rest]: Path, key: string): Record<string, unknown> {
  if (first === undefined) return {};
  const value = rest.length === 0 ? key : requestWith(rest, key);
  return { [first.name]: first.repeated ? [value] : value };
}

const spelled = (path: Path): string =>
  path
    .map(
      ({ name, repeated }) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`) + (repeated ? '[0]' : ''),
    )
    .join('.');

/** Everything below a folder, by name. */
function everythingIn(path: string): string[] {
  return (readdirSync(path, { recursive: true }) as string[])
    .filter((name) => !/sqlite|logs/.test(name))
    .sort();
}

for (const [name, service] of Object.entries(SERVICES)) {
  test(`${name}: a key or id that could leave the store is refused in every request`, async () => {
    const client = createClient(service, addresses[name]!) as Record<string, Call>;
    const before = everythingIn(dirname(store));
    let fields = 0;
    for (const method of service.methods) {
      for (const path of keyFields(method.input)) {
        fields++;
        for (const key of hostileKeys) {
          const where = `${method.name} ${spelled(path)}=${JSON.stringify(key.slice(0, 40))}`;
          const request = create(method.input, requestWith(path, key));
          const reason = await refusal(client[method.localName]!(request));
          if (path.length > 1 || CREATES.test(method.name)) {
            const fieldsAtFault = validate(method.input, request).map(({ field }) => field);
            assert.ok(fieldsAtFault.includes(spelled(path)), `${where}: ${fieldsAtFault.join()}`);
            assert.equal(reason, 'INVALID_ARGUMENT', where);
          } else {
            // A lookup may also answer that there is nothing under such a key.
            assert.ok(['INVALID_ARGUMENT', 'NOT_FOUND', 'nothing'].includes(reason), `${where}: ${reason}`);
          }
        }
      }
    }
    (client as unknown as { close(): void }).close();
    assert.ok(fields > 0 || name === 'verifier', 'no field was found to try');
    assert.deepEqual(everythingIn(dirname(store)), before);
  });
}

type Call = (request: unknown) => Promise<unknown> | AsyncIterable<unknown>;

/** Why a call was refused; 'nothing' when it was answered by an empty list. */
async function refusal(call: Promise<unknown> | AsyncIterable<unknown>): Promise<string> {
  try {
    const answer =
      Symbol.asyncIterator in call ? (await call[Symbol.asyncIterator]().next()).value : await call;
    const lists = Object.values((answer ?? {}) as object).filter((value) => Array.isArray(value));
    return lists.every((list) => list.length === 0) ? 'nothing' : 'something';
  } catch (error) {
    if (error instanceof UserError) return error.reason;
    throw error;
  }
}

test('a key whose folder is a link out of the store is refused', async () => {
  const outside = folder.at('deployment/outside');
  mkdirSync(outside);
  symlinkSync(outside, join(store, 'linked'));
  const trainer = createClient(TrainerService, addresses['trainer']!);
  const refused = { name: 'UserError', reason: 'INVALID_ARGUMENT', message: /linked is a link/ };
  for (const key of ['linked', 'linked/model'])
    await assert.rejects(trainer.getCheckpoint({ checkpoint: { key } }), refused);
  trainer.close();
  assert.deepEqual(everythingIn(outside), []);
});
