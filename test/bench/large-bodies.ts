// Run by front-soak.ts in a process of its own: sends large bodies, four at a time, and reports the number of failures. `URL count bytes`
import { HELLO } from '../helpers/hello.ts';

const [, , url = '', count = '', bytes = ''] = process.argv;
const AT_ONCE = 4;
const content = 'a word '.repeat(Number(bytes) / 7);
const body = Buffer.from(JSON.stringify({ ...HELLO, model: 'large', messages: [{ role: 'user', content }] }));
const headers = { 'content-type': 'application/json' };
let failed = 0;

for (let n = 0; n < Number(count); n += AT_ONCE)
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
      await response.text();
      if (response.status !== 200) failed++;
    }),
  );
process.send?.(failed);
