import { describe, expect, test } from 'vitest';
import { openaiError, sse } from '../../src/testing/index.ts';
import { DOORS } from '../helpers/doors.ts';
import { startRig } from '../helpers/gateway.ts';
import { HELLO } from '../helpers/hello.ts';
import { HI, ROLE, STREAM } from './replies.ts';

const LONG = `It fails: password=hunter2 ${'and on and on '.repeat(25_000)}`;
const SHOWN = /It fails: password=\*\*\* (?:and on )+(?:and )?(?:and|on)…/;

describe.each(Object.entries(DOORS))('%s', (_, door) => {
  test('a refusal of a third of a million characters is shown without most of them', async () => {
    await using rig = await startRig([openaiError(400, LONG, { code: 'bad' })]);
    const { status, message, error } = await door.create(rig, HELLO);
    expect([status, message]).toEqual([400, expect.stringMatching(SHOWN)]);
    expect(JSON.stringify([error, rig.events]).length).toBeLessThan(40_000);
  });

  test('so is each of the refusals in the list of attempts', async () => {
    await using rig = await startRig([openaiError(500, LONG), openaiError(503, LONG)]);
    const { status, attempts, error } = await door.create(rig, HELLO);
    expect([status, attempts]).toEqual([503, 2]);
    expect(JSON.stringify([error, rig.events])).not.toContain('hunter2');
    expect(JSON.stringify([error, rig.events]).length).toBeLessThan(80_000);
  });

  test('so is an error inside a stream', async () => {
    const broken = sse({ error: { message: LONG, code: 'broken' } });
    await using rig = await startRig([{ headers: STREAM, chunks: [ROLE, HI, broken] }]);
    const { message, chunks, error } = await door.stream(rig, HELLO);
    expect(chunks).not.toEqual([]);
    expect(message).toMatch(SHOWN);
    expect(JSON.stringify([error, rig.events]).length).toBeLessThan(40_000);
  });
});
