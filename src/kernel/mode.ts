import { describe, PithError } from './errors.ts';
import { type Mode, MODES } from './event.ts';

/** Strictest first: a sub-turn never does more than the session may. */
const BY_STRICTNESS: readonly Mode[] = ['plan', 'dontAsk', 'default', 'acceptEdits', 'bypassPermissions'];

export function stricterMode(a: Mode, b: Mode): Mode {
  return BY_STRICTNESS.indexOf(a) < BY_STRICTNESS.indexOf(b) ? a : b;
}

/**
 * A mode that somebody asks for while a session is open.
 * @param forbidBypass who has ruled out `bypassPermissions`, as file and line
 * @throws PithError MODE_REFUSED
 */
export function checkMode(mode: unknown, forbidBypass: string | undefined): Mode {
  const known = MODES.find((each) => each === mode);
  const allowed = MODES.filter((each) => each !== 'bypassPermissions' || forbidBypass === undefined);
  const hint = `Use one of: ${allowed.join(', ')}.`;
  if (known === undefined) throw new PithError(`There is no mode ${describe(mode)}`, { code: 'MODE_REFUSED', hint });
  if (!allowed.includes(known)) throw new PithError(`Mode ${known} is not allowed on this machine (${forbidBypass})`, { code: 'MODE_REFUSED', hint });
  return known;
}
