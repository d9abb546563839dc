import type { Server } from './processes.ts';

/** Microseconds of CPU that a server takes for each of the `many` requests of `run`. */
export async function cpuOfEach(server: Server, many: number, run: () => Promise<void>): Promise<number> {
  const before = await server.query('usage');
  await run();
  const after = await server.query('usage');
  return (after.cpu - before.cpu) / many;
}
