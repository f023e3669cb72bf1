import type { Database, Pricing, Secrets } from '@pith/kernel';
import { RequestBooks } from './books.ts';
import type { Retention } from './clean-up.ts';
import type { Log } from './log.ts';
import { type BookOptions, PAYLOAD_DEFAULTS } from './options.ts';
import { createPayloads, type Payloads } from './payloads.ts';
import { type Cost, Prices } from './prices.ts';
import type { RequestRow } from './row.ts';

/** The books with what belongs to them. */
export interface OpenBooks {
  books: RequestBooks;
  prices: Prices;
  payloads: Payloads;
  /** That of the plugin. */
  log: Log;
  /** Other options, from now on. */
  configure(options: BookOptions): void;
  close(): Promise<void>;
}

/** Of what is kept at most, as much comes to it before it is looked whether it fits. */
const GROWTH_PARTS = 10;

/** @param setup `database`: with the tables of this plugin; `providerOf`: of an account, by which its prices are found */
export function openBooks({ database, data, pricing, secrets, options, providerOf, log, now = Date.now }: {
  database: Database; data: string; pricing: Pricing | undefined; secrets: Secrets; options: BookOptions; providerOf: (accountId: string) => string | undefined; log: Log; now?: () => number;
}): OpenBooks {
  const redact = (text: string): string => secrets.redact(text);
  const kept = { ...PAYLOAD_DEFAULTS, ...options.payloads };
  const toRetention = ({ requestDays }: BookOptions): Retention => ({ requestDays, payloadDays: kept.days, payloadBytes: kept.totalBytes });
  const prices = new Prices(pricing);
  const price = (row: RequestRow): Cost => prices.ofRow(row, row.accountId === null ? undefined : providerOf(row.accountId));
  const books = new RequestBooks({ database, data, redact, retention: toRetention(options), price, now, say: (least, text) => log[least](text) });
  let grownBytes = 0;
  const payloads = createPayloads({
    data, secrets, options: kept, now, say: (text) => log.warn(text),
    grown: (bytes) => {
      grownBytes += bytes;
      if (grownBytes * GROWTH_PARTS < kept.totalBytes) return;
      grownBytes = 0;
      books.cleanUp().catch((error: Error) => log.warn(`Old payloads could not be taken away: ${error.message}`));
    },
  });
  return {
    books, prices, payloads, log,
    configure: (next) => {
      Object.assign(kept, PAYLOAD_DEFAULTS, next.payloads); // Whoever keeps payloads looks there each time.
      books.retention = toRetention(next);
    },
    close: async () => {
      await payloads.flush();
      await books.close();
    },
  };
}
