import { type ReactElement, useEffect, useRef } from 'react';
import UPlot from 'uplot';
import { layersOf } from './chart-data.ts';
import { optionsOf, PLOT_HEIGHT, type TimePlotProps } from './plot-options.ts';

/**
 * Draws steps of time on a canvas, with the page's colours. In a script of its own, because of uPlot. It is a picture only: words, keys and the
 * table of its values are `TimeChart`'s.
 */
export function TimePlot(props: TimePlotProps): ReactElement {
  const ref = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const latest = useRef(props);
  const { times, series, at } = props;
  const shapes = series.map(({ shape, tone }) => `${shape} ${tone}`).join();

  // The first effect: those below read what it keeps.
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const made = new UPlot(optionsOf(element, latest), dataOf(latest.current), element);
    plot.current = made;
    const redraw = (): void => made.redraw(false, true);
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: PLOT_HEIGHT }));
    resize.observe(element);
    const theme = new MutationObserver(redraw);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', redraw);
    return () => {
      resize.disconnect();
      theme.disconnect();
      scheme.removeEventListener('change', redraw);
      made.destroy();
      plot.current = undefined;
    };
  }, [shapes]);

  useEffect(() => plot.current?.setData(dataOf(latest.current)), [times, series]);
  useEffect(() => mark(plot.current, latest.current), [at, times]);
  return <div ref={ref} className="time-plot" aria-hidden="true" />;
}

function dataOf({ times, series }: TimePlotProps): UPlot.AlignedData {
  return [[...times], ...layersOf(series).map(({ top }) => [...top])];
}

function mark(plot: UPlot | undefined, { at, times, step }: TimePlotProps): void {
  if (plot === undefined) return;
  const time = at === undefined ? undefined : times[at];
  // A position left of the drawing hides the mark.
  const left = time === undefined ? -10 : plot.valToPos(time + step / 2, 'x');
  if (plot.cursor.left !== left) plot.setCursor({ left, top: time === undefined ? -10 : 0 }, false);
}
