/** The definition of a domain of this project as a message: for ListDomains, and for a file to begin with. */
import type { DomainDefinitionSchema, MessageInitShape } from '@soar/contracts';
import type { DomainDefinition, DomainPrompt } from '@soar/domains';

export function definitionMessage(
  definition: DomainDefinition,
): MessageInitShape<typeof DomainDefinitionSchema> {
  const { name, description, student, teacher, proposal, grading, examples } = definition;
  const promptOf = ({ messages, text, stop, textStop }: DomainPrompt) => ({
    messages: messages.map((message) => ({ ...message })),
    text,
    stop: [...stop],
    textStop: [...textStop],
  });
  return {
    name,
    description,
    student: promptOf(student!),
    teacher: promptOf(teacher!),
    ...(proposal && { proposal: { ...proposal } }),
    grading: { verifier: grading!.verifier },
    examples: [...examples],
  };
}
