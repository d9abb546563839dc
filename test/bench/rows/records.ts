import { createServer } from 'node:http';
import { listenOnLoopback } from '../../helpers/listen.ts';
import { openClosedLoop } from '../load/closed-loop.ts';
import { ENDS, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { cpuOfEach } from '../measure/cpu.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { atMost, definePart, type Figure } from '../measure/part.ts';
import { startUpstream } from '../measure/processes.ts';
import { inTurns, median, ratio } from '../measure/rounds.ts';

const CLIENTS = 64;
const REQUESTS = 1500;
const WARM_UPS = 10;
const PROMPT = shortPrompt(900);
const JSON_REQUEST = toRequest(PATHS.rest, { model: 'json', messages: PROMPT });
const STREAM_REQUEST = toRequest(PATHS.rest, { model: 'stream', stream: true, messages: PROMPT });
/** The folder of a checkout without request log, metrics and traces. */
const BEFORE = process.env['BEFORE'];

/** What the request log in a file, metrics and traces of a tenth of the requests cost together. The log and metrics are always on, so that they are in the difference to `BEFORE` only. */
export const RECORDS = definePart({
  name: 'records',
  rows: {
    json: { label: 'JSON, 1 KB, log, metrics, traces, beside BEFORE: CPU', unit: 'x', target: atMost(1.08) },
    stream: { label: '  a stream of 64 events', unit: 'x', target: atMost(1.03) },
    traced: { label: '  JSON with traces, beside the same without', unit: 'x' },
  },
  async measure() {
    await using upstream = await startUpstream();
    const collector = createServer((request, response) => request.resume().on('end', () => response.end('{}')));
    const traces = { url: `http://127.0.0.1:${await listenOnLoopback(collector)}/v1/traces`, sample: 0.1 };
    using _ = { [Symbol.dispose]: () => void collector.close().closeAllConnections() };
    const config = { ...configOf(upstream.url), store: { url: 'sqlite:./spillway.db' } } as const;
    await using traced = await startGateway({ ...config, traces });
    await using untraced = await startGateway(config);
    await using before = BEFORE === undefined ? undefined : await startGateway(config, [], BEFORE);
    using toTraced = await openClosedLoop(traced.port, CLIENTS);
    using toUntraced = await openClosedLoop(untraced.port, CLIENTS);
    using toBefore = before && (await openClosedLoop(before.port, CLIENTS));
    const { REST } = ENDS;
    const costs = await inTurns<string, number>(
      {
        json: () => cpuOfEach(traced, REQUESTS, () => toTraced.run(JSON_REQUEST, REQUESTS)),
        untraced: () => cpuOfEach(untraced, REQUESTS, () => toUntraced.run(JSON_REQUEST, REQUESTS)),
        stream: () => cpuOfEach(traced, REQUESTS, () => toTraced.run(STREAM_REQUEST, REQUESTS, REST)),
        ...(before &&
          toBefore && {
            before: () => cpuOfEach(before, REQUESTS, () => toBefore.run(JSON_REQUEST, REQUESTS)),
            streamBefore: () => cpuOfEach(before, REQUESTS, () => toBefore.run(STREAM_REQUEST, REQUESTS, REST)),
          }),
      },
      { warmUps: WARM_UPS },
    );
    const { json = [], untraced: plain = [], stream = [] } = costs;
    return {
      json: beside(json, costs['before']),
      stream: beside(stream, costs['streamBefore']),
      traced: beside(json, plain),
    };
  },
});

function beside(own: readonly number[], baseline: readonly number[] | undefined): Figure {
  if (baseline === undefined) return { note: 'set BEFORE to the folder of another checkout' };
  return {
    value: ratio(own, baseline),
    note: `${median(own).toFixed(0)} us, without ${median(baseline).toFixed(0)} us`,
  };
}
