/** The shortest segment that is drawn, in pixels. */
export const MIN_SEGMENT = 2;

/** Where a bar may lie, in pixels. */
interface BarBounds {
  readonly xOf: (ms: number) => number;
  readonly left: number;
  readonly right: number;
}

/** A part with its place, in pixels. */
export interface PlacedPart<Part> {
  readonly part: Part;
  readonly x: number;
  readonly width: number;
}

/**
 * Places parts that follow each other, between the bounds. Each is at least 2 px wide, so that a short one pushes those after it to the right, and at
 * the right bound those before it to the left.
 */
export function placeBar<Part extends { readonly from: number; readonly to: number }>(
  parts: readonly Part[],
  { xOf, left, right }: BarBounds,
): readonly PlacedPart<Part>[] {
  const spans: { x: number; end: number }[] = [];
  let least = left;
  for (const { from, to } of parts) {
    const x = Math.max(least, Math.min(xOf(from), right));
    const end = Math.max(x + MIN_SEGMENT, Math.min(xOf(to), right));
    spans.push({ x, end });
    least = end;
  }
  let most = right;
  for (const span of spans.toReversed()) {
    span.end = Math.min(span.end, most);
    span.x = Math.min(span.x, span.end - MIN_SEGMENT);
    most = span.x;
  }
  return parts.flatMap((part, at) => {
    const span = spans[at];
    return span === undefined ? [] : [{ part, x: span.x, width: span.end - span.x }];
  });
}
