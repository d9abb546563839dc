import { Link } from '@tanstack/react-router';
import { Fragment, type ReactElement, type ReactNode } from 'react';
import { CopyButton } from '../../parts/copy-button.tsx';
import { formatExact } from '../../parts/money.ts';
import { formatTime } from '../../parts/numbers.ts';
import { listSearch } from './list-memory.ts';
import { type Clause, clausesOf, endSentence, failoverMs, headlineOf } from './story.ts';
import { answerEnd, type Picture } from './waterfall/picture.ts';

interface RequestHeadProps {
  readonly requestId: string;
  /** Null until it is known. */
  readonly picture: Picture | null;
  readonly failoverCost: number | null;
  /** More buttons. */
  readonly children?: ReactNode;
}

/** What happened to a request and why, in words. */
export function RequestHead({ requestId, picture, failoverCost, children }: RequestHeadProps): ReactElement {
  return (
    <>
      <div className="story">
        <div>
          <p className="crumb">
            <Link to="/requests" search={listSearch()}>
              Requests
            </Link>{' '}
            <span className="mono">{requestId}</span>
          </p>
          <h1>{picture === null ? 'Request' : headlineOf(picture)}</h1>
        </div>
        <div className="tools">
          <CopyButton text={requestId} label="Copy id" what="Request id" />
          {children}
        </div>
      </div>
      {picture !== null && <Lede picture={picture} failoverCost={failoverCost} />}
    </>
  );
}

function Lede({
  picture,
  failoverCost,
}: Pick<RequestHeadProps, 'failoverCost'> & { readonly picture: Picture }): ReactElement {
  const { clauses, more } = clausesOf(picture);
  const lost = failoverMs(picture);
  const end = endSentence(picture);
  return (
    <p className="lede">
      {clauses.map((clause, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- an entry may have two clauses
        <Fragment key={at}>
          {at > 0 && ', '}
          <Names clause={clause} /> {clause.words}
        </Fragment>
      ))}
      {more > 0 && `, and ${more} more`}
      {clauses.length > 0 && '. '}
      {clauses.length === 0 && answerEnd(picture) === 'whole' && 'The first entry that was tried answered. '}
      {end !== null && `${end} `}
      {lost !== null && (
        <span className="nowrap">
          Failover cost <b>{formatTime(lost)}</b>
          <Money usd={failoverCost} />.
        </span>
      )}
    </p>
  );
}

function Names({ clause: { names, more } }: { readonly clause: Clause }): ReactElement {
  return (
    <>
      {names.map(({ provider, model }, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- an entry may be named twice
        <Fragment key={at}>
          {at > 0 && (more > 0 || at < names.length - 1 ? ', ' : ' and ')}
          <span className="entry-name">
            {provider}
            <span className="muted">/</span>
            {model}
          </span>
        </Fragment>
      ))}
      {more > 0 && ` and ${more} more`}
    </>
  );
}

function Money({ usd }: { readonly usd: number | null }): ReactNode {
  if (usd === null || usd === 0) return null;
  return (
    <>
      {usd > 0 ? ' and ' : ' and saved '}
      <b>{formatExact(Math.abs(usd))}</b>
    </>
  );
}
