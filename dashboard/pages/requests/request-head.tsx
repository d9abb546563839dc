import { Link } from '@tanstack/react-router';
import { Fragment, type ReactElement, type ReactNode } from 'react';
import { CopyButton } from '../../parts/copy-button.tsx';
import { EntryName } from '../../parts/entry-name.tsx';
import { formatExact } from '../../parts/money.ts';
import { formatTime } from '../../parts/numbers.ts';
import { listSearch } from './list-memory.ts';
import { clausesOf, failoverMs, headlineOf } from './story.ts';
import type { Picture } from './waterfall/picture.ts';

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
  return (
    <p className="lede">
      {clauses.map(({ provider, model, words }, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- an entry may have two clauses
        <Fragment key={at}>
          {at > 0 && ', '}
          <EntryName provider={provider} model={model} /> {words}
        </Fragment>
      ))}
      {more > 0 && `, and ${more} more`}
      {clauses.length > 0 && '. '}
      {clauses.length === 0 &&
        picture.end !== null &&
        picture.committed !== null &&
        'The first entry that was tried answered. '}
      {lost !== null && (
        <span className="nowrap">
          Failover cost <b>{formatTime(lost)}</b>
          <Money usd={failoverCost} />.
        </span>
      )}
    </p>
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
