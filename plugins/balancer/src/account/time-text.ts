const UNITS = [['d', 86_400_000], ['h', 3_600_000], ['min', 60_000], ['s', 1000]] as const;

/** A length of time in its two largest units, or in its largest: `2 h 5 min`. */
export function toLengthText(ms: number, { isRough = false } = {}): string {
  const rounded = Math.max(1000, Math.round(ms / 1000) * 1000);
  const first = UNITS.findIndex(([, unitMs]) => rounded >= unitMs);
  const [name, unitMs] = UNITS[first]!;
  const next = UNITS[first + 1];
  const rest = isRough || next === undefined ? 0 : Math.floor((rounded % unitMs) / next[1]);
  return `${Math.floor(rounded / unitMs)} ${name}${rest === 0 ? '' : ` ${rest} ${next![0]}`}`;
}

/** A point in time where the person is; without the date where it is that of today. */
export function toTimeText(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return at.toDateString() === new Date(nowMs).toDateString() ? time : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** `14:05:00, in 2 h 5 min` */
export function toUntilText(untilMs: number, nowMs: number): string {
  return `${toTimeText(untilMs, nowMs)}, in ${toLengthText(untilMs - nowMs)}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
