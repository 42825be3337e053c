/**
 * Writes proto/vendor/buf/validate/validate.proto from the descriptor in @bufbuild/protovalidate. Run after changing
 * that package's version: `node libs/contracts/dist/vendor-validate.js > proto/vendor/buf/validate/validate.proto`. A
 * test fails when the two differ.
 */
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { pathToFileURL } from 'node:url';
import { printProto } from './print-proto.js';

const HEAD = `// Copyright 2024-2026 Buf Technologies, Inc.
//
// Licensed under the Apache License, Version 2.0 (the "License");
// you may not use this file except in compliance with the License.
// You may obtain a copy of the License at
//
//      http://www.apache.org/licenses/LICENSE-2.0
//
// Unless required by applicable law or agreed to in writing, software
// distributed under the License is distributed on an "AS IS" BASIS,
// WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
// See the License for the specific language governing permissions and
// limitations under the License.

// Printed from the descriptor in the npm package @bufbuild/protovalidate, without its comments, by
// libs/contracts/src/vendor-validate.ts. The original, with comments: https://github.com/bufbuild/protovalidate

`;

/** The vendored file as it must stand in the tree. */
export function vendoredValidateProto(): string {
  return HEAD + printProto(file_buf_validate_validate);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.stdout.write(vendoredValidateProto());
