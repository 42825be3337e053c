/** Values of a row: by name, and as text. */
import { UserError } from '@soar/core';
import type { Fields } from '../rows/row.js';

/** The field called `name`, or the one that a dotted name leads to ("reward_model.ground_truth"). */
export function fieldOf(fields: Fields, name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name] ?? undefined;
  let value: unknown = fields;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Fields)[part];
  }
  return value ?? undefined;
}

/**
 * A field's value as text; a number is written as in the file, and a conversation gives the content of its one message
 * of `role`. Throws UserError that names the field.
 */
export function textOf(fields: Fields, name: string, role: string): string {
  const value = fieldOf(fields, name);
  if (value === undefined) throw new UserError(`field "${name}" is missing`);
  const text = isConversation(value)
    ? messageOf(value, role, name)
    : typeof value === 'number'
      ? String(value)
      : value;
  if (typeof text !== 'string')
    throw new UserError(`field "${name}": expected text, got ${shorten(JSON.stringify(value))}`);
  if (text.trim() === '') throw new UserError(`field "${name}" is empty`);
  return text;
}

/** A turn of a conversation, as chat templates have it. */
interface Message {
  readonly role: string;
  readonly content: unknown;
}

export function isConversation(value: unknown): value is readonly Message[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => isRecord(item) && 'role' in item && 'content' in item)
  );
}

function messageOf(conversation: readonly Message[], role: string, name: string): string {
  const turns = conversation.filter((message) => message.role === role);
  if (turns.length !== 1)
    throw new UserError(
      `field "${name}": expected a conversation with one message of the ${role}, got ${turns.length}`,
    );
  const { content } = turns[0]!;
  const parts = Array.isArray(content)
    ? content.map((part: unknown) => (isRecord(part) ? part['text'] : part))
    : [content];
  if (parts.some((part) => typeof part !== 'string'))
    throw new UserError(`field "${name}": the message of the ${role} is not text alone`);
  return parts.join('');
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
