/** The words within `time`, `timeout N` and `nice [-n N]`, the only wrappers that are looked through. */
export function unwrap(words: readonly string[]): readonly string[] {
  for (let start = 0; ;) {
    const skip = wrapperLength(words, start);
    if (skip === 0 || start + skip >= words.length) return start === 0 ? words : words.slice(start);
    start += skip;
  }
}

function wrapperLength(words: readonly string[], start: number): number {
  const [program, second, third] = [words[start], words[start + 1], words[start + 2]];
  if (program === 'time') return second === '-p' ? 2 : 1;
  if (program === 'timeout') return /^\d+(\.\d+)?[smhd]?$/.test(second ?? '') ? 2 : 0;
  if (program !== 'nice') return 0;
  if (second === '-n') return /^[+-]?\d+$/.test(third ?? '') ? 3 : 0;
  return second?.startsWith('-') ? 0 : 1;
}
