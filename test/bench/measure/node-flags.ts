import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const manifest = readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8');
const { scripts } = JSON.parse(manifest) as { readonly scripts: { readonly start: string } };

/** Node's flags under which `npm start` starts the gateway. */
export const NODE_FLAGS: readonly string[] = scripts.start.match(/--\S+/g) ?? [];
