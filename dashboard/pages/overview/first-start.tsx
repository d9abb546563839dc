import { Link } from '@tanstack/react-router';
import type { ChainStatusList } from 'spillway/client';
import type { ReactElement, ReactNode } from 'react';
import { CodeBlock } from '../../parts/code-block.tsx';
import { EntryName } from '../../parts/entry-name.tsx';
import { FirstRequest } from '../../parts/first-request.tsx';

interface FirstStartProps {
  readonly chains: ChainStatusList;
  /** Whether a request has arrived. */
  readonly hasRequest: boolean;
  /** Whether an entry has answered after another one had failed. */
  readonly hasFailover: boolean;
  /** Called when the page itself is wanted. */
  readonly onDone: () => void;
}

/** The most chains that are named. */
const MOST = 4;

/** In place of figures that do not exist yet: what was found, a request to copy, and a failover to watch. */
export function FirstStart({ chains, hasRequest, hasFailover, onDone }: FirstStartProps): ReactElement {
  const model = chains.data[0]?.id ?? 'default';
  return (
    <>
      <ol className="steps">
        <Step no={1} title="Providers found" isDone={chains.data.length > 0}>
          <Found chains={chains} />
        </Step>
        <Step no={2} title="Send a request" isDone={hasRequest}>
          <p>
            {hasRequest
              ? 'The first request has arrived: it is below.'
              : 'From here or from your terminal. It shows up below as it happens.'}
          </p>
          <FirstRequest model={model} />
          <div className="tools">
            <Link to="/playground" search={{ models: [model] }} className={hasRequest ? 'btn' : 'btn main'}>
              Send one from the playground
            </Link>
            {hasRequest && (
              <button type="button" className="btn main" onClick={onDone}>
                Show the overview
              </button>
            )}
          </div>
        </Step>
        <Step no={3} title="Watch it fail over" isDone={hasFailover}>
          <p>
            {hasFailover
              ? 'An entry has answered after another one had failed. The request below shows each attempt.'
              : 'Start an upstream that fails in the way that its model names, add it to the configuration, and put it first.'}
          </p>
          <CodeBlock text="spillway chaos" what="Command" />
          <CodeBlock text={chaosConfiguration(chains)} what="Configuration" />
        </Step>
      </ol>
    </>
  );
}

/** Part of a configuration in which the first chain begins with an entry that always fails. */
function chaosConfiguration({ data }: ChainStatusList): string {
  const { id = 'default', entries = [] } = data[0] ?? {};
  const names = ['chaos/500', ...entries.map(({ provider, model }) => `${provider}/${model}`)];
  return [
    'providers:',
    '  chaos: { baseUrl: http://127.0.0.1:4242/v1 }',
    'chains:',
    // JSON is YAML too, whatever the names hold.
    `  ${JSON.stringify(id)}: { entries: ${JSON.stringify(names)} }`,
  ].join('\n');
}

interface StepProps {
  readonly no: number;
  readonly title: string;
  readonly isDone: boolean;
  readonly children: ReactNode;
}

function Step({ no, title, isDone, children }: StepProps): ReactElement {
  return (
    <li>
      <span className={isDone ? 'no done' : 'no'}>
        {no}
        {isDone && <span className="visually-hidden">, done</span>}
      </span>
      <div>
        <h2>{title}</h2>
        {children}
      </div>
    </li>
  );
}

function Found({ chains: { data, configuration } }: { readonly chains: ChainStatusList }): ReactElement {
  return (
    <>
      <p>From {configuration.source}. In each chain the entries are tried in this order:</p>
      <dl className="found">
        {data.slice(0, MOST).map(({ id, entries }) => (
          <div key={id}>
            <dt>
              <code>{id}</code>
            </dt>
            <dd>
              {entries.map(({ provider, model }, at) => (
                <span key={`${provider}/${model}`}>
                  {at > 0 && ', '}
                  <EntryName provider={provider} model={model} />
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      {data.length > MOST && (
        <p>
          <Link to="/chains">{data.length - MOST} more chains</Link>
        </p>
      )}
    </>
  );
}
