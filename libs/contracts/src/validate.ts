/**
 * Checks messages against the rules that stand in the .proto files (buf.validate options). One validator serves the
 * command line, every server and the tests, so that a limit is written down once. It checks fields one message at a
 * time; what needs more than the message (does the checkpoint exist, do two splits overlap) is the services' business.
 */
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import type { Path } from '@bufbuild/protobuf/reflect';
import { createValidator } from '@bufbuild/protovalidate';

/** Compiles the rules of a message type at first use and keeps them. */
export const validator = createValidator();

/** One rule that a message breaks. */
export interface FieldViolation {
  /** Where, from the checked message down: `spec.problems[3].id`. Empty: the message as a whole. */
  field: string;
  /** What is wrong, in words: "must be greater than 0". */
  description: string;
}

/**
 * Every broken rule of `message`, in order of its fields; empty when there is none. `names`: how fields are spelled, as
 * in the .proto (default) or as in JSON and YAML. Throws when a rule itself is wrong.
 */
export function validate<S extends DescMessage>(
  schema: S,
  message: MessageShape<S>,
  names: 'proto' | 'json' = 'proto',
): FieldViolation[] {
  const result = validator.validate(schema, message);
  if (result.kind === 'valid') return [];
  if (result.kind === 'error') throw result.error;
  return result.violations.map((violation) => ({
    field: spell(violation.field, names),
    description: violation.message,
  }));
}

function spell(path: Path, names: 'proto' | 'json'): string {
  let text = '';
  for (const part of path) {
    if (part.kind === 'list_sub') text += `[${part.index}]`;
    else if (part.kind === 'map_sub') text += `[${JSON.stringify(part.key)}]`;
    else {
      const name = part.kind === 'field' && names === 'json' ? part.jsonName : part.name;
      text += text === '' ? name : `.${name}`;
    }
  }
  return text;
}

/** The violations as one line, the first few of them: `a.b: must be set; c: must be at most 5`. */
export function describeViolations(violations: readonly FieldViolation[], shownMax = 5): string {
  const shown = violations.slice(0, shownMax).map(({ field, description }) => {
    return field === '' ? description : `${field}: ${description}`;
  });
  const more = violations.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
