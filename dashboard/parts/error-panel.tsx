import { SpillwayError } from 'spillway/client';
import type { ReactElement } from 'react';
import { Glyph } from './glyphs.tsx';
import { Time } from './time.tsx';

interface ErrorPanelProps {
  /** What could not be done, in one sentence. */
  readonly what: string;
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
  /** When the data that is still shown was read, in milliseconds since the epoch. */
  readonly shownSince?: number | undefined;
}

/** An error in the place of the data: what, why, its code and the request's id, and a way to try again. The rest of the page stays. */
export function ErrorPanel({ what, error, onRetry, shownSince }: ErrorPanelProps): ReactElement {
  const { code, requestId, words } = describe(error);
  return (
    <div className="alert" role="alert">
      <Glyph kind="bad" />
      <div>
        <p>{what}</p>
        <p>
          {words}
          {code !== undefined && (
            <>
              {' '}
              <code>{code}</code>
            </>
          )}
          {requestId !== undefined && (
            <>
              , request <code>{requestId}</code>
            </>
          )}
        </p>
        {shownSince !== undefined && (
          <p>
            What is shown was read at <Time at={shownSince} />.
          </p>
        )}
      </div>
      {onRetry !== undefined && (
        <button type="button" className="btn" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

function describe(error: unknown): { code?: string | undefined; requestId?: string | undefined; words: string } {
  if (error instanceof SpillwayError)
    return { code: error.code ?? undefined, requestId: error.spillwayRequestId, words: error.message };
  return { words: error instanceof Error ? error.message : String(error) };
}
