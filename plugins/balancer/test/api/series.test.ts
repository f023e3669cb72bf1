import assert from 'node:assert/strict';
import { Counter, Histogram, SERIES_MAX } from '../../src/api/series.ts';

describe('a series of numbers', () => {
  it('escapes what clients choose, so that no name becomes a line of its own', () => {
    const counter = new Counter('a_total', 'A.', ['model']);
    counter.add(['x"} 1\nfake_total{y="\\\u2028\ud800']);
    assert.equal(counter.render(), '# HELP a_total A.\n# TYPE a_total counter\na_total{model="x\\"} 1\\nfake_total{y=\\"\\\\\u2028\ufffd"} 1\n');
  });

  it('counts the rest as other, beyond as many as are useful', () => {
    const counter = new Counter('a_total', 'A.', ['model']);
    for (let n = 0; n < SERIES_MAX + 100; n++) counter.add([`model-${n}`]);
    const lines = counter.render().trimEnd().split('\n').slice(2);
    assert.equal(lines.length, SERIES_MAX + 1);
    assert.equal(lines.at(-1), 'a_total{model="other"} 100');
  });

  it('has how many values are at most so much, growing', () => {
    const histogram = new Histogram('s', 'S.', [1, 2]);
    for (const value of [0.5, 1, 1.5, 3]) histogram.observe(value);
    assert.equal(histogram.render(), '# HELP s S.\n# TYPE s histogram\ns_bucket{le="1"} 2\ns_bucket{le="2"} 3\ns_bucket{le="+Inf"} 4\ns_sum 6\ns_count 4\n');
  });
});
