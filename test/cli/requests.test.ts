import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RequestRecord } from '../../client/index.ts';
import { csvLine } from '../../src/cli/csv.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { firstIdAt, idText } from '../../src/lib/time-ids.ts';
import { packRows } from '../../src/store/request-log/packed-rows.ts';
import type { RequestRow } from '../../src/store/request-log/request-row.ts';
import { responder } from '../../src/testing/index.ts';
import { run } from '../helpers/cli.ts';
import { startRig } from '../helpers/gateway.ts';
import { requestRow } from '../helpers/request-rows.ts';
import { open, temporaryFolder } from '../helpers/store.ts';

const KEY = 'key-of-a-viewer-0123456789';

async function outputOf(args: readonly string[], environment: Record<string, string> = {}) {
  await using command = run(['requests', ...args], environment);
  const code = await command.exit;
  return { code, lines: command.output().trim().split('\n') };
}

test('requests are exported in the order of their ends, from a store or a gateway, and an export goes on where the last one ended', async () => {
  using folder = temporaryFolder();
  const now = Math.floor(systemClock.now());
  const store = { url: `sqlite:${folder.file}` as const };
  const file = join(folder.path, 'spillway.json');
  const providers = { a: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'none' } };
  writeFileSync(file, JSON.stringify({ providers, chains: { default: { entries: ['a/m'] } }, store }));
  const at = (secondsAgo: number, members: Partial<RequestRow> = {}): RequestRow =>
    requestRow(secondsAgo, { ...members, id: firstIdAt(now - secondsAgo * 1000) });
  const rows = [
    at(86_400 * 2, { tags: ['=cmd()', 'a"b'] }),
    ...Array.from({ length: 450 }, (_, n) => at(3600 - n)),
    // Other processes may still write rows of the last seconds: of this one, however long the commands take.
    at(-600),
  ];
  {
    await using opened = await open(folder.file);
    await opened.requestLog.open('p');
    await opened.requestLog.write(packRows(rows));
  }
  const ids = rows.slice(0, -1).map(({ id }) => idText(id));
  const all = await outputOf(['export', '--config', file]);
  const exported = all.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as RequestRecord);
  expect([all.code, exported.map(({ id }) => id)]).toEqual([0, ids]);
  const end = all.lines.find((line) => line.startsWith('spillway: '));
  expect(end).toBe(`spillway: exported 451 requests; the next export goes on with --after ${ids.at(-1)}`);

  const since = await outputOf(['export', '--config', file, '--since', '1d', '--format', 'csv']);
  expect(since.lines.filter((line) => line.startsWith('r_'))).toHaveLength(450);
  const csv = await outputOf(['export', '--config', file, '--format', 'csv', '--key', 'key_a']);
  const [first] = csv.lines.filter((line) => line.startsWith('r_'));
  expect(csv.lines.find((line) => line.startsWith('id,'))).toMatch(/^id,request_id,.*,cost_usd,/);
  expect(first).toContain(`"'=cmd(), a""b"`);
  expect(first).toContain(',1.000000007,table,');

  await using rig = await startRig([responder({ content: 'hi' })], {
    config: { store, auth: { keys: [{ name: 'ci', key: KEY, role: 'viewer' }] } },
  });
  const rest = await outputOf(['export', '--url', rig.url, '--after', ids[400] ?? ''], { SPILLWAY_KEY: KEY });
  expect(rest.lines.filter((line) => line.startsWith('{'))).toHaveLength(50);

  for (const [args, message] of [
    [['list'], /write 'spillway requests export'/],
    [['export', '--format', 'xml'], /--format must be jsonl or csv/],
    [['export', '--since', 'soon'], /--since must be a duration/],
    [['export', '--after', 'x'], /--after must be an id/],
    [['export', '--after', ids[0] ?? '', '--since', '1d'], /cannot be combined/],
    [['export', '--everything'], /everything/],
  ] as const) {
    const refused = await outputOf([...args]);
    expect([refused.code, refused.lines.join('\n')]).toEqual([1, expect.stringMatching(message)]);
  }
});

test.each([
  [['=1+1', '+1', '-1', '@x', '\tx', '\rx'], `'=1+1,'+1,'-1,'@x,'\tx,"'\rx"`],
  [['a,b', 'a"b', 'a\nb', ''], '"a,b","a""b","a\nb",'],
  [[null, -1, true], ',-1,true'],
])('the cells %j are the line %j', (cells, line) => {
  expect(csvLine(cells)).toBe(line);
});
