/** The words within `time`, `timeout N` and `nice [-n N]`, the only wrappers that are looked through. */
export function unwrap(words: readonly string[]): readonly string[] {
  for (let inner = words; ;) {
    const skip = wrapperLength(inner);
    if (skip === 0 || skip >= inner.length) return inner;
    inner = inner.slice(skip);
  }
}

function wrapperLength([program, second, third]: readonly string[]): number {
  if (program === 'time') return second === '-p' ? 2 : 1;
  if (program === 'timeout') return /^\d+(\.\d+)?[smhd]?$/.test(second ?? '') ? 2 : 0;
  if (program !== 'nice') return 0;
  if (second === '-n') return /^[+-]?\d+$/.test(third ?? '') ? 3 : 0;
  return second?.startsWith('-') ? 0 : 1;
}
