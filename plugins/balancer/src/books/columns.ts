/** A text that stands once in `balancer_names`, one that stands in the row, a whole number up to a limit. */
type Kind = 'name' | 'text' | { most: number };

interface Column { name: string; type: string; kind: Kind }

const SMALL: Kind = { most: 32_767 };
const INTEGER: Kind = { most: 2_147_483_647 };
const BIG: Kind = { most: Number.MAX_SAFE_INTEGER };
const text = (name: string): Column => ({ name, type: 'integer', kind: 'name' });
const integer = (name: string): Column => ({ name, type: 'integer', kind: INTEGER });
const small = (name: string): Column => ({ name, type: 'smallint', kind: SMALL });
const big = (name: string): Column => ({ name, type: 'bigint', kind: BIG });

/** Of a row, besides `seq`: in the database, and in a line of a file. */
export const COLUMNS = [
  { name: 'id', type: 'text NOT NULL', kind: 'text' }, { name: 'at_ms', type: 'bigint NOT NULL', kind: BIG }, { name: 'via', type: 'smallint NOT NULL', kind: SMALL },
  text('endpoint'), text('family'), text('account'), small('status'), { name: 'ended', type: 'smallint NOT NULL', kind: SMALL }, text('error'), integer('duration_ms'), integer('first_byte_ms'), small('attempts'),
  text('route'), text('asked_model'), text('sent_model'), text('model'), { name: 'is_stream', type: 'smallint NOT NULL', kind: SMALL },
  integer('input_tokens'), integer('output_tokens'), integer('cache_read_tokens'), integer('cache_write_tokens'), integer('reasoning_tokens'), integer('speed_tenths'), big('cost_micro_usd'), text('price_date'),
  text('agent'), text('project'), text('conversation'), text('client_key'), big('request_bytes'), big('reply_bytes'), integer('id_key'),
] as const satisfies readonly Column[];

/** A line: the values of the columns in their order, texts as they are. */
export type Line = readonly (string | number | null)[];

/** Of an id, the milliseconds that it begins with. */
const TIME_LENGTH = 9;
const TIME_BASE = 36;
const BITS_31 = 2 ** 31;

/**
 * By what a row is found by its id: an index of numbers takes half the room of one of ids. It grows with the time that ids begin with, so that
 * new rows stand together in the index; of chance, each would have another page written.
 */
export function toIdKey(id: string): number {
  const ms = Number.parseInt(id.slice(0, TIME_LENGTH), TIME_BASE);
  return Number.isNaN(ms) ? 0 : ms % BITS_31;
}
