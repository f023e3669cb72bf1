import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whyRefused } from '../src/policy.js';

describe('whyRefused', () => {
  it('names the better way for a forced push', () => {
    assert.match(whyRefused('git push --force origin main') ?? '', /--force-with-lease/);
    assert.match(whyRefused('git push -f') ?? '', /--force-with-lease/);
  });

  it('has no opinion of other commands', () => {
    for (const command of ['git push', 'git push --force-with-lease', 'rm -f notes.txt', 'npm test']) assert.equal(whyRefused(command), undefined, command);
  });
});
