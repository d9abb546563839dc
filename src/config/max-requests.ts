import { totalmem } from 'node:os';

/** Memory of the process without any request, in bytes. */
const AT_REST = 200 * 1024 * 1024;
/** Memory of a running request, in bytes: a stream has 72 KB (docs/performance.md). */
const OF_REQUEST = 100 * 1024;
/** Beyond it sockets and the processor end before the memory does. */
const MOST = 20_000;
/** Where the memory is less than what the process has at rest, it is not memory that decides. */
const LEAST = 100;

/** How many requests a process runs at once under a limit of memory in bytes, where the configuration names no number. */
export function maxRequestsWithin(memory: number): number {
  return Math.max(LEAST, Math.min(MOST, Math.floor((memory - AT_REST) / OF_REQUEST)));
}

/** The memory that this process may use, in bytes: the limit of its container, else that of the machine. */
export function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  // 0 where it is unknown, and a number beyond all memory where there is none.
  return constrained > 0 && constrained < total ? constrained : total;
}
