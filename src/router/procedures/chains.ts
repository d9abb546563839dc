import { listChains } from '../../config/resolve.ts';
import type { ChainPlan } from '../../domain/limit-list.ts';
import { type ChainList, type ChainStatusList, toSummary } from '../../domain/models.ts';
import { explainInput } from '../inputs/plan-input.ts';
import { procedure } from '../procedure.ts';

/** `chains.*`: what is configured, its state, and what would happen to a request. */
export const chains = {
  list: procedure
    .meta({
      access: 'caller',
      summary: 'The chains that you may use, with the entries of each in order.',
      rest: { method: 'GET', path: '/chains', prefix: 'v1', answers: 'ChainList' },
    })
    .query(({ ctx: { call } }): ChainList => ({
      object: 'list',
      data: listChains(call.scope.snapshot, call.scope.principal).map(({ name, entries, deadline, commit }) => ({
        id: name,
        object: 'chain',
        entries: entries.map(({ provider, model }) => ({ provider, model })),
        deadline,
        commit,
      })),
    })),
  status: procedure
    .meta({
      access: 'viewer',
      summary: 'The state of every entry of each chain, and of the configuration.',
      rest: { method: 'GET', path: '/chains/status', prefix: 'v1', answers: 'ChainStatusList' },
    })
    .query(({ ctx: { call } }): ChainStatusList => ({
      object: 'list',
      configuration: toSummary(call.services.configuration()),
      data: listChains(call.scope.snapshot, call.scope.principal).map(({ name, entries }) => ({
        id: name,
        object: 'chain.status',
        entries: entries.map((entry) => call.services.entryStatus(entry)),
      })),
    })),
  explain: procedure
    .meta({
      access: 'viewer',
      summary: 'Which entries a request would try, in which order and why. Nothing is sent.',
      operation: 'chat.completions',
      rest: { method: 'POST', path: '/chains/explain', prefix: 'v1', answers: 'ChainPlan' },
    })
    .input(explainInput)
    .mutation(({ ctx, input: { operation, ...input } }): ChainPlan =>
      ctx.call.explain({ operation, input, stream: input.stream === true }),
    ),
};
