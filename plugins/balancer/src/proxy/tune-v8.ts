import { setFlagsFromString } from 'node:v8';

/** Of Node 24. Any other would say on standard error that it does not know a flag that is gone, or still to come. */
const KNOWN_V8 = '13.6.';

/**
 * V8 looks through its whole heap whenever some 32 MB of bytes outside of it have come and gone, which bodies of requests do all the time. With
 * this flag they count together with the heap, and it looks when both have grown (docs/decisions/0064).
 */
export function tuneV8(): void {
  if (process.versions.v8.startsWith(KNOWN_V8)) setFlagsFromString('--external-memory-accounted-in-global-limit');
}
