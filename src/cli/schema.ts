import { configJsonSchema } from '../config/json-schema.ts';

/** Prints the JSON Schema of the configuration file. */
export async function schema(): Promise<void> {
  process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
}
