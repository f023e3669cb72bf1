import assert from 'node:assert/strict';
import { test } from 'node:test';
import { priceOf } from '../src/basket.js';

test('two pieces cost the full price', () => {
  assert.equal(priceOf([{ cents: 250, pieces: 2 }]), 500);
});

test('three pieces cost a tenth less', () => {
  assert.equal(priceOf([{ cents: 1000, pieces: 3 }]), 2700);
});
