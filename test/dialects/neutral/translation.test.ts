import { describe, expect, test } from 'vitest';
import type { AnswerWriter, BlockEvent, FinishReason } from '../../../src/dialects/neutral/block-event.ts';
import { restoreNames, sentName } from '../../../src/dialects/neutral/tool-names.ts';
import { Translation } from '../../../src/dialects/neutral/translation.ts';
import { GatewayError } from '../../../src/domain/errors.ts';
import { bareEvent } from '../../../src/sse/framing.ts';

/** A writer whose events are what it was given. */
function writerInto(given: unknown[], failed?: AnswerWriter['failed']): AnswerWriter {
  return {
    write(event) {
      given.push(event);
      return [bareEvent(JSON.stringify(event))];
    },
    usage: (usage) => void given.push(usage),
    finish: () => [bareEvent('"finished"')],
    whole: () => ({ given }),
    ...(failed && { failed }),
  };
}

const LONG = `mcp__${'a'.repeat(80)}`;
const restore = restoreNames({
  tools: [
    { kind: 'function', name: LONG, strict: false },
    { kind: 'function', name: 'search', namespace: 'docs', strict: false },
    { kind: 'custom', name: 'apply_patch' },
  ],
});
const call = (name: string, more: object = {}): BlockEvent => ({
  t: 'open',
  i: 0,
  block: { kind: 'call', id: 'c1', name, freeform: false, ...more },
});
const finish = (reason: FinishReason): BlockEvent => ({ t: 'finish', reason });

function written(...events: readonly BlockEvent[]): unknown[] {
  const given: unknown[] = [];
  const translation = new Translation(writerInto(given), restore);
  for (const event of events) translation.write(event);
  return given;
}

describe('the name of a called tool', () => {
  test.each([
    ['that was shortened', sentName(LONG, undefined), { name: LONG, namespace: undefined, freeform: false }],
    ['with its namespace', 'docs__search', { name: 'search', namespace: 'docs', freeform: false }],
    ['of a tool that takes text', 'apply_patch', { name: 'apply_patch', namespace: undefined, freeform: true }],
    ['that the model made up', 'other', { name: 'other', namespace: undefined, freeform: false }],
  ])('%s is the client’s own', (_, said, known) => {
    expect(written(call(said))).toMatchObject([{ block: { kind: 'call', id: 'c1', ...known } }]);
  });

  test('that the provider says with its namespace, or of a tool that takes text there too, stays', () => {
    const events = [call('docs__search', { namespace: 'other' }), call('docs__search', { freeform: true })];
    expect(written(...events)).toEqual(events);
  });

  test('is the only thing of a block that changes', () => {
    const text: BlockEvent = { t: 'open', i: 0, block: { kind: 'text' } };
    const others: readonly BlockEvent[] = [text, { t: 'delta', i: 0, text: 'docs__search' }, { t: 'close', i: 0 }];
    expect(written(...others)).toEqual(others);
  });
});

describe('the finish', () => {
  test.each(['stop', 'stop_sequence', 'pause', 'tools'] as const)(
    '%s is that of tools where one was called',
    (reason) => {
      expect(written(call('f'), finish(reason)).at(-1)).toEqual(finish('tools'));
      expect(written(finish(reason)).at(-1)).toEqual(finish(reason));
    },
  );

  test.each(['length', 'context_window', 'refusal', 'filter'] as const)('%s stands, whatever was called', (reason) => {
    expect(written(call('f'), finish(reason)).at(-1)).toEqual(finish(reason));
  });
});

test('usage, the last events, the whole answer and a failure are the writer’s', () => {
  const given: unknown[] = [];
  const usage = { input: 1, output: 2, source: 'provider' } as const;
  const error = new GatewayError('upstream_truncated', { message: 'cut' });
  const translation = new Translation(
    writerInto(given, () => [bareEvent('"failed"')]),
    restore,
  );
  translation.usage(usage);
  expect(given).toEqual([usage]);
  expect(translation.finish().map(({ data }) => String(data))).toEqual(['"finished"']);
  expect(translation.failed(error)?.map(({ data }) => String(data))).toEqual(['"failed"']);
  expect(translation.whole()).toEqual({ given });
  expect(new Translation(writerInto([]), restore).failed(error)).toBeUndefined();
});
