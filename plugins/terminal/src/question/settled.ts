import { useInput } from 'ink';
import { useEffect, useRef, useState } from 'react';
import { type Quiet, startQuiet } from './quiet.ts';
import { SETTLE_MS } from './state.ts';

/**
 * Whether a question may be answered yet. Who types when it appears goes on typing for a moment: until no key was pressed for this long, keys
 * belong to the input line, where none is lost, and the question shows no sign at any of its answers.
 * @param id of the question; nothing while none is asked
 */
export function useSettled(id: unknown): boolean {
  const [settled, settle] = useState<unknown>(undefined);
  const quiet = useRef<Quiet>(undefined);
  const waits = id !== undefined && settled !== id;
  useEffect(() => {
    if (id === undefined) return undefined;
    quiet.current = startQuiet(SETTLE_MS, () => settle(id));
    return () => quiet.current?.stop();
  }, [id]);
  useInput(() => { if (waits) quiet.current?.touch(); });
  return id !== undefined && !waits;
}
