import { z } from 'zod';
import { PRESETS } from '../catalog/presets.ts';
import { configSchema } from './schema.ts';

/** The JSON Schema of a configuration file before its variables are interpolated, for editors. Pure; equal for every call. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any', override: suggestPresets });
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Spillway configuration', ...schema };
}

/** Lists the names of presets as examples, so that editors complete them. */
function suggestPresets({
  path,
  jsonSchema,
}: {
  path: readonly PropertyKey[];
  jsonSchema: Record<string, unknown>;
}): void {
  if (path.at(-1) === 'preset') jsonSchema['examples'] = Object.keys(PRESETS);
}
