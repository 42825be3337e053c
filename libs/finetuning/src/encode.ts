/**
 * Examples as tokens, and which of them are learned.
 *
 * A prompt has exactly the tokens that it has when the model is asked: those of its text alone. What is learned behind
 * it ends with the token that ends an answer; what a chat template writes behind that token is read and not learned,
 * since sampling never goes there. A text gets an end token where it has none.
 */
import { UserError } from '@soar/core';
import { endIdsOf, renderChats, type AskedModel, type ChatMessage } from '@soar/prompts';
import type { ExampleAt } from './examples.js';

/** Tokens of an example. */
export interface Encoded {
  readonly tokens: Int32Array;
  /** Begin and end of each part that is learned, ascending; the first token of all is never in one. */
  readonly learned: readonly (readonly [begin: number, end: number])[];
}

/** A part of an example's text. */
interface Piece {
  readonly text: string;
  readonly learned: boolean;
}

interface Pieces {
  readonly pieces: readonly Piece[];
  /** Whether the tokenizer's own beginning is put before the first; a chat template writes it itself. */
  readonly bos: boolean;
}

/** How many chats are rendered at a time; each takes two renders for every message of the assistant. */
const BATCH = 64;

/** The examples as tokens, in order. Throws UserError that names the row. */
export async function encodeExamples(model: AskedModel, examples: readonly ExampleAt[]): Promise<Encoded[]> {
  const endIds = endIdsOf(model);
  const encoded: Encoded[] = [];
  for (let at = 0; at < examples.length; at += BATCH) {
    const batch = examples.slice(at, at + BATCH);
    const pieces = await piecesOf(model, batch);
    batch.forEach(({ place }, i) => encoded.push(encode(model, pieces[i]!, endIds, place)));
  }
  return encoded;
}

/** Number of tokens that are learned. */
export function learnedCount({ learned }: Encoded): number {
  return learned.reduce((sum, [begin, end]) => sum + end - begin, 0);
}

async function piecesOf(model: AskedModel, batch: readonly ExampleAt[]): Promise<Pieces[]> {
  const before: ChatMessage[][] = [];
  const through: ChatMessage[][] = [];
  for (const { place, example } of batch) {
    if (example.kind === 'text') continue;
    if (model.chatTemplate === undefined)
      throw new UserError(
        `${place}: holds messages, and the model has no chat template (chat_template.jinja, or chat_template in ` +
          'tokenizer_config.json); give prompt and completion as texts',
        'INVALID_ARGUMENT',
        place,
      );
    for (const turn of turnsOf(example)) {
      before.push(example.messages.slice(0, turn));
      through.push(example.messages.slice(0, turn + 1));
    }
  }
  const render = async (chats: ChatMessage[][], generationPrompt: boolean): Promise<Iterator<string>> =>
    (chats.length === 0 ? [] : await renderChats(model, chats, { generationPrompt })).values();
  const opened = await render(before, true);
  const closed = await render(through, false);
  return batch.map(({ place, example }): Pieces => {
    if (example.kind === 'text') {
      const { prompt, completion } = example;
      return {
        pieces: [
          { text: prompt, learned: false },
          { text: completion, learned: true },
        ],
        bos: true,
      };
    }
    const turns = turnsOf(example).map(
      () => [opened.next().value as string, closed.next().value as string] as const,
    );
    return { pieces: piecesOfChat(turns, place), bos: false };
  });
}

/** The messages that are learned. */
function turnsOf({
  messages,
  from,
}: {
  readonly messages: readonly ChatMessage[];
  readonly from: number;
}): number[] {
  return messages.flatMap(({ role }, i) => (i >= from && role === 'assistant' ? [i] : []));
}

/** `turns`: for each message that is learned, the chat up to it and the chat with it. */
function piecesOfChat(
  turns: readonly (readonly [before: string, through: string])[],
  place: string,
): Piece[] {
  let text = '';
  return turns.flatMap(([before, through]) => {
    if (!before.startsWith(text) || !through.startsWith(before)) {
      throw new UserError(
        `${place}: the chat template writes an earlier message otherwise once others follow it, so that a message ` +
          'of the assistant is not what the model would have been asked for; give it as prompt and completion',
        'INVALID_ARGUMENT',
        place,
      );
    }
    const pieces = [
      { text: before.slice(text.length), learned: false },
      { text: through.slice(before.length), learned: true },
    ];
    text = through;
    return pieces;
  });
}

function encode(
  { tokenizer }: AskedModel,
  { pieces, bos }: Pieces,
  endIds: readonly number[],
  place: string,
): Encoded {
  let ids: number[] = [];
  let text = '';
  const learned: [number, number][] = [];
  try {
    for (const piece of pieces) {
      text += piece.text;
      // Where tokens would reach over the border, the prompt keeps its own, as it does when the model is asked.
      const whole = tokenizer.encode(text, { bos });
      const isWhole = ids.every((id, i) => whole[i] === id);
      const next = isWhole ? whole.slice(ids.length) : tokenizer.encode(piece.text, { bos: false });
      const ends = next.findLastIndex((id) => endIds.includes(id)) + 1;
      if (piece.learned) learned.push([Math.max(1, ids.length), ids.length + (ends || next.length)]);
      ids = [...ids, ...next];
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${place}: ${error.message}`, error.reason, place, { cause: error });
  }
  const last = learned.at(-1)!;
  if (endIds.length > 0 && !endIds.includes(ids[last[1] - 1]!)) {
    ids.push(endIds[0]!);
    last[1] = ids.length;
  }
  return { tokens: Int32Array.from(ids), learned: learned.filter(([begin, end]) => end > begin) };
}
