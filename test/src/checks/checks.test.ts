import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBoundaries } from './boundaries.js';
import { withoutExceptions } from './exceptions.js';
import { checkHouseStyle } from './house-style.js';
import { importsOf } from './imports.js';
import { anchorsOf, checkLinks } from './links.js';
import { checkLockFile } from './lock-file.js';
import type { Repository, Workspace } from './repository.js';
import { checkVersions } from './versions.js';

/** A repository in which nothing is wrong, with changes to one workspace. */
function repositoryWith(change: Partial<Workspace>, text = ''): Repository {
  const core: Workspace = {
    name: '@soar/core',
    folder: 'libs/core',
    layer: 'core',
    dependencies: [],
    testDependencies: [],
    references: [],
    sources: [],
  };
  const path = `${change.folder ?? 'libs/rl'}/src/advantages.ts`;
  const file = { path, text: `/** What it is. */\nimport '@soar/core';\n${text}` };
  const changed: Workspace = {
    name: '@soar/rl',
    folder: 'libs/rl',
    layer: 'pure',
    dependencies: ['@soar/core'],
    testDependencies: [],
    references: ['libs/core'],
    sources: [file],
    ...change,
  };
  return {
    workspaces: [core, changed],
    files: [file],
    paths: new Set([path]),
    rootReferences: ['libs/core', changed.folder],
    lock: { packages: {} },
  };
}

test('a repository that keeps the rules has no problems', () => {
  assert.deepEqual(checkBoundaries(repositoryWith({})), []);
  assert.deepEqual(checkHouseStyle(repositoryWith({})), []);
});

test('a dependency against the order of the layers is refused', () => {
  const repository = repositoryWith({});
  const core = { ...repository.workspaces[0]!, dependencies: ['@soar/rl'], references: ['libs/rl'] };
  const problems = checkBoundaries({ ...repository, workspaces: [core, repository.workspaces[1]!] });
  assert.match(problems.join('\n'), /libs\/core\/package.json: core may not depend on pure \(@soar\/rl\)/);
});

test('a service that depends on a service is refused', () => {
  const repository = repositoryWith({ name: '@soar/a', folder: 'services/a', layer: 'service' });
  const other = { ...repository.workspaces[0]!, name: '@soar/b', folder: 'services/b', layer: 'service' };
  const a = {
    ...repository.workspaces[1]!,
    dependencies: ['@soar/b'],
    references: ['services/b'],
    sources: [],
  };
  const problems = checkBoundaries({ ...repository, workspaces: [other, a] });
  assert.match(problems.join('\n'), /a service may not depend on a service \(@soar\/b\)/);
});

test('tests of a service may run another service in process, its product code may not', () => {
  const other = {
    ...repositoryWith({}).workspaces[0]!,
    name: '@soar/b',
    folder: 'services/b',
    layer: 'service',
  };
  const problems = (path: string, text: string): string => {
    const a = repositoryWith({
      name: '@soar/a',
      folder: 'services/a',
      layer: 'service',
      dependencies: [],
      testDependencies: ['@soar/b'],
      references: ['services/b'],
      sources: [
        { path: 'services/a/src/a.test.ts', text: "import '@soar/b';\n" },
        { path, text },
      ],
    });
    const rootReferences = ['services/b', 'services/a'];
    return checkBoundaries({ ...a, rootReferences, workspaces: [other, a.workspaces[1]!] }).join('\n');
  };
  const routes = "import { routes } from '@soar/b/dist/routes.js';\n";
  assert.equal(problems('services/a/src/b.test.ts', routes), '');
  assert.equal(problems('services/a/src/testing/stand-in.ts', routes), '');
  assert.match(problems('services/a/src/main.ts', routes), /imports @soar\/b, which .* does not declare/);
  // Nor indirectly.
  assert.match(problems('services/a/src/main.ts', "import './testing/stand-in.js';\n"), /which is for tests/);
  assert.match(problems('services/a/src/main.ts', "import '@soar/store/testing';\n"), /which is for tests/);
  assert.equal(problems('services/a/src/testing/x.ts', "import './testing/stand-in.js';\n"), '');
});

