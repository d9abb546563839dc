import { createRedact } from '../lib/redact.ts';
import { fieldsOf } from '../lib/record.ts';
import type { ConfigProblem } from './problems.ts';

/** Shorter values would be found in the middle of ordinary words. */
const SHORTEST = 4;
const SECRET_MEMBERS: readonly string[] = Object.freeze(['apiKey', 'apiKeys', 'key']);

/**
 * Makes what takes secrets out of problems, which quote wrong values: a key may have been put into the wrong place. What came from the
 * environment is shown as it was written (`${NAME}`); keys written out, and what looks like one, become `***`.
 */
export function createConceal(
  value: unknown,
  filled: ReadonlyMap<string, string>,
): (problem: ConfigProblem) => ConfigProblem {
  const redact = createRedact([...secretsIn(value)]);
  const known = [...filled]
    .filter(([text]) => text.length >= SHORTEST)
    .toSorted(([left], [right]) => right.length - left.length);

  function clean(text: string): string {
    let shown = text;
    for (const [secret, written] of known)
      for (const form of [secret, JSON.stringify(secret).slice(1, -1)]) shown = shown.replaceAll(form, () => written);
    return redact(shown);
  }

  return ({ path, message, nearest }) => ({
    path: redact(path),
    message: clean(message),
    ...(nearest === undefined ? {} : { nearest: clean(nearest) }),
  });
}

function* secretsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    const secrets = SECRET_MEMBERS.includes(name)
      ? [item].flat()
      : name === 'headers'
        ? Object.values(fieldsOf(item))
        : [];
    // A word of ours for a server without a key.
    for (const secret of secrets) if (typeof secret === 'string' && secret !== 'none') yield secret;
    yield* secretsIn(item);
  }
}
