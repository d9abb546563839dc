import type { Call } from '../../../domain/call.ts';
import { isRecord } from '../../../lib/record.ts';
import { errorIn } from '../../../refusals/error-in-answer.ts';
import type { JsonVerdict } from '../../codec.ts';
import { readUsage } from '../usage.ts';
import { formatOf, inputCountOf, type VectorFormat } from './request.ts';
import { dimensionsOf } from './vectors.ts';

/** An item of an answer's `data`. */
export type Item = Readonly<Record<string, unknown>>;

/** How the items are numbered by `index`: in order, by a permutation, not at all, or by anything else. */
export type Numbering = 'ordered' | 'permuted' | 'absent' | 'broken';

/**
 * Judges an answer: it has one vector for each input of the call, all of the same size. Clients zip vectors and inputs by their place, so an
 * answer with fewer vectors, two for one index, or an empty one would assign vectors to the wrong texts.
 */
export function judgeEmbeddings(value: Readonly<Record<string, unknown>>, call: Call): JsonVerdict {
  const { data } = value;
  if (!Array.isArray(data)) return unusable('The answer has no data.');
  const count = inputCountOf(call);
  if (data.length !== count) return unusable(`The answer has ${data.length} vectors for ${count} inputs.`);
  if (!data.every(isRecord)) return unusable('An item of the answer is not an object.');
  const error = data.map((item) => errorIn(item)).find((each) => each !== undefined);
  if (error !== undefined) return { kind: 'unusable', problem: 'An item of the answer is an error.', error };
  const problem = problemOf(data, formatOf(call));
  if (problem !== undefined) return unusable(problem);
  if (numberingOf(data) === 'broken') return unusable('The indexes of the answer do not number its vectors.');
  return { kind: 'answer', value, usage: readUsage(value['usage']), outputBytes: 0 };
}

/** How items are numbered. Linear, and without memory where they are in order. */
export function numberingOf(items: readonly Item[]): Numbering {
  if (items.every(({ index }, at) => index === at)) return 'ordered';
  if (items.every(({ index }) => index === undefined || index === null)) return 'absent';
  const seen = new Set(items.map(({ index }) => index));
  const isPermutation = items.every((_, at) => seen.has(at));
  return isPermutation ? 'permuted' : 'broken';
}

function unusable(problem: string): JsonVerdict {
  return { kind: 'unusable', problem };
}

/** What is wrong with the vectors; undefined where nothing is. */
function problemOf(items: readonly Item[], format: VectorFormat): string | undefined {
  let dimensions: number | undefined;
  for (const { embedding } of items) {
    if (format === 'other') {
      if (!isPresent(embedding)) return NO_VECTOR;
      continue;
    }
    const size = sizeOf(embedding, format);
    if (size === undefined) return isPresent(embedding) ? 'A vector of the answer has no finite numbers.' : NO_VECTOR;
    dimensions ??= size;
    if (size !== dimensions) return `The vectors of the answer have ${dimensions} and ${size} dimensions.`;
  }
  return undefined;
}

const NO_VECTOR = 'An item of the answer has no vector.';

function isPresent(embedding: unknown): boolean {
  if (typeof embedding === 'string' || Array.isArray(embedding)) return embedding.length > 0;
  return isRecord(embedding) && Object.keys(embedding).length > 0;
}

/** The number of dimensions; undefined for what is no vector, or cannot be sent in the wanted format. */
function sizeOf(embedding: unknown, format: 'float' | 'base64'): number | undefined {
  if (typeof embedding === 'string') return dimensionsOf(embedding);
  if (!Array.isArray(embedding) || embedding.length === 0) return undefined;
  // A number that is finite as a double may be too large for a float32.
  const isFinite = format === 'float' ? Number.isFinite : isFiniteFloat;
  return embedding.every(isFinite) ? embedding.length : undefined;
}

function isFiniteFloat(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}
