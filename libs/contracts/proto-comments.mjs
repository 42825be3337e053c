/**
 * A plugin of `buf generate`: writes the comments of the run configuration's messages, fields and enums as TypeScript
 * (src/gen/comments.ts), since generated descriptors have none. The JSON Schema of configurations describes its
 * fields with them, so that each is described once, in the .proto. Speaks the protocol of protoc's plugins on stdin
 * and stdout.
 *
 * JavaScript, because it runs before anything is compiled.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { CodeGeneratorRequestSchema, CodeGeneratorResponseSchema } from '@bufbuild/protobuf/wkt';
import { readFileSync } from 'node:fs';

const ROOT = '.soar.coordinator.v1.RunConfig';
/** Field numbers in descriptor.proto, of which the paths of comments consist. */
const [MESSAGES, ENUMS, FIELDS, VALUES] = [4, 5, 2, 2];

const { protoFile: files } = fromBinary(CodeGeneratorRequestSchema, readFileSync(0));
/** @type {Map<string, { node: object, file: object, path: number[] }>} Top-level messages and enums by full name. */
const known = new Map();
for (const file of files) {
  const add = (nodes, number) =>
    nodes.forEach((node, i) => known.set(`.${file.package}.${node.name}`, { node, file, path: [number, i] }));
  add(file.messageType, MESSAGES);
  add(file.enumType, ENUMS);
}

/** @type {Record<string, string>} */
const comments = {};
addType(ROOT);
const lines = Object.entries(comments).map(
  ([name, text]) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},`,
);
const content = [
  '// Written by libs/contracts/proto-comments.mjs. Do not edit.',
  'export const comments: Readonly<Record<string, string>> = {',
  ...lines,
  '};',
  '',
].join('\n');
const response = create(CodeGeneratorResponseSchema, {
  supportedFeatures: 1n, // optional fields of proto3
  file: [{ name: 'comments.ts', content }],
});
process.stdout.write(toBinary(CodeGeneratorResponseSchema, response));

/** @param {string} name The full name of a message or an enum, with a dot before it. */
function addType(name) {
  const found = known.get(name);
  if (found === undefined || comments[name.slice(1)] !== undefined) return;
  const { node, file, path } = found;
  comments[name.slice(1)] = commentOf(file, path);
  (node.value ?? []).forEach((value, i) => {
    comments[`${name.slice(1)}.${value.name}`] = commentOf(file, [...path, VALUES, i]);
  });
  (node.field ?? []).forEach((field, i) => {
    comments[`${name.slice(1)}.${field.name}`] = commentOf(file, [...path, FIELDS, i]);
    addType(field.typeName);
  });
}

/** @returns {string} The comment before a node, as one line. */
function commentOf(file, path) {
  const at = path.join();
  const location = file.sourceCodeInfo?.location.find((each) => each.path.join() === at);
  return (location?.leadingComments ?? '').replace(/\s+/g, ' ').trim();
}
