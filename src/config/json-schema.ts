import { z } from 'zod';
import { PRESETS } from '../catalog/presets.ts';
import { configSchema } from './schema.ts';

/** The JSON Schema of a configuration file, for editors: what may be written, before variables are filled in. Pure; the same each time. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any', override: suggest });
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Spillway configuration', ...schema };
}

/** Editors offer the names of presets where one is wanted. */
function suggest({ path, jsonSchema }: { path: readonly PropertyKey[]; jsonSchema: Record<string, unknown> }): void {
  if (path.at(-1) === 'preset') jsonSchema['examples'] = Object.keys(PRESETS);
}
