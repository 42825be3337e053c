/** What is read from Vulkan's loader, in the words of its versions 1.3.239 and 1.4.364. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLoaderLog } from './loader-log.js';

const OLD = `INFO:             linux_read_sorted_physical_devices:
INFO:                  Original order:
INFO:                        [0] SwiftShader Device (Subzero)
INFO:                        [1] llvmpipe (LLVM 15.0.6, 256 bits)
INFO:                  Sorted order:
INFO:                        [0] llvmpipe (LLVM 15.0.6, 256 bits)  [default]
INFO:                        [1] SwiftShader Device (Subzero)
ERROR | DRIVER:   something that somebody should read
LAYER:            vkCreateDevice layer callstack setup to:
LAYER:                   Using "llvmpipe (LLVM 15.0.6, 256 bits)" with driver: "/usr/lib/libvulkan_lvp.so"
`;

const NEW = `[Vulkan Loader] INFO | DRIVER:       Original order:
[Vulkan Loader] INFO | DRIVER:             [0] a GPU
[Vulkan Loader] INFO | DRIVER:       Sorted order:
[Vulkan Loader] INFO | DRIVER:             [0] a GPU
[Vulkan Loader] DRIVER:                Using "a GPU" with driver: "/usr/lib/libvulkan_x.so"
`;

test('the loader says which devices there are, and which was taken; what else was written is kept', () => {
  assert.deepEqual(readLoaderLog(OLD), {
    found: ['SwiftShader Device (Subzero)', 'llvmpipe (LLVM 15.0.6, 256 bits)'],
    used: 'llvmpipe (LLVM 15.0.6, 256 bits)',
    rest: 'ERROR | DRIVER:   something that somebody should read',
  });
  assert.deepEqual(readLoaderLog(NEW), { found: ['a GPU'], used: 'a GPU', rest: '' });
});

test('nothing is known where it says nothing, or something else', () => {
  assert.deepEqual(readLoaderLog('Warning: it is hot\n'), {
    found: [],
    used: undefined,
    rest: 'Warning: it is hot',
  });
});
