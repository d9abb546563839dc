import { abortError } from '../domain/abort-error.ts';
import { NO_COST } from '../domain/usage.ts';
import { abortCode, onAbort } from '../lib/abort.ts';
import type { AdmissionEnd, Reservation } from '../limits/admission.ts';

const UNUSED: AdmissionEnd = Object.freeze({ usage: undefined, trail: [], cost: NO_COST });

/**
 * Waits for a reservation until the signal aborts, and rejects with the abort's error then. A reservation that arrives later is settled as
 * unused. Rejects with what `pending` rejects with.
 */
export async function untilReserved(pending: Promise<Reservation>, signal: AbortSignal): Promise<Reservation> {
  const { promise, resolve, reject } = Promise.withResolvers<Reservation>();
  let aborted = false;
  using _ = onAbort(signal, () => {
    aborted = true;
    reject(abortError(abortCode(signal)));
  });
  // One callback decides, so that a reservation is either returned or settled here.
  pending.then((reservation) => (aborted ? settle(reservation, UNUSED) : resolve(reservation)), reject);
  return await promise;
}

/**
 * Settles a reservation. What it throws is a process warning, because the request has its result already; so is the rejection of an
 * implementation that returns a promise all the same.
 */
export function settle(reservation: Reservation, end: AdmissionEnd): void {
  try {
    const settling: unknown = reservation.settle(end);
    if (settling instanceof Promise) settling.catch(warn);
  } catch (thrown) {
    warn(thrown);
  }
}

function warn(thrown: unknown): void {
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  process.emitWarning(`Settling a reservation threw: ${name}.`, { code: 'SPILLWAY_ADMISSION' });
}
