import { Feed } from '@pith/http';
import type { SharedPool } from '../account/shared-pool.ts';
import { type Payload, type PayloadSide, readPayload } from '../books/payloads.ts';
import { followLog } from '../books/read-log.ts';
import type { OpenBooks } from '../books/open.ts';
import type { HotSettings } from '../settings/settings.ts';
import { Meter } from './meter.ts';
import { nameOf, toPayload, toRow, toTime } from './shown.ts';

/** What a server tells while it runs, to whoever listens. */
export interface Live {
  requests: Feed;
  logs: Feed;
  meter: Meter;
  close(): void;
}

/** Of each body that goes over the stream; all of it is in GET /api/requests/:id. */
const BODY_CHARACTERS = 16_384;

/** @param setup `redact`: clients choose what agents, projects and conversations are called */
export function createLive({ books: { books, payloads }, pool, settings, data, redact }: { books: OpenBooks; pool: SharedPool; settings: HotSettings; data: string; redact: (text: string) => string }): Live {
  const clean = (row: object): object => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value as unknown]));
  const toName = (id: string | null): string | null => nameOf(id, pool);
  const requests = new Feed({
    source: (send) => books.onRow((event) => {
      if (event.type === 'start') {
        const { atMs, ...request } = event.request;
        return send({ type: 'start', data: clean({ ...request, timestamp: toTime(atMs) }) });
      }
      if (event.type === 'unwritten') return; // There is no row to show; the metrics count it.
      const { id } = event.row;
      send({ type: 'summary', data: clean(toRow(event.row, toName)) });
      if (!settings.values.keepPayloads) return;
      // It is kept in the background, after the request.
      void new Promise(setImmediate).then(() => payloads.flush()).then(() => readPayload(data, id)).then((payload) => { if (payload !== undefined) send({ type: 'payload', data: { id, ...toPayload(cut(payload)) } }); }, () => undefined); // Whoever wants it asks for it.
    }),
  });
  const logs = new Feed({
    source: (send) => {
      const stop = new AbortController();
      void (async () => {
        for await (const { atMs, ...line } of followLog(data, { signal: stop.signal })) send({ type: 'log', data: { timestamp: toTime(atMs), ...line } });
      })().catch((error: Error) => send({ type: 'log', data: { timestamp: toTime(Date.now()), level: 'error', pid: process.pid, text: `The log cannot be followed: ${error.message}` } }));
      return () => stop.abort();
    },
  });
  const meter = new Meter({ books, pool });
  return {
    requests, logs, meter,
    close: () => {
      requests.close();
      logs.close();
      meter.close();
    },
  };
}

function cut(payload: Payload): Payload {
  const short = <Side extends PayloadSide>(side: Side): Side => ((side.body?.length ?? 0) <= BODY_CHARACTERS ? side : { ...side, body: side.body!.slice(0, BODY_CHARACTERS), isCut: true });
  return { ...payload, request: short(payload.request), reply: short(payload.reply) };
}
