/**
 * Server reflection, v1 and v1alpha: lets `buf curl` and grpcurl list and call a server without its .proto files.
 * Descriptors are sent as compiled, with validation rules and other custom options.
 * Source: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
import {
  create,
  createRegistry,
  type DescFile,
  type DescService,
  fromBinary,
  toBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { file_google_rpc_error_details, reflectionV1, reflectionV1Alpha } from '@soar/contracts/grpc';
import { status as Code } from '@grpc/grpc-js';
import { type Service, service } from '../service.js';

type Request = reflectionV1.ServerReflectionRequest;
const {
  ErrorResponseSchema,
  ExtensionNumberResponseSchema,
  FileDescriptorResponseSchema,
  ListServiceResponseSchema,
  ServerReflectionResponseSchema,
} = reflectionV1;

type Answered = reflectionV1.ServerReflectionResponse['messageResponse'];
type Response = reflectionV1.ServerReflectionResponse;

/** Both reflection services of a server that offers `services`. */
export function reflectionServices(services: readonly DescService[]): Service[] {
  const offered = [...services, reflectionV1.ServerReflection, reflectionV1Alpha.ServerReflection];
  const answer = answerer(offered);
  // The two versions are the same bytes under two names.
  const { ServerReflectionRequestSchema: Ask } = reflectionV1;
  const { ServerReflectionRequestSchema: AlphaAsk, ServerReflectionResponseSchema: AlphaAnswer } =
    reflectionV1Alpha;
  return [
    service(reflectionV1.ServerReflection, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) yield answer(request);
      },
    }),
    service(reflectionV1Alpha.ServerReflection, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) {
          const answered = answer(fromBinary(Ask, toBinary(AlphaAsk, request)));
          yield fromBinary(AlphaAnswer, toBinary(ServerReflectionResponseSchema, answered));
        }
      },
    }),
  ];
}

function answerer(services: readonly DescService[]): (request: Request) => Response {
  const files = new Map<string, DescFile>();
  for (const desc of services) for (const file of withImports(desc.file)) files.set(file.proto.name, file);
  // No contract imports it, but errors carry it in their details; grpcurl can then print them.
  files.set(file_google_rpc_error_details.proto.name, file_google_rpc_error_details);
  const registry = createRegistry(...files.values());
  const send = (file: DescFile | undefined, what: string): Answered => {
    if (file === undefined) return refuse(Code.NOT_FOUND, `${what}: not found on this server`);
    const fileDescriptorProto = withImports(file).map((it) => toBinary(FileDescriptorProtoSchema, it.proto));
    return {
      case: 'fileDescriptorResponse',
      value: create(FileDescriptorResponseSchema, { fileDescriptorProto }),
    };
  };
  const answer = ({ messageRequest: asked }: Request): Answered => {
    switch (asked.case) {
      case 'listServices': {
        const service = services.map(({ typeName }) => ({ name: typeName }));
        return { case: 'listServicesResponse', value: create(ListServiceResponseSchema, { service }) };
      }
      case 'fileByFilename':
        return send(files.get(asked.value), `file ${asked.value}`);
      case 'fileContainingSymbol': {
        // A method is `package.Service.Method`; its file is its service's.
        const owner = asked.value.slice(0, asked.value.lastIndexOf('.'));
        const found = registry.get(asked.value) ?? registry.getService(owner);
        return send(found?.file, `symbol ${asked.value}`);
      }
      case 'fileContainingExtension': {
        const { containingType, extensionNumber } = asked.value;
        const extendee = registry.getMessage(containingType);
        const found = extendee && registry.getExtensionFor(extendee, extensionNumber);
        return send(found?.file, `extension ${extensionNumber} of ${containingType}`);
      }
      case 'allExtensionNumbersOfType': {
        const extensions = [...registry].filter((it) => it.kind === 'extension');
        const extensionNumber = extensions
          .filter((it) => it.extendee.typeName === asked.value)
          .map((it) => it.number);
        const value = create(ExtensionNumberResponseSchema, { baseTypeName: asked.value, extensionNumber });
        return { case: 'allExtensionNumbersResponse', value };
      }
      default:
        return refuse(Code.INVALID_ARGUMENT, 'a reflection request needs one of the message_request fields');
    }
  };
  return (originalRequest) => {
    const { host: validHost } = originalRequest;
    return create(ServerReflectionResponseSchema, {
      validHost,
      originalRequest,
      messageResponse: answer(originalRequest),
    });
  };
}

/** `file` and everything it imports, each once. */
function withImports(file: DescFile, seen = new Set<DescFile>()): DescFile[] {
  if (seen.has(file)) return [];
  seen.add(file);
  return [file, ...file.dependencies.flatMap((it) => withImports(it, seen))];
}

function refuse(errorCode: Code, errorMessage: string): Answered {
  return { case: 'errorResponse', value: create(ErrorResponseSchema, { errorCode, errorMessage }) };
}
