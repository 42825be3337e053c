/**
 * The Python modules of the contracts: `soar.verifier.v1` for the package soar.verifier.v1 and so on. A module (.py)
 * has one line, which makes its classes of the descriptors. Its stub (.pyi) has the same classes with types and the
 * comments of the .proto files, for editors and type checkers. Stubs follow those of protoc (--pyi_out) and of grpc's
 * plugin.
 */
import { FieldDescriptorProto_Label, FieldDescriptorProto_Type as Type } from '@bufbuild/protobuf/wkt';
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FieldDescriptorProto,
  FileDescriptorProto,
  MethodDescriptorProto,
  ServiceDescriptorProto,
} from '@bufbuild/protobuf/wkt';
import type { ArchivedFile } from './archive.js';
import { commentsOf, docstring, type Comments } from './comments.js';
import { isOurs } from './descriptors.js';

/** Field numbers in descriptor.proto, of which the paths of comments consist. */
const PATH = { message: 4, enum: 5, service: 6, field: 2, value: 2, method: 2 } as const;

const SCALARS: Partial<Record<Type, string>> = {
  [Type.DOUBLE]: 'float',
  [Type.FLOAT]: 'float',
  [Type.INT32]: 'int',
  [Type.INT64]: 'int',
  [Type.UINT32]: 'int',
  [Type.UINT64]: 'int',
  [Type.SINT32]: 'int',
  [Type.SINT64]: 'int',
  [Type.FIXED32]: 'int',
  [Type.FIXED64]: 'int',
  [Type.SFIXED32]: 'int',
  [Type.SFIXED64]: 'int',
  [Type.BOOL]: 'bool',
  [Type.STRING]: 'str',
  [Type.BYTES]: 'bytes',
};

/** Modules and stubs of every package of the contracts, with the folders' own modules. */
export function contractModules(files: readonly FileDescriptorProto[]): ArchivedFile[] {
  const packages = new Map<string, FileDescriptorProto[]>();
  for (const file of files.filter(isOurs))
    packages.set(file.package, [...(packages.get(file.package) ?? []), file]);
  return [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, parts]) => {
      const path = name.replaceAll('.', '/');
      return [
        text(`${path.replace(/\/[^/]*$/, '')}/__init__.py`, []),
        text(`${path}.py`, moduleLines(name)),
        text(`${path}.pyi`, stubLines(name, parts)),
      ];
    });
}

function text(path: string, lines: readonly string[]): ArchivedFile {
  return { path, bytes: Buffer.from(lines.map((line) => `${line}\n`).join('')) };
}

function moduleLines(name: string): string[] {
  return [
    `"""Messages and services of ${name}; the stub beside this file has them with types and comments."""`,
    '',
    'from soar._contracts import names_of as _names_of',
    '',
    `globals().update(_names_of("${name}"))`,
  ];
}

function stubLines(name: string, files: readonly FileDescriptorProto[]): string[] {
  const body = files.flatMap((file) => {
    const comments = commentsOf(file);
    return [
      ...file.enumType.flatMap((each, i) => enumLines(each, comments, [PATH.enum, i])),
      ...file.messageType.flatMap((each, i) => messageLines(name, each, comments, [PATH.message, i])),
      ...file.service.flatMap((each, i) => serviceLines(name, each, comments, [PATH.service, i])),
    ];
  });
  const imported = new Set(
    [...body.join('\n').matchAll(/\b((?:soar\.\w+\.v\d+|google\.protobuf\.\w+_pb2))\./g)].map(
      ([, module]) => module!,
    ),
  );
  return [
    `"""Messages and services of ${name}. Written from the .proto files."""`,
    '',
    'from collections.abc import Iterable as _Iterable, Iterator as _Iterator, Mapping as _Mapping',
    'from typing import Any as _Any, ClassVar as _ClassVar',
    '',
    'from google.protobuf.internal import containers as _containers, enum_type_wrapper as _enum_type_wrapper',
    'from google.protobuf.message import Message as _Message',
    'from soar._services import StreamCall as _StreamCall, UnaryCall as _UnaryCall',
    ...[...imported].sort().map((module) => `import ${module}`),
    ...body,
  ];
}

function enumLines(
  { name, value }: EnumDescriptorProto,
  comments: Comments,
  path: readonly number[],
): string[] {
  return [
    '',
    `class ${name}(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):`,
    ...docstring(comments(path), '    '),
    '    __slots__ = ()',
    ...value.flatMap((each, i) => [
      `    ${each.name}: _ClassVar[${name}]`,
      ...docstring(comments([...path, PATH.value, i]), '    '),
    ]),
    '',
    ...value.map((each) => `${each.name}: ${name}`),
  ];
}

