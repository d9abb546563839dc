import type { ReactElement } from 'react';
import { GATEWAY_URL } from '../api/gateway-url.ts';
import { useSession } from '../api/session.ts';
import { CodeBlock } from './code-block.tsx';
import { codeSample } from './code-samples.ts';

const INPUT = { messages: [{ role: 'user' as const, content: 'Hello' }] };

/** A command that sends a small request to a model, where no request is known yet. */
export function FirstRequest({ model }: { readonly model: string }): ReactElement {
  const { via } = useSession();
  return (
    <CodeBlock
      text={codeSample('curl', { url: GATEWAY_URL, keyed: via !== 'local', model, input: INPUT })}
      what="Command"
    />
  );
}
