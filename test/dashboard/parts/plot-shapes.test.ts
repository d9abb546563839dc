import { expect, test } from 'vitest';
import { type PlottedSeries, shapesOf } from '../../../dashboard/parts/plot-shapes.ts';

/** Steps of 10 ms that are 10 pixels wide, below a base at 100. */
function plotted(values: readonly (number | null)[], base: readonly (number | null)[]): PlottedSeries {
  return {
    layer: { base, top: values },
    times: values.map((_, at) => at * 10),
    step: 10,
    x: (instant) => instant,
    y: (value) => 100 - value,
    ratio: 1,
  };
}

test('an area fills each step from its start to its end, with one outline on top', () => {
  expect(shapesOf('area', plotted([20, 30], [0, 0]))).toEqual({
    rects: [
      [0, 80, 10, 20],
      [10, 70, 10, 30],
    ],
    lines: [
      [
        [0, 80],
        [10, 80],
        [10, 70],
        [20, 70],
      ],
    ],
  });
});

test('where a value is unknown, an area and a line have a gap', () => {
  expect(shapesOf('area', plotted([20, null, 5], [0, null, 0])).lines).toHaveLength(2);
  expect(shapesOf('line', plotted([20, null, 5, 6], [0, 0, 0, 0])).lines).toEqual([
    [
      [4, 80],
      [5, 80],
    ],
    [
      [24, 95],
      [25, 95],
      [35, 94],
    ],
  ]);
});

test('a column leaves a gap beside it and below it', () => {
  expect(shapesOf('column', plotted([50], [20])).rects).toEqual([[1, 50, 8, 29]]);
  expect(shapesOf('column', plotted([50], [0])).rects).toEqual([[1, 50, 8, 50]]);
});

test('a column that is not zero is seen, however small it is, and zero is not', () => {
  expect(shapesOf('column', plotted([20.01], [20])).rects).toEqual([[1, 77, 8, 2]]);
  expect(shapesOf('column', plotted([20, null], [20, null])).rects).toEqual([]);
});

test('narrow steps have columns without gaps', () => {
  const narrow = { ...plotted([50], [0]), x: (instant: number) => instant / 10 };
  expect(shapesOf('column', narrow).rects).toEqual([[0, 50, 1, 50]]);
});
