import type { ReactElement, ReactNode } from 'react';
import { STATE_GLYPHS, StandingLine } from '../../live/standing-line.tsx';
import { EntryName } from '../../parts/entry-name.tsx';
import { Glyph } from '../../parts/glyphs.tsx';
import { formatCount, formatShare } from '../../parts/numbers.ts';
import { stepWords } from '../../parts/step-words.ts';
import { Time, useNow } from '../../parts/time.tsx';
import type { EntryFacts } from './entry-facts.ts';
import { FlowCell, FlowGap } from './flow-cell.tsx';
import { KeyPool } from './key-pool.tsx';
import { LimitGauges } from './limit-gauges.tsx';
import type { LiveFailure } from './live-failures.ts';
import { formatPrice } from '../../parts/price.ts';
import type { Flow } from './use-flow.ts';

interface EntryRowProps {
  readonly facts: EntryFacts;
  /** Its share of the chain's answers; undefined where there are none, or the sums are unknown. */
  readonly share: number | undefined;
  /** Answers that the share is made of. */
  readonly answers: number | undefined;
  readonly failure: LiveFailure | undefined;
  readonly flow: Flow;
  /** Its place in the chain. */
  readonly lane: number;
}

/** One entry of a chain, with all that is known of it. */
export function EntryRow({ facts, share, answers, failure, flow, lane }: EntryRowProps): ReactElement {
  const { provider, model, standing, keys, firstToken, price } = facts;
  const running = keys.reduce((sum, key) => sum + key.running, 0);
  return (
    <li>
      <div className="entry">
        <span className="step">
          <Glyph kind={STATE_GLYPHS[standing.state]} />
        </span>
        <div>
          <p>
            <b>
              <EntryName provider={provider} model={model} />
            </b>
          </p>
          <StandingLine standing={standing} running={running} />
          <EntryNote facts={facts} failure={failure} />
        </div>
        <FlowCell flow={flow} lane={lane} />
        <LimitGauges keys={keys} />
        <NumberCell
          label="Share of the chain’s answers"
          value={share === undefined ? '–' : `${formatShare(share)}%`}
          note={answers === undefined ? '' : `${formatCount(answers)} in 24 h`}
        />
        <NumberCell label="First token, ms" {...firstTokenWords(firstToken)} />
        <NumberCell
          label="Dollars per million tokens"
          value={price === null ? '–' : `${formatPrice(price.input)} in`}
          note={price === null ? 'no price' : `${formatPrice(price.output)} out`}
        />
      </div>
      {keys.length > 1 && (
        <div className="entry pool">
          <span className="step" />
          <KeyPool keys={keys} />
          <FlowGap flow={flow} lane={lane} />
        </div>
      )}
    </li>
  );
}

/** How long a failure counts as news, in milliseconds. */
const NEWS_MS = 10_000;

/** The newest failure; where the entry works, what became of its attempts. */
function EntryNote({ facts, failure }: Pick<EntryRowProps, 'facts' | 'failure'>): ReactElement {
  const { standing, lastFailure, lastHour } = facts;
  const now = useNow();
  if (failure !== undefined && now - failure.at < NEWS_MS) return <p className="bad">{stepWords(failure)}, just now</p>;
  const last = failure !== undefined && failure.at > (lastFailure?.at ?? 0) ? failure : lastFailure;
  if (standing.state !== 'ready' && last !== null)
    return (
      <p>
        {stepWords({ reason: null, ...last })} at <Time at={last.at} />
      </p>
    );
  const { attempts, answered } = lastHour;
  if (attempts === 0) return <p>no attempts in 1 h</p>;
  return (
    <p>
      {formatCount(answered)} of {formatCount(attempts)} attempts answered in 1 h
    </p>
  );
}

interface NumberCellProps {
  /** What it is, for readers of the screen. */
  readonly label: string;
  readonly value: string;
  readonly note: ReactNode;
}

function NumberCell({ label, value, note }: NumberCellProps): ReactElement {
  return (
    <div className="num roomy">
      <p className={value === '–' ? 'muted' : undefined}>
        <span className="visually-hidden">{label}: </span>
        {value}
      </p>
      <p>{note}</p>
    </div>
  );
}

function firstTokenWords(time: EntryFacts['firstToken']): { readonly value: string; readonly note: string } {
  if (time === null) return { value: '–', note: 'no streams' };
  if ('p50' in time) return { value: formatCount(time.p50), note: `p95 ${formatCount(time.p95)}` };
  const [from, to] = [formatCount(time.from), formatCount(time.to)];
  return { value: from === to ? from : `${from}–${to}`, note: 'by key' };
}
