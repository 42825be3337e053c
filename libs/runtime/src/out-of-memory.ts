/**
 * Failures for want of memory, recognised in their many forms, as one error: in ONNX Runtime, of an array, of the heap
 * of a worker thread. What memory.ts estimates was admitted before, so there was less than `--memory` says, or an
 * estimate was wrong. Not here: a process that the system kills, which can say nothing any more.
 */
import { messageOf, UserError } from '@soar/core';

/** Of ONNX Runtime and its arena, of C++, of V8 for arrays and WebAssembly, and of the operating system. */
const MESSAGES = /bad[ _]alloc|fail\w* to allocate|cannot allocate|allocation failed|out of memory|BFCArena/i;
const CODES: readonly unknown[] = ['ENOMEM', 'ERR_MEMORY_ALLOCATION_FAILED'];
/** Node's code for a worker thread whose heap is full. Its message is that of V8. */
const HEAP_IS_FULL = 'ERR_WORKER_OUT_OF_MEMORY';
/** The part of ONNX Runtime's message that says how much was asked for; before it are places in its sources. */
const WHAT_FAILED = /(available memory of|failed to allocate)[^\n]*/i;
const CAUSE_CHARS_MAX = 120;

/** Memory ran out. */
export class OutOfMemory extends UserError {
  constructor(what: string, cause: Error) {
    super(`memory ran out: ${what}`, 'RESOURCE_EXHAUSTED', undefined, { cause });
  }
}

/** Whether memory ran out in `error` or in what caused it. */
export function isOutOfMemory(error: unknown): boolean {
  if (error instanceof OutOfMemory) return true;
  return error instanceof Error && error.cause !== undefined && isOutOfMemory(error.cause);
}

/** `error` as what it means when memory has run out; undefined when it is another failure. */
export function outOfMemory(error: unknown): OutOfMemory | undefined {
  if (error instanceof UserError || !(error instanceof Error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  const message = messageOf(error);
  if (code === HEAP_IS_FULL) {
    return new OutOfMemory(
      'its JavaScript heap is full. Lower student.rl.questionsPerStep, student.rl.groupSize or maxNewTokens',
      error,
    );
  }
  if (!CODES.includes(code) && !MESSAGES.test(message)) return undefined;
  const cause = (WHAT_FAILED.exec(message)?.[0] ?? message).replace(/\s+/g, ' ').slice(0, CAUSE_CHARS_MAX);
  return new OutOfMemory(
    `the system has less than --memory promises (${cause}). Give the trainer a smaller --memory or fewer --workers, ` +
      'or lower compute.microBatchTokens, student.rl.questionsPerStep or maxNewTokens',
    error,
  );
}
