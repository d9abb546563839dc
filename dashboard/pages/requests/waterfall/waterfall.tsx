import { type ReactElement, useRef, useState } from 'react';
import { useWidth } from '../../../parts/use-width.ts';
import { geometryOf } from './geometry.ts';
import { Key } from './key.tsx';
import { type Lane, lanesOf } from './lanes.ts';
import type { Picture } from './picture.ts';
import { Readout } from './readout.tsx';
import { firstShown, itemsOf } from './segment-items.ts';
import { useItems } from './use-items.ts';
import { WaterfallDrawing } from './waterfall-drawing.tsx';
import { layOut } from './waterfall-layout.ts';
import { WaterfallTable } from './waterfall-table.tsx';

/** The width for which a picture is placed until that of the page is known. */
const USUAL_WIDTH = 1000;

/** How a request went down its chain: a lane for each entry, the commit, and the sums of its time. */
export function Waterfall({ picture }: { readonly picture: Picture }): ReactElement {
  const figure = useRef<HTMLElement>(null);
  const toggle = useRef<HTMLButtonElement>(null);
  const width = useWidth(figure);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [showAll, setShowAll] = useState(false);
  const [asTable, setAsTable] = useState(false);
  const geometry = geometryOf(width ?? USUAL_WIDTH);
  const lanes = lanesOf(picture, { opened, showAll });
  const layout = layOut(picture, lanes, geometry.width);
  const items = itemsOf(picture, layout);
  const selection = useItems(items, firstShown(items, layout));
  const open = (lane: Lane): void => {
    if (lane.kind === 'hidden') setShowAll(true);
    else setOpened(new Set([...opened, lane.id]));
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the key `t` works wherever the focus is within it
    <figure
      ref={figure}
      className={geometry.compact ? 'wf compact' : 'wf'}
      onKeyDown={(event) => {
        if (event.key !== 't' || event.ctrlKey || event.metaKey || event.altKey) return;
        setAsTable(!asTable);
        // What had the focus is gone.
        toggle.current?.focus();
      }}
    >
      {asTable && <WaterfallTable picture={picture} />}
      {!asTable && width !== null && (
        <WaterfallDrawing
          picture={picture}
          layout={layout}
          geometry={geometry}
          items={items}
          selection={selection}
          onOpen={open}
        />
      )}
      <Readout
        item={asTable ? undefined : selection.shown}
        asTable={asTable}
        toggle={toggle}
        onToggle={() => setAsTable(!asTable)}
      />
      {!asTable && <Key layout={layout} />}
    </figure>
  );
}
