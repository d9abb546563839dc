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

/** Most secrets of one key that are accepted at the same time. */
const MAX_SECRETS = 5;

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

/** The secrets of a key that are still accepted, all of which end at `end` at the latest. */
function endedAt(record: KeyRecord, now: number, end: number): KeySecret[] {
  const accepted = record.secrets.filter(({ endsAt }) => endsAt === undefined || endsAt > now);
  if (end > now && accepted.length >= MAX_SECRETS)
    throw new GatewayError('conflict', {
      message: `The key has ${MAX_SECRETS} secrets that are accepted; rotate it without overlap.`,
    });
  // The one before stays known, so that what runs under it is not cut.
  return accepted.map((secret) => ({ ...secret, endsAt: Math.min(secret.endsAt ?? end, end) }));
}
