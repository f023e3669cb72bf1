import type { Bag } from './bag.ts';
import type { BodyRoom } from './body-room.ts';
import type { Connections } from './connections.ts';
import type { Exchange } from './exchange.ts';
import type { ProxyLimits } from './limits.ts';
import type { ProxyParts } from './parts.ts';
import type { Turn } from './turn.ts';
import type { Watch } from './watch.ts';

/** What all requests of one proxy share. */
export interface Core {
  parts: ProxyParts;
  limits: ProxyLimits;
  connections: Connections;
  watch: Watch;
  room: BodyRoom;
  turn: Turn;
  /** Those under way. */
  exchanges: Bag<Exchange>;
  now: () => number;
  log: (line: string) => void;
}
