/**
 * Prints a protobuf file descriptor as .proto source.
 *
 * Why: `buf/validate/validate.proto` is on no npm package, only its descriptor is (inside @bufbuild/protovalidate), and
 * buf compiles sources. What it is not: a general printer. It covers what that file uses - proto2, messages, oneofs,
 * enums, extensions, ranges, and options that are known extensions - and refuses the rest, so that nothing is dropped
 * unseen. Comments are not in a descriptor and do not come back.
 */
import {
  type DescEnum,
  type DescExtension,
  type DescField,
  type DescFile,
  type DescMessage,
  getExtension,
  hasExtension,
} from '@bufbuild/protobuf';
import { Edition, FieldDescriptorProto_Label, FieldDescriptorProto_Type } from '@bufbuild/protobuf/wkt';
import { predefined } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

/** First field number that protobuf does not allow: the end of `N to max`. */
const NUMBER_END = 536870912;

/** The source of `file`, ending in a newline. Throws where the descriptor uses what the printer does not know. */
export function printProto(file: DescFile): string {
  if (file.edition !== Edition.EDITION_PROTO2) throw new Error(`print ${file.name}: expected proto2`);
  const lines = [
    'syntax = "proto2";',
    '',
    `package ${file.proto.package};`,
    '',
    ...file.proto.dependency.map((path) => `import "${path}";`),
    '',
    ...file.extensions.flatMap((extension) => [...printExtension(extension), '']),
    ...file.messages.flatMap((message) => [...printMessage(message), '']),
    ...file.enums.flatMap((enumeration) => [...printEnum(enumeration), '']),
  ];
  return lines.join('\n').trimEnd() + '\n';
}

function printExtension(extension: DescExtension): string[] {
  return [`extend ${extension.extendee.typeName} {`, indent(printField(extension)), '}'];
}

function printMessage(message: DescMessage): string[] {
  if (message.nestedMessages.length + message.nestedEnums.length + message.nestedExtensions.length > 0) {
    throw new Error(`print ${message.typeName}: nested types are not known to the printer`);
  }
  const body: string[] = [];
  for (const { start, end } of message.proto.reservedRange) body.push(`reserved ${range(start, end)};`);
  for (const name of message.proto.reservedName) body.push(`reserved "${name}";`);
  for (const member of message.members) {
    if (member.kind === 'field') body.push(printField(member));
    else body.push(`oneof ${member.name} {`, ...member.fields.map((f) => indent(printField(f))), '}');
  }
  for (const { start, end } of message.proto.extensionRange) body.push(`extensions ${range(start, end)};`);
  return [`message ${message.name} {`, ...body.map(indent), '}'];
}

function range(start: number, end: number): string {
  if (end === NUMBER_END) return `${start} to max`;
  return end === start + 1 ? String(start) : `${start} to ${end - 1}`;
}

function printField(field: DescField | DescExtension): string {
  const options = printOptions(field);
  let suffix = '';
  if (options.length === 1) suffix = ` [${options[0]!}]`;
  else if (options.length > 1) suffix = ` [\n${indent(options.join(',\n'))}\n]`;
  return `${label(field)}${typeName(field)} ${field.proto.name} = ${field.number}${suffix};`;
}

/** Members of a oneof and maps have no label; everything else in proto2 has one. */
function label(field: DescField | DescExtension): string {
  if (field.oneof !== undefined || field.fieldKind === 'map') return '';
  if (field.proto.label === FieldDescriptorProto_Label.REPEATED) return 'repeated ';
  return field.proto.label === FieldDescriptorProto_Label.REQUIRED ? 'required ' : 'optional ';
}

function typeName(field: DescField | DescExtension): string {
  if (field.fieldKind === 'map') throw new Error(`print ${field.name}: maps are not known to the printer`);
  if (field.proto.typeName !== '') return field.proto.typeName.replace(/^\./, '');
  return FieldDescriptorProto_Type[field.proto.type].toLowerCase();
}

function printOptions(field: DescField | DescExtension): string[] {
  const printed: string[] = [];
  if (field.proto.defaultValue !== '') printed.push(`default = ${field.proto.defaultValue}`);
  const options = field.proto.options;
  if (options === undefined) return printed;
  if (options.deprecated) printed.push('deprecated = true');
  const known = hasExtension(options, predefined) ? 1 : 0;
  if ((options.$unknown ?? []).length !== known) throw new Error(`print ${field.name}: unknown option`);
  if (known === 1) {
    for (const { id, expression, message } of getExtension(options, predefined).cel) {
      const parts = [`id: ${quote(id)}`, `expression: ${quote(expression)}`];
      if (message !== '') parts.push(`message: ${quote(message)}`);
      printed.push(`(predefined).cel = {\n${indent(parts.join('\n'))}\n}`);
    }
  }
  return printed;
}

function indent(lines: string): string {
  return lines.replace(/^/gm, '  ');
}

/** A protobuf string literal; JSON's escapes of quotes, backslashes and newlines are protobuf's too. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function printEnum(enumeration: DescEnum): string[] {
  const values = enumeration.values.map((value) => `  ${value.name} = ${value.number};`);
  const reserved = enumeration.proto.reservedRange.map(
    ({ start, end }) => `  reserved ${range(start, end + 1)};`,
  );
  return [`enum ${enumeration.name} {`, ...reserved, ...values, '}'];
}
