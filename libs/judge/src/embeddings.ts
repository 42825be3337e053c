/**
 * Embeddings of texts from an OpenAI-compatible endpoint (POST .../embeddings), for a report of diversity. The replies
 * are hostile until read: as many vectors as texts, of one length, of finite numbers. Bounds and the key are in
 * call.ts.
 */
import { UserError } from '@soar/core';
import { type CallOptions, oneLine, post } from './call.js';
import { endpointUrl, requireSafeUrl } from './settings.js';

export interface EmbeddingSettings {
  readonly url: URL;
  /** The endpoint's name of a model. */
  readonly model: string;
  /** Deadline of one call. */
  readonly timeoutMs: number;
}

const TEXTS_A_CALL = 32;
const TEXTS_MAX = 100_000;
const TIMEOUT_MS = 60_000;
const REPLY_BYTES_MAX = 64 * 1024 * 1024;
const WIDTH_MAX = 65_536;

/** Settings from a command line. Throws UserError; nothing has been sent then. */
export function embeddingSettings(url: string, model: string, key: string | undefined): EmbeddingSettings {
  const settings = { url: endpointUrl(url, '/embeddings', '--embeddings-url'), model, timeoutMs: TIMEOUT_MS };
  requireSafeUrl(settings.url, key, { field: '--embeddings-url', variable: 'SOAR_EMBEDDINGS_KEY' });
  return settings;
}

/** A vector for each text, in their order. Throws UserError as `post` does. */
export async function embedTexts(
  { url, model, timeoutMs }: EmbeddingSettings,
  texts: readonly string[],
  options: CallOptions & { readonly onEmbedded?: (done: number) => void },
): Promise<number[][]> {
  if (texts.length > TEXTS_MAX)
    throw new UserError(`${texts.length} texts to embed, expected at most ${TEXTS_MAX}`, 'INVALID_ARGUMENT');
  const endpoint = {
    who: 'embeddings',
    check: 'check --embeddings-url, --embeddings-model and SOAR_EMBEDDINGS_KEY',
    url,
    timeoutMs,
    bytesMax: REPLY_BYTES_MAX,
  };
  const all: number[][] = [];
  for (let from = 0; from < texts.length; from += TEXTS_A_CALL) {
    const input = texts.slice(from, from + TEXTS_A_CALL);
    const read = (text: string): number[][] => readVectors(text, input.length, url, all[0]?.length);
    all.push(...(await post(endpoint, { model, input, encoding_format: 'float' }, read, options)));
    options.onEmbedded?.(all.length);
  }
  return all;
}

function readVectors(text: string, count: number, url: URL, width: number | undefined): number[][] {
  const wrong = (what: string): UserError =>
    new UserError(`embeddings at ${url.origin}: ${what}: ${oneLine(text)}`, 'UNAVAILABLE');
  let data: unknown;
  try {
    data = (JSON.parse(text) as { data?: unknown } | null)?.data;
  } catch {
    throw wrong('a reply that is not JSON');
  }
  if (!Array.isArray(data) || data.length !== count) throw wrong(`expected ${count} vectors in "data"`);
  const vectors = new Array<number[]>(count);
  for (const [i, item] of (data as readonly ({ index?: unknown; embedding?: unknown } | null)[]).entries()) {
    const index = item?.index ?? i;
    if (typeof index !== 'number' || !(index in data) || index in vectors)
      throw wrong(`expected each index from 0 to ${count - 1} once`);
    vectors[index] = vectorOf(item?.embedding) ?? refuse(wrong('expected finite numbers in "embedding"'));
  }
  const expected = width ?? vectors[0]!.length;
  if (vectors.some((vector) => vector.length !== expected))
    throw wrong(`expected ${expected} numbers in each`);
  return vectors;
}

/** A vector of bounded length of finite numbers; undefined if it is none. */
export function vectorOf(value: unknown): number[] | undefined {
  return Array.isArray(value) &&
    value.length > 0 &&
    value.length <= WIDTH_MAX &&
    value.every((x) => typeof x === 'number' && Number.isFinite(x))
    ? (value as number[])
    : undefined;
}

function refuse(error: UserError): never {
  throw error;
}
