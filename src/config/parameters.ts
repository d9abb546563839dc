import { z } from 'zod';
import type { Quirks } from '../domain/chain.ts';
import { meaningOf, type ParameterRules } from '../domain/parameter-rules.ts';
import { isPlain } from '../lib/record.ts';

/** Fields that routing, streaming and the prompt depend on. */
const RESERVED: ReadonlySet<string> = new Set(['model', 'messages', 'input', 'stream', 'stream_options']);

const field = z.string().superRefine((name, context) => {
  if (name === '') context.addIssue({ code: 'custom', message: 'must not be empty' });
  if (RESERVED.has(name)) context.addIssue({ code: 'custom', message: `'${name}' belongs to the client; remove it` });
});

/** Programs may configure what JSON cannot hold. */
const value = z
  .unknown()
  .refine(isJson, 'must be text, a finite number, true, false, null, a list or a mapping of these');

const values = z.record(field, value).superRefine(refuseSynonyms);

/** Schema of the parameters of an entry, or of a provider's model. */
export const parameters = z.strictObject({
  default: values.meta({ description: 'Values of fields that the client does not send.' }).optional(),
  max: z
    .record(field, z.number().nullable())
    .superRefine(refuseSynonyms)
    .meta({ description: 'The largest numbers that are sent.' })
    .optional(),
  set: values.meta({ description: 'Values of fields, whatever the client sends; null removes a field.' }).optional(),
});

/** Parameters as they are configured. */
export type ParametersInput = z.output<typeof parameters>;

/**
 * The rules that follow from the parameters of a provider's model and those of an entry, whose fields win. Undefined where nothing is to be
 * changed. `quirks`: those of the server's preset. Pure.
 */
export function parameterRules(
  model: ParametersInput | undefined,
  entry: ParametersInput | undefined,
  { renames, rejects }: Pick<Quirks, 'renames' | 'rejects'>,
): ParameterRules | undefined {
  const meaning = (name: string): string => meaningOf(name, renames);
  const own = new Set([...Object.keys(entry?.default ?? {}), ...Object.keys(entry?.set ?? {})].map(meaning));
  const ownMax = new Set(Object.keys(entry?.max ?? {}).map(meaning));
  const inherited = <Value>(record: Readonly<Record<string, Value>> | undefined, hidden: ReadonlySet<string>) =>
    Object.entries(record ?? {}).filter(([name]) => !hidden.has(meaning(name)));
  const set = new Map([...inherited(model?.set, own), ...Object.entries(entry?.set ?? {})]);
  const isSet = new Set([...set.keys()].map(meaning));
  const written = [...inherited(model?.default, own), ...Object.entries(entry?.default ?? {})];
  const defaults = new Map(written.filter(([name, each]) => each !== null && !isSet.has(meaning(name))));
  const max = [...inherited(model?.max, ownMax), ...Object.entries(entry?.max ?? {})];
  const rules: ParameterRules = {
    defaults,
    max: new Map(max.flatMap(([name, each]) => (each === null ? [] : [[name, each]]))),
    set,
    clientMayNotSend: new Set(rejects.filter((name) => defaults.has(name))),
  };
  return rules.defaults.size + rules.max.size + rules.set.size === 0 ? undefined : Object.freeze(rules);
}

/** Two values for one meaning: only one of them could be sent. */
function refuseSynonyms(record: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const seen = new Map<string, string>();
  for (const [name, each] of Object.entries(record)) {
    if (each === null) continue;
    const meaning = meaningOf(name, {});
    const other = seen.get(meaning);
    if (other !== undefined)
      context.addIssue({ code: 'custom', path: [name], message: `means the same as ${other}; remove one of them` });
    seen.set(meaning, name);
  }
}

/** Whether a value, which does not contain itself, is one that JSON can hold. */
function isJson(any: unknown): boolean {
  if (any === null || typeof any === 'string' || typeof any === 'boolean') return true;
  if (typeof any === 'number') return Number.isFinite(any);
  return typeof any === 'object' && isPlain(any) && Object.values(any).every(isJson);
}
