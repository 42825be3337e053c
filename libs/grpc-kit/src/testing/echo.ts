/**
 * A service with all four kinds of call, for tests: the contracts use only two of them. Its descriptor is made here;
 * its messages are the contracts' Problem, whose rules (non-empty id, question and answer) the tests violate.
 */
import { create, createFileRegistry } from '@bufbuild/protobuf';
import type { GenService } from '@bufbuild/protobuf/codegenv2';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { type Problem, ProblemSchema } from '@soar/contracts';

type Shape<Kind> = { methodKind: Kind; input: typeof ProblemSchema; output: typeof ProblemSchema };

const PROBLEM = `.${ProblemSchema.typeName}`;
const file = create(FileDescriptorProtoSchema, {
  name: 'test/echo.proto',
  package: 'test',
  syntax: 'proto3',
  dependency: [ProblemSchema.file.proto.name],
  service: [
    {
      name: 'Echo',
      method: [
        { name: 'One', inputType: PROBLEM, outputType: PROBLEM },
        { name: 'Count', inputType: PROBLEM, outputType: PROBLEM, serverStreaming: true },
        { name: 'Join', inputType: PROBLEM, outputType: PROBLEM, clientStreaming: true },
        {
          name: 'Each',
          inputType: PROBLEM,
          outputType: PROBLEM,
          clientStreaming: true,
          serverStreaming: true,
        },
      ],
    },
  ],
});

/** test.Echo: One, Count, Join and Each, one of each kind. */
export const Echo = createFileRegistry(file, () => ProblemSchema.file).getService('test.Echo') as GenService<{
  one: Shape<'unary'>;
  count: Shape<'server_streaming'>;
  join: Shape<'client_streaming'>;
  each: Shape<'bidi_streaming'>;
}>;

/** A valid Problem with this question. */
export function problem(question: string): Problem {
  return create(ProblemSchema, { id: 'p', question, answer: 'a' });
}

/** Requests from a list. */
export async function* stream(questions: readonly string[]): AsyncGenerator<Problem> {
  for (const question of questions) yield problem(question);
}
