import { setTimeout as wait } from 'node:timers/promises';
import { openClosedLoop } from '../load/closed-loop.ts';
import { openConnection } from '../load/connection.ts';
import { ENDS, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { startUpstream } from '../measure/processes.ts';
import { atMost, defineWork } from '../measure/work.ts';

const WARM_UPS = 500;
const UNREAD_MS = 3000;
const MB = 1024 * 1024;
const requestOf = (model: string): Buffer => toRequest(PATHS.rest, { model, stream: true, messages: shortPrompt(200) });

/** What a caller who does not read costs in memory. */
export const UNREAD = defineWork({
  name: 'unread',
  rows: { memory: { label: '200 MB for a caller who does not read: memory, more by', unit: 'MB', target: atMost(20) } },
  async measure() {
    await using upstream = await startUpstream();
    await using gateway = await startGateway(configOf(upstream.url), ['--expose-gc']);
    using warm = await openClosedLoop(gateway.port, 16);
    await warm.run(requestOf('stream'), WARM_UPS, ENDS.REST);
    await gateway.ask('mark');
    using deaf = await openConnection(gateway.port);
    deaf.socket.pause().write(requestOf('flood'));
    await wait(UNREAD_MS);
    const { grown } = await gateway.ask('usage');
    return { memory: { value: grown / MB, note: 'the most while it lasted' } };
  },
});