function messageLines(
  scope: string,
  message: DescriptorProto,
  comments: Comments,
  path: readonly number[],
): string[] {
  if (message.enumType.length > 0 || message.nestedType.some(({ options }) => options?.mapEntry !== true))
    throw new Error(`${scope}.${message.name}: nested messages and enums have no stubs; put them beside it`);
  const fields = message.field.map((field, i) => ({
    name: field.name,
    comment: comments([...path, PATH.field, i]),
    ...fieldTypes(scope, field, message),
  }));
  const given = fields.map(({ name, taken }) => `${name}: ${taken} | None = ...`);
  return [
    '',
    `class ${message.name}(_Message):`,
    ...docstring(comments(path), '    '),
    ...fields.flatMap(({ name, read, isWritable, comment }) =>
      isWritable
        ? [`    ${name}: ${read}`, ...docstring(comment, '    ')]
        : [
            '    @property',
            `    def ${name}(self) -> ${read}:`,
            ...docstring(comment, '        '),
            '        ...',
          ],
    ),
    ...(given.length === 0
      ? ['    def __init__(self) -> None: ...']
      : [
          '    def __init__(',
          '        self,',
          '        *,',
          ...given.map((each) => `        ${each},`),
          '    ) -> None: ...',
        ]),
  ];
}

interface FieldTypes {
  /** What reading the field gives. */
  readonly read: string;
  /** What the constructor takes. */
  readonly taken: string;
  /** Whether it can be assigned. Messages and containers are changed in place. */
  readonly isWritable: boolean;
}

function fieldTypes(scope: string, field: FieldDescriptorProto, { nestedType }: DescriptorProto): FieldTypes {
  const entry = nestedType.find(({ name }) => field.typeName.endsWith(`.${name}`));
  if (entry !== undefined) {
    const [key, value] = entry.field.map((each) => elementType(scope, each));
    const kind = entry.field[1]!.type === Type.MESSAGE ? 'MessageMap' : 'ScalarMap';
    return {
      read: `_containers.${kind}[${key}, ${value}]`,
      taken: `_Mapping[${key}, ${value}]`,
      isWritable: false,
    };
  }
  const type = elementType(scope, field);
  const isMessage = field.type === Type.MESSAGE;
  if (field.label === FieldDescriptorProto_Label.REPEATED) {
    const kind = isMessage ? 'RepeatedCompositeFieldContainer' : 'RepeatedScalarFieldContainer';
    const taken = field.type === Type.ENUM ? `${type} | str` : type;
    return { read: `_containers.${kind}[${type}]`, taken: `_Iterable[${taken}]`, isWritable: false };
  }
  if (isMessage) return { read: type, taken: `${type} | _Mapping[str, _Any]`, isWritable: false };
  return { read: type, taken: field.type === Type.ENUM ? `${type} | str` : type, isWritable: true };
}

function elementType(scope: string, { type, typeName, name }: FieldDescriptorProto): string {
  if (type === Type.MESSAGE || type === Type.ENUM) return typeIn(scope, typeName);
  const scalar = SCALARS[type];
  if (scalar === undefined) throw new Error(`${scope}: field ${name} has no type in Python`);
  return scalar;
}

/** The name of a type in the stub of a package: `.soar.common.v1.Problem`, `.google.protobuf.Timestamp`. */
function typeIn(scope: string, typeName: string): string {
  const full = typeName.slice(1);
  if (full.startsWith(`${scope}.`)) return full.slice(scope.length + 1);
  return full.replace(
    /^google\.protobuf\.(\w+)$/,
    (_, name: string) =>
      `google.protobuf.${/^(Struct|Value|ListValue)$/.test(name) ? 'struct' : name.toLowerCase()}_pb2.${name}`,
  );
}

/** The client's stub and the base class of a server, as grpc's own plugin names them. */
function serviceLines(
  scope: string,
  { name, method }: ServiceDescriptorProto,
  comments: Comments,
  path: readonly number[],
): string[] {
  const typesOf = (each: MethodDescriptorProto) => ({
    takes: typeIn(scope, each.inputType),
    gives: typeIn(scope, each.outputType),
    comment: comments([...path, PATH.method, method.indexOf(each)]),
    ...each,
  });
  const methods = method.map(typesOf);
  if (method.some(({ clientStreaming }) => clientStreaming))
    throw new Error(`${scope}.${name}: streams of requests have no stubs yet`);
  return [
    '',
    `class ${name}Stub:`,
    ...docstring(comments(path), '    '),
    '    def __init__(self, channel: _Any) -> None: ...',
    ...methods.flatMap(({ name: called, takes, gives, comment, serverStreaming }) => [
      `    ${called}: ${serverStreaming ? '_StreamCall' : '_UnaryCall'}[${takes}, ${gives}]`,
      ...docstring(comment, '    '),
    ]),
    '',
    `class ${name}Servicer:`,
    ...docstring(
      `What a server of ${name} implements; methods that it leaves out answer UNIMPLEMENTED.`,
      '    ',
    ),
    ...methods.map(
      ({ name: called, takes, gives, serverStreaming }) =>
        `    def ${called}(self, request: ${takes}, context: _Any) -> ` +
        `${serverStreaming ? `_Iterator[${gives}]` : gives}: ...`,
    ),
    '',
    `def add_${name}Servicer_to_server(servicer: ${name}Servicer, server: _Any) -> None: ...`,
  ];
}
