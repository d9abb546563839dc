import { openClosedLoop } from '../load/closed-loop.ts';
import { createOpenLoop } from '../load/open-loop.ts';
import { ENDS, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { startUpstream, startBaseline } from '../measure/processes.ts';
import { added, inTurns, percentile } from '../measure/rounds.ts';
import { definePart, type Figure, under } from '../measure/part.ts';

const PER_SECOND = 500;
/** Requests in a burst. */
const MANY = 200;
const WARM_UPS = 8000;
const request = toRequest(PATHS.rest, { model: 'first', stream: true, messages: shortPrompt(900) });

/** Time that the gateway adds to the first token at an even rate, compared with the upstream directly. */
export const FIRST_TOKEN = definePart({
  name: 'first-token',
  rows: {
    p50: { label: `added time to the first token at ${PER_SECOND}/s, p50`, unit: 'ms', target: under(0.5) },
    p99: { label: `added time to the first token at ${PER_SECOND}/s, p99`, unit: 'ms', target: under(3) },
  },
  async measure() {
    await using upstream = await startUpstream();
    await using fastify = await startBaseline('fastify.ts', upstream.url);
    await using gateway = await startGateway(configOf(upstream.url));
    const load = { request, end: ENDS.REST, mark: '"first"', perSecond: PER_SECOND, many: MANY };
    for (const { port } of [upstream, fastify, gateway]) {
      using warm = await openClosedLoop(port, 64);
      await warm.run(request, WARM_UPS, ENDS.REST);
    }
    using direct = createOpenLoop({ ...load, port: upstream.port });
    using byHand = createOpenLoop({ ...load, port: fastify.port });
    using through = createOpenLoop({ ...load, port: gateway.port });
    const delays = await inTurns({ direct: direct.run, byHand: byHand.run, through: through.run });
    const figure = (share: number): Figure => {
      const of = (bursts: readonly number[][]): number[] => bursts.map((burst) => percentile(burst, share));
      return {
        value: added(of(delays.through), of(delays.direct)),
        note: `Fastify + undici adds ${added(of(delays.byHand), of(delays.direct)).toFixed(2)} ms`,
      };
    };
    return { p50: figure(0.5), p99: figure(0.99) };
  },
});