test('a second importer of a vendor is refused', () => {
  const libsql = "import Database from 'libsql';\n";
  const problems = checkBoundaries(repositoryWith({ dependencies: ['@soar/core', 'libsql'] }, libsql));
  assert.match(problems.join('\n'), /advantages.ts: only @soar\/store may import libsql/);
});

test('a second server of HTTP is refused', () => {
  const http = "import { createServer } from 'node:http';\n";
  const problems = checkBoundaries(repositoryWith({ layer: 'io' }, http));
  assert.match(problems.join('\n'), /advantages.ts: only @soar\/http-kit and .* may import node:http/);
});

test('package.json, tsconfig.json and imports must agree', () => {
  assert.match(
    checkBoundaries(repositoryWith({ references: [] })).join(),
    /no reference to libs\/core, a dependency/,
  );
  assert.match(checkBoundaries(repositoryWith({ dependencies: [] })).join(), /does not declare/);
  assert.match(checkBoundaries(repositoryWith({ sources: [] })).join(), /which nothing imports/);
});

test('a pure library may not read files', () => {
  const repository = repositoryWith({
    sources: [
      { path: 'libs/rl/src/a.ts', text: "import '@soar/core';\nimport { readFileSync } from 'node:fs';\n" },
    ],
  });
  assert.match(checkBoundaries(repository).join(), /a pure library may not import node:fs/);
});

test('imports are found in every form', () => {
  const text =
    "import a, {\n  b,\n} from './x';\nexport * from './y/z';\nimport './w';\n" +
    'const v = await import(\'./v\');\nimport u from "./u";\n';
  assert.deepEqual(importsOf(text).sort(), ['./u', './v', './w', './x', './y/z']);
});

test('vague names, machine paths, unfinished notes and silenced tests are refused', () => {
  const file = (path: string, text: string): string =>
    checkHouseStyle({ ...repositoryWith({}), files: [{ path, text }] }).join();
  assert.match(file('libs/a/src/utils.ts', '/** A. */'), /name the file after the concept/);
  assert.match(file('libs/a/src/b.ts', '/** A. */\nconst p = "/home/someone/x";'), /:2: an absolute path/);
  assert.match(file('libs/a/src/b.ts', '/** A. */\n// TODO later'), /unfinished work/);
  assert.match(file('libs/a/src/b.test.ts', "test.skip('x', () => {});"), /does not run/);
  assert.match(file('libs/a/src/b.ts', 'const a = 1;'), /begin with a comment/);
  assert.match(file('libs/a/src/b.ts', `/** A. */\n${'\n'.repeat(401)}`), /at most 400/);
  assert.match(file('libs/a/src/b.ts', '/** A. */\nprocess.env.X;'), /config.ts alone/);
  assert.match(file('libs/a/src/b.ts', '/** A. */\n// oxlint-disable-next-line'), /exceptions.ts/);
  assert.equal(file('libs/a/src/config.ts', '/** A. */\nprocess.env.X;'), '');
});

