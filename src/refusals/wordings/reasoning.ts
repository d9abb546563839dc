/**
 * The provider refuses the reasoning of an earlier turn: another vendor, model or account made it, or it is no longer kept. Anthropic, Google and OpenAI, as
 * their users report it.
 */
export const REFUSED_REASONING = new RegExp(
  [
    '(?:invalid|missing) `?signature`? in `?thinking`?',
    '(?:corrupted|invalid) thought signature',
    'missing a `?thought_?signature`?',
    'invalid_encrypted_content',
    'encrypted content (?:[^.]{0,80} )?could not be (?:verified|decrypted)',
    "item with id '?rs_\\w+'? not found",
    'referenced reasoning item',
    '`?thinking`? or `?redacted_thinking`? blocks in the latest assistant message cannot be modified',
  ].join('|'),
);
