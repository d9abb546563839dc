import { type ReactElement, useState } from 'react';

interface ModelNameProps {
  readonly model: string;
  /** Called with each name that is typed, but not with an empty one. */
  readonly onModel: (model: string) => void;
}

/** The model of a column, in a field. An emptied field is the model before, once it is left. */
export function ModelName({ model, onModel }: ModelNameProps): ReactElement {
  // The URL follows a little later than the keys.
  const [typed, setTyped] = useState<string>();
  return (
    <input
      className="model-name"
      aria-label="Model"
      list="models"
      spellCheck={false}
      value={typed ?? model}
      onChange={({ target }) => {
        setTyped(target.value);
        const name = target.value.trim();
        if (name !== '') onModel(name);
      }}
      onBlur={() => setTyped(undefined)}
    />
  );
}
