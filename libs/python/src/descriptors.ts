/**
 * The compiled contracts, as the Python package has them: what `buf build` makes of proto/. Python makes its message
 * classes of them when they are imported, so there is no generated code whose version must fit that of protobuf.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** What the package speaks: our contracts, and how gRPC sends the details of an error. */
const PARTS = ['proto/soar', 'proto/vendor/google/rpc'];
const BUILD_MS_MAX = 60_000;

/** The files of the contracts with their imports, each behind what it imports, comments in them. */
export function contractFiles(root: string): readonly FileDescriptorProto[] {
  const args = ['build', ...PARTS.flatMap((part) => ['--path', part]), '--as-file-descriptor-set', '-o', '-'];
  const bytes = execFileSync(join(root, 'node_modules/.bin/buf'), args, {
    cwd: root,
    maxBuffer: 2 ** 26,
    timeout: BUILD_MS_MAX,
  });
  return fromBinary(FileDescriptorSetSchema, bytes).file;
}

/** A FileDescriptorSet of them, without comments. */
export function descriptorSet(files: readonly FileDescriptorProto[]): Uint8Array {
  const bare = files.map(({ sourceCodeInfo: _, ...file }) => file);
  return toBinary(FileDescriptorSetSchema, { $typeName: 'google.protobuf.FileDescriptorSet', file: bare });
}

export const isOurs = ({ package: name }: FileDescriptorProto): boolean => name.startsWith('soar.');
