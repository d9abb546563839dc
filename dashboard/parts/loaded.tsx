import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { Bones } from './bones.tsx';
import { QueryError } from './query-error.tsx';

interface LoadedProps<Data> {
  readonly query: UseQueryResult<Data>;
  /** What is read, for the sentence of an error: `The requests`. */
  readonly what: string;
  /** How many lines stand in the place of the data until it is there. */
  readonly bones?: number;
  readonly children: (data: Data) => ReactNode;
}

/** The data of a query. Until it is there, bones; where it cannot be read, an error, above the data that was read before. */
export function Loaded<Data>({ query, what, bones = 5, children }: LoadedProps<Data>): ReactElement {
  const { data, error } = query;
  return (
    <>
      <QueryError what={what} query={query} />
      {data !== undefined && children(data)}
      {data === undefined && error === null && <Bones lines={bones} what={what} />}
    </>
  );
}
