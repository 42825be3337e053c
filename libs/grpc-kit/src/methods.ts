/** Methods of a descriptor, for clients and servers: name, grpc-js definition, messages as bytes. */
import { type DescMessage, type DescMethod, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type { MethodDefinition } from '@grpc/grpc-js';

/** Full name of a method: the request path without the leading slash. */
export function methodName(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** Path of a method in a request. */
export function methodPath(method: DescMethod): string {
  return `/${methodName(method)}`;
}

/** grpc-js's definition of a method; messages stay bytes at this level. */
export function methodDefinition(method: DescMethod): MethodDefinition<Buffer, Buffer> {
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    path: methodPath(method),
    requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
    responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

/** `message` as bytes. grpc-js needs a Buffer; this one shares the array's memory. */
export function encode<S extends DescMessage>(schema: S, message: MessageShape<S>): Buffer {
  const bytes = toBinary(schema, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