test('a link that leads nowhere and an anchor without a heading are refused', () => {
  const links = (text: string): string[] =>
    checkLinks({
      ...repositoryWith({}),
      files: [
        { path: 'README.md', text },
        { path: 'docs/a.md', text: '# One `b.ts`: two, three\n' },
      ],
      paths: new Set(['README.md', 'docs', 'docs/a.md', 'docs/a.svg']),
    });
  const right =
    '[a](docs/a.md#one-bts-two-three) ![b](docs/a.svg) [c](docs/) [d](https://x.example/y) [e](#top)\n# Top';
  assert.deepEqual(links(right), []);
  assert.deepEqual(links('```sh\n[a](b)\n```\n`[a](b)`'), [], 'code holds no links');
  assert.match(links('\n[a](docs/b.md)').join(), /README.md:2: docs\/b.md leads nowhere/);
  assert.match(links('[a](docs/a.md#two)').join(), /#two leads to no heading of docs\/a.md/);
  assert.match(links('[`a`][x]\n\n[x]: docs/c.md').join(), /README.md:3: docs\/c.md leads nowhere/);
  assert.match(links('in\n`libs/rl/src/x.ts`').join(), /README.md:2: there is no libs\/rl\/src\/x.ts/);
  assert.deepEqual(links('`docs/a.md`, `libs/*` and `libs/rl/dist/x.js`'), []);
  assert.deepEqual([...anchorsOf('# A\n## A\n')], ['a', 'a-1']);
});

test('a line of more than 120 columns is refused, but for one word that cannot be broken', () => {
  const file = (path: string, text: string): string[] =>
    checkHouseStyle({ ...repositoryWith({}), files: [{ path, text }] });
  const words = `# ${'word '.repeat(30)}`;
  assert.match(file('docs/a.md', `\n${words}`).join(), /a.md:2: 152 columns, at most 120/);
  assert.match(file('libs/a/make.py', words).join(), /152 columns/);
  assert.deepEqual(file('docs/a.md', `- https://example.org/${'a'.repeat(120)}`), []);
  assert.deepEqual(file('docs/a.md', 'é'.repeat(60) + ' ' + 'é'.repeat(59)), []);
  assert.deepEqual(file('libs/a/cases.jsonl', words), []);
});

test('an exception covers its file and its problem alone, and an unused one is a problem', () => {
  const found = ['libs/a/src/b.ts:3: import(no-cycle): circle', 'libs/a/src/c.ts: import(no-cycle): circle'];
  const exception = { path: 'libs/a/src/b.ts', problem: 'import(no-cycle)', reason: 'recursion' };
  assert.deepEqual(withoutExceptions(found, [exception]), [found[1]]);
  assert.deepEqual(withoutExceptions(found, [{ ...exception, path: 'libs/a/' }]), []);
  const stale = withoutExceptions([], [exception]);
  assert.match(stale.join(), /nothing in libs\/a\/src\/b.ts needs the exception from "import\(no-cycle\)"/);
});

test('a lock file that lacks a platform is refused', () => {
  const packages = {
    'node_modules/nx': {
      version: '1',
      integrity: 'i',
      optionalDependencies: { '@nx/nx-win32-x64-msvc': '1' },
    },
  };
  const problems = checkLockFile({ ...repositoryWith({}), lock: { packages } }).join('\n');
  assert.match(problems, /nx lacks @nx\/nx-win32-x64-msvc/);
  assert.match(problems, /typescript is not locked/);
});

test('packages, change log and images of another version than the root are found', () => {
  const files = (version: string, section: string) => [
    { path: 'package.json', text: '{ "version": "1.2.0" }' },
    {
      path: 'libs/rl/package.json',
      text: `{ "version": "1.2.0", "dependencies": { "@soar/core": "${version}" } }`,
    },
    { path: 'docs/deploying.md', text: `npm install ./soar-${version}.tgz # soar:1.2.0, other-7.7.7` },
    {
      path: 'CHANGELOG.md',
      text: `# Changelog\n\n## Unreleased\n\n## ${section}\n\n## 1.1.0 (2026-01-02)\n`,
    },
  ];
  assert.deepEqual(checkVersions({ files: files('1.2.0', '1.2.0 (2026-02-03)') }), []);
  assert.deepEqual(checkVersions({ files: files('1.1.0', '1.2.0') }), [
    'libs/rl/package.json: @soar/core 1.1.0, expected 1.2.0; npm run release -- 1.2.0',
    'docs/deploying.md: soar-1.1.0, expected version 1.2.0; npm run release -- 1.2.0',
    'CHANGELOG.md: section "1.2.0": expected "Unreleased" (first), or "0.1.0 (2026-11-23)"',
    'CHANGELOG.md: its first section after "Unreleased" must be that of 1.2.0',
  ]);
});
