/**
 * Pre-training batches: the texts of a stage, laid into rows of a fixed number of tokens.
 *
 * Texts are short, so a row holds several; a text attends to itself only (equal segment numbers) and its positions
 * start at 0, as they do when the model is used. Step s reads its own range of text indices, so a batch is a pure
 * function of (task, stage, step). A text that does not fit opens the next row: dropping it would make long texts rarer
 * than the mixture says.
 */
import { invariant } from '@soar/core';
import type { Task } from './task.js';
import { stageOf, textAt, type TrainingText } from './texts.js';
import { EOS_ID, idsOf, PAD_ID, vocabularyOf } from './tokenizer.js';

/** All arrays are row-major, [rows, rowTokens]. */
export interface PretrainBatch {
  readonly rows: number;
  readonly rowTokens: number;
  readonly tokens: Int32Array;
  /** Position inside the text, 0 at its first token. */
  readonly positions: Int32Array;
  /** Number of the text inside its row from 1 on; 0 is padding. */
  readonly segments: Int32Array;
  /** The token that follows; PAD_ID after the last token of a text. */
  readonly targets: Int32Array;
  /** Loss weight of predicting `targets`; 0 on the last token of a text, before given steps and on padding. */
  readonly weights: Float32Array;
}

/** The batch of optimizer step `step` (0 or more). The loss is sum(weight x cross-entropy) / sum(weight). */
export function batchAt(task: Task, stage: number, step: number): PretrainBatch {
  const { rows, rowTokens } = stageOf(task, stage);
  const vocabulary = vocabularyOf(task);
  const size = rows * rowTokens;
  const batch: PretrainBatch = {
    rows,
    rowTokens,
    tokens: new Int32Array(size).fill(PAD_ID),
    positions: new Int32Array(size),
    segments: new Int32Array(size),
    targets: new Int32Array(size).fill(PAD_ID),
    weights: new Float32Array(size),
  };
  // A text has at least two tokens, so no step can use up its range.
  const firstText = step * size;
  let row = 0;
  let column = 0;
  let segment = 1;
  for (let i = 0; i < size; i++) {
    const training = textAt(task, stage, firstText + i);
    const { text } = training;
    const ids = [...idsOf(text, vocabulary), EOS_ID];
    invariant(ids.length <= rowTokens, () => `text of ${ids.length} tokens in rows of ${rowTokens}: ${text}`);
    if (column + ids.length > rowTokens) {
      row++;
      column = 0;
      segment = 1;
    }
    if (row === rows) return batch;
    for (const [position, id] of ids.entries()) {
      const at = row * rowTokens + column + position;
      batch.tokens[at] = id;
      batch.positions[at] = position;
      batch.segments[at] = segment;
      const next = ids[position + 1];
      if (next === undefined) continue;
      batch.targets[at] = next;
      batch.weights[at] = weightOf(training, position + 1);
    }
    column += ids.length;
    segment++;
  }
  return batch;
}

/** Loss weight of the token at `position` of a text; the end-of-text token counts as answer. */
function weightOf({ questionChars, questionWeight, givenChars }: TrainingText, position: number): number {
  if (position < questionChars) return questionWeight;
  return position < questionChars + givenChars ? 0 : 1;
}
