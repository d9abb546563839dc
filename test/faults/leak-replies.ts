// The replies of the leak test's first upstream: every case of the doors' table, and those during which the client disconnects.
import { chatStream, type Reply } from '../../src/testing/index.ts';
import { BREAKS, SPILLS, STREAM_SPILLS, WHOLES } from '../doors/cases.ts';
import { JSON_TYPE, ROLE, STREAM } from '../doors/replies.ts';

/** Cases that only cost time here: huge, slow or without an end. */
const OMITTED = /70 KB|one byte|stays open/;

/** A first entry's reply, the code that its stream ends with, and the entry that serves it. */
export interface ExpectedReply {
  readonly reply: Reply;
  readonly code: string;
  readonly by: 'first' | 'second';
}

/** By the name of the model that gets it. Each one completes a request for JSON. */
export const REPLIES: Readonly<Record<string, ExpectedReply>> = Object.fromEntries(
  [
    ...Object.entries({ ...SPILLS, ...STREAM_SPILLS, ...WHOLES })
      .filter(([name]) => !OMITTED.test(name))
      .map(([name, reply]): ExpectedReply => ({ reply, code: 'ok', by: name in WHOLES ? 'first' : 'second' })),
    ...Object.values(BREAKS).map(({ first: reply, code }): ExpectedReply => {
      const ended = code === 'upstream_truncated' ? code : 'upstream_failed';
      return { reply, code: ended, by: 'first' };
    }),
  ].map((expected, index) => [`r${index}`, expected]),
);

/** Replies during which the client disconnects. */
export const HELD_REPLIES: Readonly<Record<string, Reply>> = {
  hang: { head: false, end: 'hang' },
  role: { headers: STREAM, chunks: [ROLE], end: 'hang' },
  half: { headers: JSON_TYPE, body: '{"id":', end: 'hang' },
  drops: chatStream({ content: 'drop '.repeat(400), delay: 1 }),
};
