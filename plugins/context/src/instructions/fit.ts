import type { Instruction } from './instruction.ts';

/** One file, or one text, is told once: where it is strongest. */
export function withoutDoubles(files: readonly Instruction[]): Instruction[] {
  const known = new Set<string>();
  return files.toReversed().filter(({ place, digest }) => {
    if (known.has(place) || known.has(digest)) return false;
    known.add(place).add(digest);
    return true;
  }).reverse();
}

/** The nearest stay whole; what is farther away makes room. */
export function fitInto(files: readonly Instruction[], limitBytes: number): { files: Instruction[]; cut: { path: string; isGone: boolean }[] } {
  let room = limitBytes;
  const cut: { path: string; isGone: boolean }[] = [];
  const kept = files.toReversed().flatMap((file) => {
    const bytes = Buffer.byteLength(file.text);
    if (bytes <= room) {
      room -= bytes;
      return [file];
    }
    const left = Buffer.from(file.text).subarray(0, room).toString('utf8').replace(/\ufffd$/, '');
    room = 0;
    cut.push({ path: file.path, isGone: left === '' });
    return left === '' ? [] : [{ ...file, text: `${left}\n[Cut here: the instructions are longer than ${limitBytes / 1024} KiB in all.]` }];
  });
  return { files: kept.reverse(), cut };
}
