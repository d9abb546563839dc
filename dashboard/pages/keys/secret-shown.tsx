import type { KeyWithSecret } from 'spillway/client';
import type { ReactElement } from 'react';
import { GATEWAY_URL } from '../../api/gateway-url.ts';
import { CodeBlock } from '../../parts/code-block.tsx';

/** The secret of a key, the one time that the gateway says it. */
export function SecretShown({ item }: { readonly item: KeyWithSecret }): ReactElement {
  const { name, secret, role } = item;
  const path = role === 'caller' ? 'v1/models' : 'v1/chains/status';
  return (
    <>
      <p>
        The secret of <b>{name}</b> is shown this once. Copy it now: the gateway stores a digest of it only.
      </p>
      <CodeBlock text={secret} what="Secret" />
      <p className="small muted">Try it:</p>
      <CodeBlock text={`curl ${GATEWAY_URL}/${path} -H 'authorization: Bearer ${secret}'`} what="Command" />
    </>
  );
}
