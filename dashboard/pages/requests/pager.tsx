import type { RequestList } from 'spillway/client';
import type { ReactElement } from 'react';
import { Time } from '../../parts/time.tsx';
import { PAGE_ROWS } from './filters.ts';
import { neighboursOf } from './neighbours.ts';
import { timeOfRowId } from './row-id.ts';
import type { RequestsSearch } from './search.ts';

interface PagerProps {
  readonly search: RequestsSearch;
  readonly page: RequestList;
  /** Whether the page is the one before, while that of the search is read. */
  readonly isOld: boolean;
  readonly onChange: (change: Partial<RequestsSearch>) => void;
}

/** The ways to the newer and the older page, and how far a search has come that has read very many rows. */
export function Pager({ search, page, isOld, onChange }: PagerProps): ReactElement {
  const { older, newer } = neighboursOf(search, isOld ? undefined : page);
  const searchedTo = page.searched_to === null ? null : timeOfRowId(page.searched_to);
  return (
    <>
      {searchedTo !== null && page.next !== null && !isOld && (
        <p className="small soft">
          Searched {search.after === undefined ? 'back' : 'forward'} to <Time at={searchedTo} />, because few rows
          match.{' '}
          <button
            type="button"
            className="plain link"
            onClick={() =>
              onChange(
                search.after === undefined ? { before: page.next ?? undefined } : { after: page.next ?? undefined },
              )
            }
          >
            Continue
          </button>
        </p>
      )}
      <div className="head">
        <span className="small muted roomy">
          <kbd>j</kbd> <kbd>k</kbd> rows, <kbd>Enter</kbd> opens, <kbd>Esc</kbd> back
        </span>
        <div className="tools">
          <span className="small soft">{PAGE_ROWS} a page</span>
          <button type="button" className="btn" disabled={newer === null} onClick={() => onChange(newer ?? {})}>
            Newer
          </button>
          <button type="button" className="btn" disabled={older === null} onClick={() => onChange(older ?? {})}>
            Older
          </button>
        </div>
      </div>
    </>
  );
}
