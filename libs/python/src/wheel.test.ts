/** The wheel as an installer reads it: an archive whose RECORD is true, with the contracts of this repository. */
import { fromBinary, fromJson, toJson } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { presetConfig, presetNames } from '@soar/cli/dist/run-config.js';
import { RunConfigSchema } from '@soar/contracts';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { zip } from './archive.js';
import { wheelBill } from './bill-of-materials.js';
import { makeWheel } from './wheel.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const wheel = makeWheel(root);
const files = unzip(wheel.bytes);
const textOf = (path: string): string => files.get(path)!.toString('utf8');
const info = `soar_rl-${wheel.version}.dist-info`;

/** Stored files by path, read from the directory at the end, as installers do. */
function unzip(bytes: Uint8Array): Map<string, Buffer> {
  const archive = Buffer.from(bytes);
  const end = archive.length - 22;
  assert.equal(archive.readUInt32LE(end), 0x06054b50, 'the record at the end');
  const found = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  assert.equal(at + archive.readUInt32LE(end + 12), end, 'the directory ends where the record begins');
  for (let i = 0; i < archive.readUInt16LE(end + 10); i++) {
    assert.equal(archive.readUInt32LE(at), 0x02014b50);
    const [length, nameLength, local] = [
      archive.readUInt32LE(at + 24),
      archive.readUInt16LE(at + 28),
      archive.readUInt32LE(at + 42),
    ];
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    assert.equal(archive.readUInt32LE(local), 0x04034b50);
    const begin = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const content = archive.subarray(begin, begin + length);
    assert.equal(archive.toString('utf8', local + 30, local + 30 + nameLength), name);
    assert.equal(crc32(content), archive.readUInt32LE(at + 16), name);
    found.set(name, content);
    at += 46 + nameLength;
  }
  assert.equal(at, end);
  return found;
}

test('an archive gives its files back, and an empty one is whole', () => {
  const given = [
    { path: 'a/ä.txt', bytes: Buffer.from('ä') },
    { path: 'empty', bytes: Buffer.alloc(0) },
  ];
  assert.deepEqual(
    [...unzip(zip(given))],
    given.map(({ path, bytes }) => [path, bytes]),
  );
  assert.equal(unzip(zip([])).size, 0);
});

test('the same sources give the same bytes', () => {
  assert.ok(Buffer.from(makeWheel(root).bytes).equals(Buffer.from(wheel.bytes)));
  assert.equal(wheel.name, `soar_rl-${wheel.version}-py3-none-any.whl`);
});

test('RECORD has length and hash of every file, and lists itself without', () => {
  const lines = textOf(`${info}/RECORD`).trimEnd().split('\n');
  const expected = [...files].map(([path, bytes]) =>
    path === `${info}/RECORD`
      ? `${path},,`
      : `${path},sha256=${createHash('sha256').update(bytes).digest('base64url')},${bytes.length}`,
  );
  assert.deepEqual(lines, expected);
});

test('it holds the sources of the package, and nothing of their tests or of an interpreter', () => {
  const sources = readdirSync(join(root, 'libs/python/soar')).filter((name) => name.endsWith('.py'));
  for (const name of sources)
    assert.deepEqual(files.get(`soar/${name}`), readFileSync(join(root, 'libs/python/soar', name)), name);
  const others = [...files.keys()].filter(
    (path) => !/^soar\/(\w+\/)*\w+\.(pyi?|binpb|json|typed)$/.test(path),
  );
  assert.deepEqual(
    others,
    ['METADATA', 'WHEEL', 'entry_points.txt', 'licenses/LICENSE', 'RECORD'].map((name) => `${info}/${name}`),
  );
  assert.ok(files.has('soar/py.typed'));
});

test('its metadata name version, license and what it needs: grpcio and protobuf, the rest in extras', () => {
  const [head = '', description = ''] = textOf(`${info}/METADATA`).split(/\n\n([^]*)/);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  for (const line of ['Name: soar-rl', `Version: ${version}`, 'License-Expression: Apache-2.0'])
    assert.ok(head.split('\n').includes(line), line);
  const needed = [...head.matchAll(/^Requires-Dist: ([a-z]+)\S*?(;.*)?$/gm)].filter(([, , extra]) => !extra);
  assert.deepEqual(
    needed.map(([, name]) => name),
    ['grpcio', 'protobuf'],
  );
  for (const extra of ['trl', 'wandb', 'notebook']) assert.ok(head.includes(`\nProvides-Extra: ${extra}\n`));
  assert.equal(description, readFileSync(join(root, 'libs/python/README.md'), 'utf8'));
  assert.match(textOf(`${info}/WHEEL`), /^Tag: py3-none-any$/m);
});

