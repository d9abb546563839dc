import { createRedact } from '../lib/redact.ts';
import { fieldsOf } from '../lib/record.ts';
import type { ConfigProblem } from './problems.ts';

/** Values from the environment and from files shorter than this, in characters, are not replaced: they also occur in ordinary words. */
const SHORTEST = 4;
const VARIABLE = /\$\{[^}]{0,100}\}/;
const SECRET_MEMBERS: readonly string[] = Object.freeze(['apiKey', 'apiKeys', 'key', 'secret']);

/**
 * Creates a function that redacts secrets in problems. Problems quote wrong values, and a key may have been written into the wrong place.
 * `filled` maps values from the environment and from files to the `${NAME}` or `${file:PATH}` that they were written as; problems show that. Keys that the
 * configuration contains literally, and text that looks like a credential, become `***`.
 */
export function createProblemRedactor(
  value: unknown,
  filled: ReadonlyMap<string, string>,
): (problem: ConfigProblem) => ConfigProblem {
  const redact = createRedact([...secretsIn(value)]);
  const variables = [...filled]
    .filter(([text]) => text.length >= SHORTEST)
    .toSorted(([left], [right]) => right.length - left.length);

  function clean(text: string): string {
    let shown = text;
    for (const [secret, variable] of variables)
      for (const form of [secret, JSON.stringify(secret).slice(1, -1)]) shown = shown.replaceAll(form, () => variable);
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
    // `none` is the keyword for a server without a key, and a variable that is not set has a name: neither is a secret.
    for (const secret of secrets) if (typeof secret === 'string' && secret !== 'none') yield* secret.split(VARIABLE);
    yield* secretsIn(item);
  }
}
