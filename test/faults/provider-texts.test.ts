import { expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { logEvents } from '../../src/observe/log.ts';
import { openaiError, type Reply } from '../../src/testing/index.ts';
import { DOORS, type Door, type WireError } from '../helpers/doors.ts';
import { type Rig, startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';

const ENTRIES = 20;
/** The trail's bound and what else an error has. */
const MAX_BYTES = 34 * 1024;

/** Errors of 60 KB, in which every position may be one at which a text is cut. */
const TEXTS: Readonly<Record<string, string>> = {
  letters: 'x'.repeat(60_000),
  words: 'a few words '.repeat(5000),
  emoji: `x${'🙂'.repeat(15_000)}`,
  quotes: '"'.repeat(60_000),
  'control characters': '\u0001'.repeat(60_000),
};
const CASES = Object.entries(TEXTS);

/** A gateway of entries that all fail with this text, each under a provider of its own. */
async function startFailing(text: string, status: number, entries = ENTRIES): Promise<{ rig: Rig; log: () => string }> {
  const reply: Reply = openaiError(status, text, { type: text, code: text });
  let log = '';
  const write = (fields: object, message: string): void => void (log += `${message} ${JSON.stringify(fields)}\n`);
  const onEvent = logEvents({ debug: write, info: write, warn: write, error: write }, { vendorMessages: () => true });
  const rig = await startRig(
    Array.from({ length: entries }, () => reply),
    { onEvent },
  );
  return { rig, log: () => log };
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The messages of a trail. */
const messagesOf = (attempts: readonly unknown[] | undefined): readonly string[] =>
  (attempts ?? []).flatMap((step) => (step as { message?: string }).message ?? []);

/** Asks for the trail with its messages, in each way in which an error arrives. */
const DETAILED: Readonly<Record<string, (rig: Rig) => Promise<WireError>>> = {
  async REST({ url }) {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-spillway-include': 'trail' },
      body: JSON.stringify(HELLO),
    });
    const text = await response.text();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BYTES);
    return (JSON.parse(text) as { error: WireError }).error;
  },
  async tRPC({ url }) {
    const { chat } = createClient({ url });
    const thrown: unknown = await chat.completions
      .create(HELLO, { include: ['trail'] })
      .catch((error: unknown) => error);
    const { shape } = thrown as { shape: { message: string; data: WireError } };
    expect(bytesOf(shape)).toBeLessThanOrEqual(MAX_BYTES);
    return { ...shape.data, message: shape.message };
  },
  async 'in process'(rig) {
    const { error } = await (DOORS['the caller in process'] as Door).create(rig, HELLO);
    expect(bytesOf(error)).toBeLessThanOrEqual(MAX_BYTES);
    return error as WireError;
  },
};

test.each(CASES)('twenty failures with 60 KB of %s give a bounded error, by every door', async (_, text) => {
  const { rig, log } = await startFailing(text, 503);
  await using _rig = rig;
  for (const ask of Object.values(DETAILED)) {
    const error = await ask(rig);
    expect(error).toMatchObject({ code: 'all_providers_exhausted' });
    const messages = messagesOf(error.attempts);
    expect(messages).toHaveLength(ENTRIES);
    for (const message of messages) {
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(2048);
      expect([message.at(-1), message.isWellFormed(), text.startsWith(message.slice(0, -1))]).toEqual([
        '…',
        true,
        true,
      ]);
    }
  }
  // A breaker that opens would skip the entries of the doors after it.
  expect(
    log()
      .split('\n')
      .map((line) => Buffer.byteLength(line))
      .filter((bytes) => bytes > 25 * 1024),
  ).toEqual([]);
  for (const event of rig.events) expect(bytesOf(event)).toBeLessThanOrEqual(MAX_BYTES);
});

test.each(CASES)('a refusal with 60 KB of %s is bounded, alone and beside others', async (_, text) => {
  for (const [entries, maxBytes] of [
    [1, 4096],
    [2, 2048],
  ] as const) {
    const { rig } = await startFailing(text, 400, entries);
    await using _rig = rig;
    for (const [name, door] of Object.entries(DOORS)) {
      const { status, error } = await door.create(rig, HELLO);
      expect([name, status]).toEqual([name, 400]);
      const sizes = [error?.message, ...messagesOf(error?.attempts)].map((each) => Buffer.byteLength(each ?? ''));
      expect(Math.max(...sizes)).toBeLessThanOrEqual(maxBytes);
      expect(Math.max(...sizes)).toBeGreaterThan(maxBytes - 100);
      for (const each of [error?.type, error?.code]) expect(Buffer.byteLength(each ?? '')).toBeLessThanOrEqual(2048);
    }
  }
});
