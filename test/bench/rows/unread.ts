import { setTimeout as wait } from 'node:timers/promises';
import { openClosedLoop } from '../load/closed-loop.ts';
import { openConnection } from '../load/connection.ts';
import { ENDS, PATHS, shortPrompt, toRequest } from '../load/request.ts';
import { configOf, startGateway } from '../measure/gateway.ts';
import { startUpstream } from '../measure/processes.ts';
import { atMost, definePart } from '../measure/part.ts';

const WARM_UPS = 500;
const UNREAD_MS = 3000;
const MB = 1024 * 1024;
const requestOf = (model: string): Buffer => toRequest(PATHS.rest, { model, stream: true, messages: shortPrompt(200) });

/** Memory that a client costs which does not read. */
export const UNREAD = definePart({
  name: 'unread',
  rows: { memory: { label: '200 MB for a client that does not read: added memory', unit: 'MB', target: atMost(20) } },
  async measure() {
    await using upstream = await startUpstream();
    await using gateway = await startGateway(configOf(upstream.url), ['--expose-gc']);
    using warm = await openClosedLoop(gateway.port, 16);
    await warm.run(requestOf('stream'), WARM_UPS, ENDS.REST);
    await gateway.query('mark');
    using client = await openConnection(gateway.port);
    client.socket.pause().write(requestOf('flood'));
    await wait(UNREAD_MS);
    const { grown } = await gateway.query('usage');
    return { memory: { value: grown / MB, note: 'peak' } };
  },
});
