/** How wide a text is, in pixels. */
export type MeasureText = (text: string, isBold?: boolean) => number;