test('its contracts are those of proto/, each file behind what it imports, without comments', () => {
  const { file } = fromBinary(FileDescriptorSetSchema, files.get('soar/contracts.binpb')!);
  const names = file.map(({ name }) => name);
  const ours = readdirSync(join(root, 'proto'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /^soar\/.*\.proto$/.test(path),
  );
  assert.deepEqual(names.filter((name) => name.startsWith('soar/')).sort(), ours.sort());
  for (const { name, dependency, sourceCodeInfo } of file) {
    assert.equal(sourceCodeInfo, undefined);
    for (const needed of dependency)
      assert.ok(names.slice(0, names.indexOf(name)).includes(needed), `${name} stands before ${needed}`);
  }
});

test('every message, enum and method of the contracts is in a stub, and every field with its comment', () => {
  const { file } = fromBinary(FileDescriptorSetSchema, files.get('soar/contracts.binpb')!);
  let fields = 0;
  for (const { package: name, messageType, enumType, service } of file) {
    if (!name.startsWith('soar.')) continue;
    const stub = textOf(`${name.replaceAll('.', '/')}.pyi`);
    assert.ok(textOf(`${name.replaceAll('.', '/')}.py`).includes(`names_of("${name}")`));
    for (const each of messageType) {
      const [, body = ''] = new RegExp(
        `^class ${each.name}\\(_Message\\):\n([^]*?)\n(?=\nclass |$)`,
        'm',
      ).exec(stub)!;
      for (const field of each.field) {
        const read = new RegExp(`^    (${field.name}: |def ${field.name}\\(self\\) -> ).*\n +"""\\w`, 'm');
        assert.match(body, read, `${name}.${each.name}.${field.name}`);
        fields++;
      }
    }
    for (const each of enumType) assert.ok(stub.includes(`\nclass ${each.name}(int, `), each.name);
    for (const { name: called, method } of service)
      for (const each of method)
        assert.match(stub, new RegExp(`class ${called}Stub:[^]*\n {4}${each.name}: _(Unary|Stream)Call\\[`));
  }
  assert.ok(fields > 300, `${fields} fields`);
});

test('a stub has the types that Python has for a field', () => {
  const common = textOf('soar/common/v1.pyi');
  const lines = [
    '    id: str',
    '    def options(self) -> _containers.ScalarMap[str, str]:',
    '    def outcomes(self) -> _containers.RepeatedCompositeFieldContainer[ProblemOutcome]:',
    '        schedule: Schedule | str | None = ...,',
    '    SCHEDULE_COSINE: _ClassVar[Schedule]',
    'SCHEDULE_COSINE: Schedule',
  ];
  for (const line of lines) assert.ok(common.includes(`\n${line}\n`), line);
  const coordinator = textOf('soar/coordinator/v1.pyi');
  assert.ok(coordinator.includes('\nimport soar.common.v1\n'));
  assert.ok(coordinator.includes('    def base(self) -> soar.common.v1.CheckpointRef:'));
  assert.ok(coordinator.includes('    def create_time(self) -> google.protobuf.timestamp_pb2.Timestamp:'));
});

test('presets are the configurations that the command line has under their names', () => {
  const presets = JSON.parse(textOf('soar/presets.json')) as Record<string, Parameters<typeof fromJson>[1]>;
  assert.deepEqual(Object.keys(presets), presetNames());
  for (const name of presetNames())
    assert.deepEqual(
      toJson(RunConfigSchema, fromJson(RunConfigSchema, presets[name]!)),
      toJson(RunConfigSchema, presetConfig(name)),
    );
});

test('its bill of materials names the wheel by its hash, what it needs, and no time of its own', () => {
  const bill = JSON.parse(wheelBill(wheel, '2026-11-30T00:00:00Z')) as {
    metadata: { timestamp: string; component: { purl: string; hashes: { content: string }[] } };
    components: { name: string; scope: string }[];
  };
  const { timestamp, component } = bill.metadata;
  assert.equal(timestamp, '2026-11-30T00:00:00Z');
  assert.equal(component.purl, `pkg:pypi/soar-rl@${wheel.version}`);
  assert.equal(component.hashes[0]!.content, createHash('sha256').update(wheel.bytes).digest('hex'));
  assert.deepEqual(
    bill.components.filter(({ scope }) => scope === 'required').map(({ name }) => name),
    ['grpcio', 'protobuf'],
  );
});
