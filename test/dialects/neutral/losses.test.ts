import { expect, test } from 'vitest';
import { Losses } from '../../../src/dialects/neutral/losses.ts';

test('what is reported is reported once, sorted', () => {
  const losses = new Losses();
  losses.add('top_p', 'reported');
  losses.report({ field: 'seed' });
  losses.report(undefined);
  losses.add('top_p', 'reported');
  losses.add('metadata', 'silent');
  expect([losses.reported, losses.reason, losses.field]).toEqual([['seed', 'top_p'], undefined, undefined]);
});

test('the first reason against a target counts, with its field', () => {
  const losses = new Losses();
  losses.add('audio', 'unsuited');
  losses.note({ field: 'n', loss: 'unsuited', reason: 'Another one.' });
  losses.refuse('A third one.');
  expect([losses.reason, losses.field]).toEqual(["This entry cannot take 'audio'.", 'audio']);
});

test('a reason may be of no field', () => {
  const losses = new Losses();
  losses.refuse('It has neither schemas nor tools.');
  losses.add('n', 'unsuited');
  expect([losses.reason, losses.field]).toEqual(['It has neither schemas nor tools.', undefined]);
});
