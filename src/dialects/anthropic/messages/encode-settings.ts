import type { Losses } from '../../neutral/losses.ts';
import type { NeutralRequest } from '../../neutral/request.ts';
import type { MessageTraits } from '../model-traits.ts';
import { sanitiseSchema } from './sanitise-schema.ts';

type Fields = Record<string, unknown>;

/** What settings are encoded for. */
export interface SettingsParts {
  readonly traits: MessageTraits;
  readonly losses: Losses;
  /** Whether the model thinks. */
  readonly thinks: boolean;
}

/** The sampling parameters that the model takes. Those that it does not take are reported. */
export function encodeSampling(
  { temperature, topP, topK }: NeutralRequest,
  { traits, losses, thinks }: SettingsParts,
): Fields {
  const fields: Fields = {};
  if (!traits.sampling || thinks) {
    for (const setting of [temperature, topP, topK]) losses.report(setting);
    return fields;
  }
  if (temperature !== undefined) fields['temperature'] = Math.min(1, Math.max(0, temperature.value));
  if (topK !== undefined) fields['top_k'] = topK.value;
  if (topP === undefined) return fields;
  if (temperature !== undefined && traits.oneSampler) losses.report(topP);
  else fields['top_p'] = topP.value;
  return fields;
}

/** The settings that need no more than another name, and those that have none. */
export function encodeSettings(request: NeutralRequest, losses: Losses): Fields {
  const { stop, user, seed, presencePenalty, frequencyPenalty, verbosity } = request;
  for (const setting of [seed, presencePenalty, frequencyPenalty, verbosity]) losses.report(setting);
  const fields: Fields = {};
  // The API refuses a sequence of white space.
  const texts = stop?.value.filter((text) => text.trim() !== '') ?? [];
  if (stop !== undefined && texts.length < stop.value.length) losses.report(stop);
  if (texts.length > 0) fields['stop_sequences'] = texts;
  if (user !== undefined && isOpaqueId(user.value)) fields['metadata'] = { user_id: user.value };
  return fields;
}

/** The `format` of `output_config`; undefined for text. */
export function encodeFormat({ format }: NeutralRequest, { traits, losses }: SettingsParts): Fields | undefined {
  if (format === undefined) return undefined;
  if (format.value.kind === 'json_object') {
    losses.report(format);
    return undefined;
  }
  if (!traits.schemas) losses.refuse('The answers of this model cannot follow a schema.');
  return { type: 'json_schema', schema: sanitiseSchema(format.value.schema) };
}

/** Longest id of a user that the API takes. */
const MAX_USER = 256;

/** Whether an id is no address and no telephone number, which Anthropic refuses. */
function isOpaqueId(id: string): boolean {
  return id.length <= MAX_USER && !id.includes('@') && !/^\+?[\d\s()-]{7,}$/.test(id);
}
