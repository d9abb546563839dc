import type { ChainPlan, PlannedEntry } from 'spillway/client';
import type { ReactElement } from 'react';
import { EntryName } from '../../parts/entry-name.tsx';
import type { GlyphKind } from '../../parts/glyphs.tsx';
import { formatCount } from '../../parts/numbers.ts';
import { Status } from '../../parts/status.tsx';
import { Countdown } from '../../parts/time.tsx';

const ACTIONS: Readonly<Record<PlannedEntry['action'], { readonly word: string; readonly glyph: GlyphKind }>> = {
  try: { word: 'tried', glyph: 'ok' },
  wait: { word: 'tried once it recovers', glyph: 'waiting' },
  last_resort: { word: 'last resort', glyph: 'near' },
  skip: { word: 'skipped', glyph: 'skipped' },
};

const POLICIES: Readonly<Record<ChainPlan['policy'], string>> = {
  ordered: 'in the order of the configuration',
  weighted: 'at random, by weight',
  fastest: 'the fastest first',
  cheapest: 'the cheapest first',
  'least-busy': 'the least busy first',
};

/** A plan as the list of its entries, with the reason for each. */
export function PlanList({ plan }: { readonly plan: ChainPlan }): ReactElement {
  return (
    <div className="plan" role="status">
      <p className="soft">
        Chain <b>{plan.chain}</b>, {POLICIES[plan.policy]}
        {plan.data.length === 0 ? ': no entry can take this request.' : ':'}
      </p>
      <ol>
        {plan.data.map(({ provider, model, key, action, reason, tokens, retry_at: retryAt }) => (
          <li key={`${provider}/${model}#${key}`}>
            <p>
              <b>
                <EntryName provider={provider} model={model} keyNumber={key} />
              </b>
            </p>
            <Status kind={ACTIONS[action].glyph}>{ACTIONS[action].word}</Status>
            <p className="small soft">{reason}</p>
            <p className="small muted num">
              {formatCount(tokens)} tokens
              {retryAt !== null && (
                <>
                  , <Countdown until={retryAt} />
                </>
              )}
            </p>
          </li>
        ))}
      </ol>
    </div>
  );
}
