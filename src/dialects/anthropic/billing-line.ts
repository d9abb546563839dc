const NAME = 'x-anthropic-billing-header:';
/** A line of its own in a prompt, wherever it stands. */
const LINE = /^x-anthropic-billing-header:[^\n]*\n?/gm;

/** Whether bytes of JSON may hold the line. */
export function mayHoldBillingLine(json: Buffer | undefined): boolean {
  return json?.includes(NAME) === true;
}

/**
 * A text of a prompt without the line that Claude Code writes for Anthropic's billing. It differs in every request, so that no other vendor's cache
 * would ever find the prompt again (anthropics/claude-code#50085).
 */
export function withoutBillingLine(text: string): string {
  return text.includes(NAME) ? text.replaceAll(LINE, '') : text;
}
