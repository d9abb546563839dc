import { setTimeout as wait } from 'node:timers/promises';
import { openConnection } from '../load/connection.ts';
import { PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { startCommand, stateOfBuild } from '../measure/command.ts';
import { configOf } from '../measure/gateway.ts';
import { startUpstream } from '../measure/processes.ts';
import { median } from '../measure/rounds.ts';
import { definePart, under, type Part } from '../measure/part.ts';

const TIMES = 5;
const IDLE_MS = 1000;
const MB = 1024 * 1024;
const request = toRequest(PATHS.rest, { model: 'json', messages: shortPrompt(900) });

/** Time from the start to the first answer, and memory at rest; from the sources and from the build. */
export const START: readonly Part[] = [toPart('checkout', 'from a checkout'), toPart('build', 'from the build')];

function toPart(how: 'checkout' | 'build', label: string): Part {
  return definePart({
    name: how === 'checkout' ? 'start' : 'start-build',
    rows: {
      first: { label: `start ${label}: time to the first answer`, unit: 'ms', target: under(500) },
      idle: { label: '  memory a second later', unit: 'MB', target: under(90) },
    },
    async measure() {
      const build = how === 'build' ? stateOfBuild() : 'new';
      if (build === 'missing') return { first: { note: 'no build; run npm run build' }, idle: {} };
      await using upstream = await startUpstream();
      const [firsts, idle]: [number[], number[]] = [[], []];
      for (let time = 0; time < TIMES; time++) {
        const startedAt = performance.now();
        await using command = await startCommand(how, configOf(upstream.url));
        using connection = await openConnection(command.port);
        await connection.send(request);
        firsts.push(performance.now() - startedAt);
        await wait(IDLE_MS);
        idle.push(command.rss() / MB);
      }
      const note = build === 'new' ? '' : `the build is ${build}`;
      return { first: { value: median(firsts), note }, idle: { value: median(idle) } };
    },
  });
}
