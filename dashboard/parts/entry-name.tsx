import type { ReactElement } from 'react';

interface EntryNameProps {
  readonly provider: string;
  readonly model: string;
  /** Number of the provider's key; null without a pool of keys. */
  readonly keyNumber?: number | null | undefined;
}

/** `provider/model`. The provider is left out where the page is narrow. */
export function EntryName({ provider, model, keyNumber = null }: EntryNameProps): ReactElement {
  return (
    <span title={`${provider}/${model}${keyNumber === null ? '' : ` #${keyNumber}`}`}>
      <span className="roomy">
        {provider}
        <span className="muted">/</span>
      </span>
      {model}
      {keyNumber !== null && <span className="muted"> #{keyNumber}</span>}
    </span>
  );
}
