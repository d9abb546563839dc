import type { Key, KeyList, KeyWithSecret, OwnKey } from '../../domain/account.ts';
import { actorOf } from '../actor-of.ts';
import {
  keyId,
  keyInput,
  keyListInput,
  keyRevokeInput,
  keyRotateInput,
  keyUpdateInput,
} from '../inputs/account-input.ts';
import { procedure } from '../procedure.ts';

/** `keys.*`: the keys of clients. */
export const keys = {
  create: procedure
    .meta({
      access: 'admin',
      summary: 'Makes a key. Its secret is in this answer only.',
      rest: { method: 'POST', path: '/keys', prefix: 'v1', answers: 'KeyWithSecret' },
    })
    .input(keyInput)
    .mutation(({ ctx: { call }, input }): Promise<KeyWithSecret> =>
      call.services.accounts.createKey(actorOf(call.scope), input),
    ),
  list: procedure
    .meta({
      access: 'viewer',
      summary: 'The keys, with what is left of their limits and budgets, page by page.',
      rest: { method: 'GET', path: '/keys', prefix: 'v1', answers: 'KeyList' },
    })
    .input(keyListInput)
    .query(({ ctx: { call }, input = {} }): Promise<KeyList> =>
      call.services.accounts.listKeys(actorOf(call.scope), input),
    ),
  retrieve: procedure
    .meta({
      access: 'viewer',
      summary: 'One key.',
      rest: { method: 'GET', path: '/keys/{id}', prefix: 'v1', answers: 'Key' },
    })
    .input(keyId)
    .query(({ ctx: { call }, input }): Promise<Key> =>
      call.services.accounts.retrieveKey(actorOf(call.scope), input.id),
    ),
  update: procedure
    .meta({
      access: 'admin',
      summary: 'Changes the members of a key that are sent; null removes one.',
      rest: { method: 'POST', path: '/keys/{id}', prefix: 'v1', answers: 'Key' },
    })
    .input(keyUpdateInput)
    .mutation(({ ctx: { call }, input }): Promise<Key> => call.services.accounts.updateKey(actorOf(call.scope), input)),
  rotate: procedure
    .meta({
      access: 'admin',
      summary: 'Gives a key another secret, which is in this answer only. The former one ends after the overlap.',
      rest: { method: 'POST', path: '/keys/{id}/rotate', prefix: 'v1', answers: 'KeyWithSecret', body: 'optional' },
    })
    .input(keyRotateInput)
    .mutation(({ ctx: { call }, input }): Promise<KeyWithSecret> =>
      call.services.accounts.rotateKey(actorOf(call.scope), input),
    ),
  revoke: procedure
    .meta({
      access: 'admin',
      summary: 'Refuses a key from now on, and ends what runs under it. Doing it again changes nothing.',
      rest: { method: 'POST', path: '/keys/{id}/revoke', prefix: 'v1', answers: 'Key', body: 'optional' },
    })
    .input(keyRevokeInput)
    .mutation(({ ctx: { call }, input }): Promise<Key> => call.services.accounts.revokeKey(actorOf(call.scope), input)),
  self: procedure
    .meta({
      access: 'caller',
      summary: 'The key of this request: what it may do, and what is left of its limits and budgets.',
      rest: { method: 'GET', path: '/key', prefix: 'v1', answers: 'OwnKey' },
    })
    .query(({ ctx: { call } }): Promise<OwnKey> => call.services.accounts.ownKey(actorOf(call.scope))),
};
