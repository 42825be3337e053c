/**
 * What the npm package is made of, as CycloneDX: made by `npm sbom` from the lock file, and reduced to what is shipped.
 * Equal sources give equal bytes: no random serial number, no time but that of the commit. What npm installs for a user
 * may be newer where a dependency of a dependency allows it; the lock file has what was tested.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';

interface Component {
  readonly 'bom-ref': string;
  readonly purl: string;
  readonly version: string;
  name: string;
}

interface Bill {
  serialNumber: string;
  metadata: { timestamp: string; component: Component };
  components: Component[];
  dependencies: { readonly ref: string; dependsOn?: string[] }[];
}

interface Shipped {
  /** Folder of the workspace that is packed. */
  readonly workspace: string;
  /** Names of the workspaces that are in the package. */
  readonly shipped: readonly string[];
  /** Of the commit, as ISO 8601. */
  readonly time: string;
}

export function billOfMaterials(root: string, { workspace, shipped, time }: Shipped): string {
  const flags = ['--sbom-format', 'cyclonedx', '--package-lock-only', '--omit=dev', '--workspace', workspace];
  const text = execFileSync('npm', ['sbom', ...flags], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const bill = JSON.parse(text) as Bill;
  const isShipped = (ref: string): boolean => {
    const name = ref.slice(0, ref.lastIndexOf('@'));
    return !name.startsWith('@soar/') || shipped.includes(name);
  };
  bill.components = bill.components.filter((component) => isShipped(component['bom-ref']));
  bill.dependencies = bill.dependencies
    .filter(({ ref }) => isShipped(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isShipped) }));
  // npm names the packages of a workspace after their folders.
  for (const component of [bill.metadata.component, ...bill.components])
    component.name = nameIn(component.purl);
  bill.metadata.timestamp = time;
  bill.serialNumber = '';
  bill.serialNumber = `urn:uuid:${uuidOf(JSON.stringify(bill))}`;
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/** pkg:npm/%40soar/core@0.1.0 is @soar/core. */
function nameIn(purl: string): string {
  return decodeURIComponent(purl.replace(/^pkg:npm\//, '').replace(/@[^@/]*$/, ''));
}

/** A UUID of version 8 (RFC 9562) from a hash. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return hex.slice(0, 32).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5');
}
