/** Which device the tests use, from the environment. The only reader of process.env here. */
import { existsSync } from 'node:fs';

/** SwiftShader, a Vulkan device in software, as Debian's package chromium-common has it. */
const SOFTWARE_DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Why tests that need a device are skipped here; false if there is one: what VK_DRIVER_FILES names, or else the
 * software device, which this process and those that it starts use from now on. Never skipped in continuous
 * integration.
 */
export function withoutDevice(): string | false {
  if (process.env['VK_DRIVER_FILES'] !== undefined) return false;
  if (existsSync(SOFTWARE_DRIVER)) {
    process.env['VK_DRIVER_FILES'] = SOFTWARE_DRIVER;
    return false;
  }
  if (process.env['CI'] === 'true') {
    throw new Error(`${SOFTWARE_DRIVER} is not there: .ci/run installs it before the tests`);
  }
  return (
    'there is no Vulkan device in software (Debian: apt-get install chromium-common libvulkan1): tests that need a ' +
    'device are skipped'
  );
}
