/**
 * Module boundaries: arrows run core <- pure <- io <- service, app; services never import services, but their tests may
 * have another one in process; each vendor has one importer; what a package imports, what its package.json declares and
 * what its tsconfig.json refers to agree; the product imports nothing that is for tests. (ARCHITECTURE.md, "The
 * rooms".)
 */
import { importsOf, packageOf } from './imports.js';
import type { Repository, Workspace } from './repository.js';

const ranks: Readonly<Record<string, number>> = { core: 0, pure: 1, io: 2, service: 3, app: 4 };

/** Who may import what; a vendor that is not listed is open to all. */
const importersOf: readonly { readonly vendor: RegExp; readonly by: readonly string[] }[] = [
  { vendor: /^onnxruntime-/, by: ['@soar/runtime'] },
  { vendor: /^@grpc\//, by: ['@soar/grpc-kit', '@soar/telemetry'] },
  { vendor: /^@opentelemetry\/(?!api$)/, by: ['@soar/telemetry'] },
  { vendor: /^(libsql|pg|@aws-sdk\/.*)$/, by: ['@soar/store'] },
  { vendor: /^@bufbuild\//, by: ['@soar/contracts', '@soar/grpc-kit', '@soar/onnx', '@soar/python'] },
  { vendor: /^@huggingface\/jinja$/, by: ['@soar/prompts'] },
  { vendor: /^(hyparquet.*|@uwdata\/flechette|csv-parse|yauzl)$/, by: ['@soar/datasets'] },
  { vendor: /^@connectrpc\//, by: ['@soar/gateway', '@soar/client', '@soar/test'] },
  { vendor: /^acorn$/, by: ['@soar/builds'] },
  { vendor: /^(@observablehq\/plot|linkedom)$/, by: ['@soar/report-page'] },
  { vendor: /^commander$/, by: ['@soar/cli'] },
  { vendor: /^yaml$/, by: ['@soar/cli', '@soar/deploy', '@soar/test'] },
  { vendor: /^kubernetes-models$/, by: ['@soar/deploy'] },
];

/** What core and pure libraries may not import: they take clock, random numbers and bytes as arguments. */
const ioModules =
  /^node:(fs|fs\/promises|net|http|https|http2|child_process|worker_threads|os|process|timers)$/;

/** Who may serve HTTP: the library for it, and the endpoint of metrics, which every process has and nobody calls. */
const httpModules = /^node:https?$/;
const httpServers: readonly string[] = ['@soar/http-kit', '@soar/telemetry'];

export function checkBoundaries(repository: Repository): string[] {
  const byName = new Map(repository.workspaces.map((w) => [w.name, w]));
  const referenced = new Set(repository.rootReferences);
  return repository.workspaces.flatMap((workspace) => [
    ...(referenced.has(workspace.folder) ? [] : [`tsconfig.json: no reference to ${workspace.folder}`]),
    ...checkLayer(workspace, byName),
    ...checkReferences(workspace, byName),
    ...checkImports(workspace, byName),
  ]);
}

function checkLayer(workspace: Workspace, byName: ReadonlyMap<string, Workspace>): string[] {
  const manifest = `${workspace.folder}/package.json`;
  const rank = ranks[workspace.layer ?? ''];
  if (rank === undefined)
    return [`${manifest}: expected one tag layer:<${Object.keys(ranks).join('|')}> under nx.tags`];
  return allDependencies(workspace).flatMap((name) => {
    const other = byName.get(name);
    if (other === undefined)
      return name.startsWith('@soar/') ? [`${manifest}: there is no workspace ${name}`] : [];
    if ((ranks[other.layer ?? ''] ?? rank) > rank) {
      return [`${manifest}: ${workspace.layer} may not depend on ${other.layer} (${name})`];
    }
    const both = workspace.layer === 'service' && other.layer === 'service';
    return both && workspace.dependencies.includes(name)
      ? [`${manifest}: a service may not depend on a service (${name}), its tests may: devDependencies`]
      : [];
  });
}

function checkReferences(workspace: Workspace, byName: ReadonlyMap<string, Workspace>): string[] {
  const declared = new Set(allDependencies(workspace).flatMap((name) => byName.get(name)?.folder ?? []));
  const referred = new Set(workspace.references);
  const at = `${workspace.folder}/tsconfig.json`;
  return [
    ...[...declared].filter((f) => !referred.has(f)).map((f) => `${at}: no reference to ${f}, a dependency`),
    ...[...referred]
      .filter((f) => !declared.has(f))
      .map((f) => `${at}: refers to ${f}, which is no dependency`),
  ];
}

function checkImports(workspace: Workspace, byName: ReadonlyMap<string, Workspace>): string[] {
  const problems: string[] = [];
  const imported = new Set<string>();
  for (const { path, text } of workspace.sources) {
    for (const specifier of importsOf(text)) {
      if (!isForTests(path) && importsTests(specifier)) {
        problems.push(`${path}: imports ${specifier}, which is for tests`);
      }
      if (specifier.startsWith('.')) {
        if (/^(\.\.\/)+package\.json$/.test(specifier)) continue; // its own version
        const climbs = path.slice(workspace.folder.length + '/src/'.length).split('/').length - 1;
        if (specifier.split('/').filter((part) => part === '..').length > climbs) {
          problems.push(`${path}: ${specifier} leaves its package; import the package by name`);
        }
        continue;
      }
      if (isPure(workspace) && !isForTests(path) && ioModules.test(specifier)) {
        problems.push(`${path}: a ${workspace.layer} library may not import ${specifier}`);
      }
      if (httpModules.test(specifier) && !isForTests(path) && !httpServers.includes(workspace.name)) {
        problems.push(`${path}: only ${httpServers.join(' and ')} may import ${specifier}`);
      }
      const name = packageOf(specifier);
      if (name === undefined || name === workspace.name) continue;
      imported.add(name);
      const declared = isForTests(path) ? allDependencies(workspace) : workspace.dependencies;
      if (!declared.includes(name)) {
        problems.push(`${path}: imports ${name}, which ${workspace.folder}/package.json does not declare`);
      }
      const rule = importersOf.find(({ vendor }) => vendor.test(name));
      if (rule !== undefined && !rule.by.includes(workspace.name)) {
        problems.push(`${path}: only ${rule.by.join(' and ')} may import ${name}`);
      }
    }
  }
  // An app may depend on programs that it starts and does not import.
  const isProgram = (name: string): boolean => ['service', 'app'].includes(byName.get(name)?.layer ?? '');
  const isUsed = (name: string): boolean => imported.has(name.replace(/^@types\//, ''));
  const unused = allDependencies(workspace).filter((name) => !isUsed(name) && !isProgram(name));
  return [
    ...problems,
    ...unused.map((name) => `${workspace.folder}/package.json: declares ${name}, which nothing imports`),
  ];
}

/** Tests, the programs that they start, and what they share; all of the workspace test/. */
function isForTests(path: string): boolean {
  return /\.(?:test|fixture)\.ts$/.test(path) || path.includes('/testing/') || path.startsWith('test/');
}

function importsTests(specifier: string): boolean {
  return /(^|\/)testing(\/|$)/.test(specifier) && /^(\.|@soar\/)/.test(specifier);
}

/** Dependencies of the product and of its tests. */
function allDependencies({ dependencies, testDependencies }: Workspace): readonly string[] {
  return [...dependencies, ...testDependencies];
}

function isPure(workspace: Workspace): boolean {
  return workspace.layer === 'core' || workspace.layer === 'pure';
}
