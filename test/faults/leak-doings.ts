// What the first upstream of the leak test does: every case of the doors' table, and what it does while its caller leaves.
import { chatStream, type Reply } from '../../src/testing/index.ts';
import { BREAKS, SPILLS, STREAM_SPILLS, WHOLES } from '../doors/cases.ts';
import { JSON_TYPE, ROLE, STREAM } from '../doors/replies.ts';

/** Cases that only cost time here: huge, slow or without an end of their own. */
const LEFT_OUT = /70 KB|one byte|stays open/;

/** What a first entry does, what a stream of it ends with, and who serves it. */
export interface Doing {
  readonly reply: Reply;
  readonly code: string;
  readonly by: 'first' | 'second';
}

/** Of a request for JSON every one of them ends well. */
export const DOINGS: Readonly<Record<string, Doing>> = Object.fromEntries(
  [
    ...Object.entries({ ...SPILLS, ...STREAM_SPILLS, ...WHOLES })
      .filter(([name]) => !LEFT_OUT.test(name))
      .map(([name, reply]): Doing => ({ reply, code: 'ok', by: name in WHOLES ? 'first' : 'second' })),
    ...Object.values(BREAKS).map(({ first: reply, code }): Doing => {
      const told = code === 'upstream_truncated' ? code : 'upstream_failed';
      return { reply, code: told, by: 'first' };
    }),
  ].map((doing, index) => [`r${index}`, doing]),
);

/** What a first entry does while its caller leaves. */
export const HOLDS: Readonly<Record<string, Reply>> = {
  hang: { head: false, end: 'hang' },
  role: { headers: STREAM, chunks: [ROLE], end: 'hang' },
  half: { headers: JSON_TYPE, body: '{"id":', end: 'hang' },
  drops: chatStream({ content: 'drop '.repeat(400), delay: 1 }),
};
