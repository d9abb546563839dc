import { newSecret, storedSecret } from '../auth/secret.ts';
import type { KeyWithSecret } from '../domain/account.ts';
import { GatewayError } from '../domain/errors.ts';
import type { KeyRecord, KeySecret } from '../domain/key-record.ts';
import type { AccountTools } from './account-tools.ts';
import type { Accounts } from './accounts.ts';
import { changeableKey, currentKey, readAgain, refuseRotated } from './changed-key.ts';
import { digestOf, type Repeats } from './repeats.ts';
import { showKey } from './show.ts';
import { requireWithin } from './within.ts';

/** Most secrets of one key that are accepted at the same time, and most former ones that are kept. */
const MAX_SECRETS = 5;
/** How long a secret is kept after its end, in milliseconds: as long as a request with its `idempotency_key` may be repeated. */
const KEPT_MS = 24 * 3600_000;

/** Makes what gives keys another secret. */
export function createRotation(tools: AccountTools, repeats: Repeats<KeyWithSecret>): Accounts['rotateKey'] {
  const { ledger, standings, now } = tools;
  return async (actor, input) => {
    await readAgain(tools, actor, input);
    return repeats.once(actor, { action: 'keys.rotate', input, key: input.idempotency_key }, async () => {
      const secret = newSecret();
      const madeFor = input.idempotency_key === undefined ? undefined : digestOf(input.idempotency_key);
      // It may have been done by another process.
      if (madeFor !== undefined) await ledger.refresh();
      await ledger.write(actor, () => {
        const before = changeableKey(tools, actor, input);
        requireWithin(before, actor.principal);
        const at = now();
        if (madeFor !== undefined) refuseRotated(before, madeFor);
        const secrets = [...endedAt(before, at, at + (input.overlap ?? 0)), { ...storedSecret(secret, at), madeFor }];
        const after = { ...before, version: before.version + 1, secrets };
        const { id: target, tenant } = after;
        const show = { standings, now: at };
        const shown = { before: showKey(before, show), after: showKey(after, show) };
        return { keys: [after], deed: { action: 'keys.rotate', target, tenant, ...shown } };
      });
      return { ...currentKey(tools, input.id), secret };
    });
  };
}

/** The secrets of a key that have not ended by `at`, the newest one last. */
function acceptedAt({ secrets }: KeyRecord, at: number): readonly KeySecret[] {
  return secrets.filter(({ endsAt }) => endsAt === undefined || endsAt > at);
}

/** The former secrets of a key that are kept, all of which end at `end` at the latest. */
function endedAt(record: KeyRecord, now: number, end: number): KeySecret[] {
  if (end > now && acceptedAt(record, now).length >= MAX_SECRETS)
    throw new GatewayError('conflict', {
      message: `The key has ${MAX_SECRETS} secrets that are accepted; rotate it without overlap.`,
    });
  // Those that have ended stay known, so that what runs under them is not cut. No secret ends before an older one.
  const kept = acceptedAt(record, now - KEPT_MS).slice(-MAX_SECRETS);
  return kept.map((secret) => ({ ...secret, endsAt: Math.min(secret.endsAt ?? end, end) }));
}
