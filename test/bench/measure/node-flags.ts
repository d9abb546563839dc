import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const manifest = readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8');
const { scripts } = JSON.parse(manifest) as { readonly scripts: { readonly start: string } };

/** The flags of Node's that `npm start` starts the gateway with. */
export const NODE_FLAGS: readonly string[] = scripts.start.match(/--\S+/g) ?? [];
