/**
 * Structured output: a question asks for a JSON document, the gold is the JSON Schema that it must satisfy, and the
 * answer is between `<answer>` tags, which take the role of the box in this domain.
 */
import type { Verification } from '@soar/verify';
import { studentPrompt } from '../conversation.js';
import { builtIn } from '../definition.js';
import type { AnswerVerifier, ParsedAnswer, Proposal } from '../domain.js';
import { refused } from '../tagged-proposal.js';
import { isObject, isValid, schemaProblem, type Json } from './schema.js';

const TEACHER_PROMPT = `You are an expert teacher who poses tasks on structured data for a student to practise on.

Describe in words a JSON document that the student shall write. It should need some care: nesting, limits, relations.

Give the task, and a JSON Schema that exactly the right documents satisfy, in exactly this shape:
<question>the task in words</question>
<answer>the JSON Schema</answer>
Put any explanation outside the tags.

`;

const SCENE = 'The User asks for a JSON document, and the Assistant writes it.';

const STUDENT_TURN =
  '{{question}}\nPlease reason step by step, and put the final JSON document between <answer> and </answer>.';

/** The end of a response that is read, and the longest document and schema, in UTF-16 units. */
const RESPONSE_TAIL = 65_536;
const DOCUMENT_LENGTH_MAX = 16_384;

function verify(gold: string, response: string): Verification {
  const extracted = answerIn(response.slice(-RESPONSE_TAIL));
  if (extracted === undefined) {
    return { verdict: 'NO_ANSWER', extracted, stage: 'extract:none', boxed: false, goldOccurs: false };
  }
  const common = {
    extracted,
    boxed: true,
    goldOccurs: gold.trim() !== '' && extracted.includes(gold.trim()),
  };
  const schema = readSchema(gold);
  if (!schema.ok) return { ...common, verdict: 'GOLD_UNPARSEABLE', stage: 'parse:gold' };
  const document = readJson(extracted);
  if (document === undefined) return { ...common, verdict: 'INCORRECT', stage: 'parse:answer' };
  const valid = isValid(document.value, schema.value);
  if (valid === undefined) return { ...common, verdict: 'UNDECIDED', stage: 'budget' };
  return { ...common, verdict: valid ? 'CORRECT' : 'INCORRECT', stage: 'check:schema' };
}

/** The content of the last closed `<answer>`, without a code fence. */
function answerIn(text: string): string | undefined {
  const close = text.lastIndexOf('</answer>');
  const open = close < 0 ? -1 : text.lastIndexOf('<answer>', close);
  if (open < 0) return undefined;
  return unfenced(text.slice(open + '<answer>'.length, close));
}

function unfenced(text: string): string {
  return text
    .trim()
    .replace(/^```(?:json)?\s*\n/, '')
    .replace(/\n?```$/, '')
    .trim();
}

function readJson(text: string): { value: Json } | undefined {
  if (text.length > DOCUMENT_LENGTH_MAX || isNestedTooDeep(text)) return undefined;
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return undefined;
  }
}

/** Brackets open at once, those in strings included. */
const NESTING_MAX = 64;

function isNestedTooDeep(text: string): boolean {
  let depth = 0;
  for (const c of text) {
    if (c === '[' || c === '{') depth++;
    else if (c === ']' || c === '}') depth--;
    if (depth > NESTING_MAX) return true;
  }
  return false;
}

function readSchema(text: string): { ok: true; value: Json } | { ok: false; reason: string } {
  const read = readJson(unfenced(text));
  if (read === undefined) return { ok: false, reason: 'not JSON' };
  if (!isObject(read.value) || Object.keys(read.value).length === 0)
    return { ok: false, reason: 'not a schema that asks for anything' };
  const problem = schemaProblem(read.value);
  return problem === undefined ? { ok: true, value: read.value } : { ok: false, reason: problem };
}

function parseAnswer(answer: string): ParsedAnswer {
  const schema = readSchema(answer);
  return schema.ok ? { ok: true, canonical: JSON.stringify(schema.value) } : schema;
}

function goldOf(question: string, stated: string): Proposal {
  const schema = readSchema(stated);
  return schema.ok
    ? { ok: true, question, answer: JSON.stringify(schema.value) }
    : refused(`the answer: ${schema.reason}`);
}

export const jsonSchemaVerifier: AnswerVerifier = { verify, parseAnswer, goldOf };

export const jsonSchemaDefinition = builtIn({
  name: 'json-schema',
  description: 'JSON documents between <answer> tags, judged by a JSON Schema.',
  student: studentPrompt(SCENE, STUDENT_TURN),
  teacher: TEACHER_PROMPT,
  proposal: { boxed: false },
  examples: [
    {
      question: 'Write a list of two whole numbers.',
      answer: '{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":2}',
      right: '<answer>[1, 2]</answer>',
      wrong: '<answer>[1, 2.5]</answer>',
    },
  ],
});
