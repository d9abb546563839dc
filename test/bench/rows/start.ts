import { setTimeout as wait } from 'node:timers/promises';
import { openConnection } from '../load/connection.ts';
import { PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { startCommand, stateOfBuild } from '../measure/command.ts';
import { configOf } from '../measure/gateway.ts';
import { startUpstream } from '../measure/processes.ts';
import { median } from '../measure/rounds.ts';
import { defineWork, under, type Work } from '../measure/work.ts';

const TIMES = 5;
const IDLE_MS = 1000;
const MB = 1024 * 1024;
const request = toRequest(PATHS.rest, { model: 'json', messages: shortPrompt(900) });

/** How soon the command answers, and what it holds when nothing is asked; from the sources and from the build. */
export const START: readonly Work[] = [toWork('checkout', 'from a checkout'), toWork('build', 'from the build')];

function toWork(how: 'checkout' | 'build', label: string): Work {
  return defineWork({
    name: how === 'checkout' ? 'start' : 'start-build',
    rows: {
      first: { label: `start ${label} to the first answer`, unit: 'ms', target: under(500) },
      idle: { label: '  memory a second later', unit: 'MB', target: under(90) },
    },
    async measure() {
      const build = how === 'build' ? stateOfBuild() : 'new';
      if (build === 'missing') return { first: { note: 'there is no build: npm run build' }, idle: {} };
      await using upstream = await startUpstream();
      const [firsts, idle]: [number[], number[]] = [[], []];
      for (let time = 0; time < TIMES; time++) {
        const began = performance.now();
        await using command = await startCommand(how, configOf(upstream.url));
        using connection = await openConnection(command.port);
        await connection.ask(request);
        firsts.push(performance.now() - began);
        await wait(IDLE_MS);
        idle.push(command.rss() / MB);
      }
      const note = build === 'new' ? '' : `the build is ${build}`;
      return { first: { value: median(firsts), note }, idle: { value: median(idle) } };
    },
  });
}
