import { hostname } from 'node:os';

/** How this process is named in events, for those who look later who has done something. */
export function nameProcess(): string {
  return `${hostname()} ${process.pid}`;
}
