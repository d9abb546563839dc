/** How wide a text is in the page's font, in pixels. */
export type MeasureText = (text: string, isBold?: boolean) => number;

/** A measure of texts of this size in pixels, in the font of an element. */
export function measureIn(element: Element, size: number): MeasureText {
  const context = document.createElement('canvas').getContext('2d');
  const family = getComputedStyle(element).fontFamily;
  return (text, isBold = false) => {
    if (context === null) return estimate(text, size);
    context.font = `${isBold ? 550 : 400} ${size}px ${family}`;
    return context.measureText(text).width;
  };
}

/** About how wide a text is: rather too wide. */
function estimate(text: string, size: number): number {
  return text.length * size * 0.55;
}
