/** Which device the tests use, from the environment. The only user of process.env here. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where .ci/lavapipe puts one, for tests alone. */
const OWN_LAVAPIPE = fileURLToPath(new URL('../../../../.ci/lavapipe-driver/lvp_icd.json', import.meta.url));
const DRIVERS = '/usr/share/vulkan/icd.d';
/** Drivers of an older Vulkan do not suit ONNX Runtime: Debian 12's lavapipe (1.3) is refused. */
const VULKAN_MIN = [1, 4] as const;
/** SwiftShader, a Vulkan device in software, as Debian's package chromium-common has it. It has no float16. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Why tests that need a device are skipped here; false if there is one: what VK_DRIVER_FILES names, or else a device in
 * software, which this process and those that it starts use from now on: Mesa's lavapipe, which has float16, or else
 * SwiftShader. Never skipped in continuous integration.
 */
export function withoutDevice(): string | false {
  if (process.env['VK_DRIVER_FILES'] !== undefined) return false;
  const lavapipe = lavapipeDriver();
  const driver = lavapipe ?? (existsSync(SWIFTSHADER) ? SWIFTSHADER : undefined);
  if (driver !== undefined) {
    process.env['VK_DRIVER_FILES'] = driver;
    // Small kernels that run once: most of its time would be that of optimizing them.
    if (lavapipe !== undefined) process.env['GALLIVM_PERF'] ??= 'nopt';
    return false;
  }
  if (process.env['CI'] === 'true') {
    throw new Error(`neither ${SWIFTSHADER} nor lavapipe is there: .ci/run installs them before the tests`);
  }
  return (
    'there is no Vulkan device in software (Debian: apt-get install chromium-common libvulkan1): tests that need a ' +
    'device are skipped'
  );
}

/** VK_DRIVER_FILES for one device of each kind of device in software that is here: lavapipe, then SwiftShader. */
export function differentDevices(): string[] {
  return [lavapipeDriver(), SWIFTSHADER].filter((path) => path !== undefined && existsSync(path)) as string[];
}

/**
 * VK_DRIVER_FILES for two devices of one kind: that of `withoutDevice`, which returned false, and again by another
 * description of its driver, which is written to `file`.
 */
export function equalDevices(file: string): string {
  const driver = process.env['VK_DRIVER_FILES']!.split(delimiter)[0]!;
  const { ICD, ...rest } = JSON.parse(readFileSync(driver, 'utf8')) as { ICD: { library_path: string } };
  const library_path = ICD.library_path.includes('/')
    ? resolve(driver, '..', ICD.library_path)
    : ICD.library_path;
  writeFileSync(file, JSON.stringify({ ...rest, ICD: { ...ICD, library_path } }));
  return [driver, file].join(delimiter);
}

function lavapipeDriver(): string | undefined {
  const installed = existsSync(DRIVERS) ? readdirSync(DRIVERS) : [];
  const all = [OWN_LAVAPIPE, ...installed.filter((name) => /^lvp_icd\b.*\.json$/.test(name)).map(inDrivers)];
  return all.find((path) => existsSync(path) && isRecent(path));
}

function inDrivers(name: string): string {
  return join(DRIVERS, name);
}

function isRecent(path: string): boolean {
  const version = /"api_version":\s*"(\d+)\.(\d+)/.exec(readFileSync(path, 'utf8'));
  const [major, minor] = [Number(version?.[1]), Number(version?.[2])];
  return major > VULKAN_MIN[0] || (major === VULKAN_MIN[0] && minor >= VULKAN_MIN[1]);
}
