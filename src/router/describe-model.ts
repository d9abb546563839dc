import type { Capabilities, Chain, Target } from '../domain/chain.ts';
import type { Modality, Model } from '../domain/models.ts';
import { boundsOutput } from '../domain/parameter-rules.ts';

/** What is known of a name's chain. */
export interface ChainFacts {
  /** Whether the chain stands for one `provider/model`. */
  readonly isPair: boolean;
  /** The context window of a target's model in tokens; undefined where it is unknown. */
  contextTokens(target: Target): number | undefined;
}

/**
 * A name as lists of models show it. Sizes are the smallest of the known ones, so that a request within them fits each of these entries. A
 * capability of one entry is one of the chain, because entries that lack it are skipped. `created` is 0: names in a configuration have no date.
 */
export function describeModel(id: string, { entries }: Chain, facts: ChainFacts): Model {
  const targets = entries.map(({ targets: [target] }) => target);
  const context = smallest(targets.map((target) => facts.contextTokens(target)));
  const output = smallest(targets.flatMap(outputBoundsOf));
  const images = anyOf(targets, 'images');
  const tools = anyOf(targets, 'tools');
  const jsonSchema = anyOf(targets, 'jsonSchema');
  return {
    id,
    object: 'model',
    type: 'model',
    display_name: id,
    created: 0,
    created_at: NO_DATE,
    owned_by: facts.isPair ? (entries[0]?.provider ?? 'spillway') : 'spillway',
    ...(context === undefined ? {} : { context_length: context }),
    ...(output === undefined ? {} : { max_output_tokens: output }),
    ...(images === undefined ? {} : { modalities: images ? WITH_IMAGES : TEXT }),
    ...(tools === undefined && jsonSchema === undefined
      ? {}
      : {
          capabilities: {
            ...(tools === undefined ? {} : { tools }),
            ...(jsonSchema === undefined ? {} : { json_schema: jsonSchema }),
          },
        }),
  };
}

const NO_DATE = '1970-01-01T00:00:00Z';
const TEXT: readonly Modality[] = Object.freeze(['text']);
const WITH_IMAGES: readonly Modality[] = Object.freeze(['text', 'image']);

/** The bounds on a target's answers: of the model, and those that the operator's parameters set. */
function outputBoundsOf({ capabilities, parameters }: Target): (number | undefined)[] {
  const set = [...(parameters?.max ?? []), ...(parameters?.set ?? [])];
  const bounds = set.flatMap(([field, value]) => (boundsOutput(field) && typeof value === 'number' ? [value] : []));
  return [capabilities.maxOutputTokens, ...bounds];
}

function smallest(sizes: readonly (number | undefined)[]): number | undefined {
  const known = sizes.filter((size) => size !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** True where a target has it, false where none has, undefined where that is unknown. */
function anyOf(targets: readonly Target[], name: 'images' | 'tools' | 'jsonSchema'): Capabilities['tools'] {
  const values = targets.map(({ capabilities }) => capabilities[name]);
  if (values.includes(true)) return true;
  return values.includes(undefined) ? undefined : false;
}
