import type { Database, Pricing, Secrets } from '@pith/kernel';
import { RequestBooks } from './books.ts';
import type { Retention } from './clean-up.ts';
import { createLog, type Level, type Log } from './log.ts';
import type { BookOptions } from './options.ts';
import { createPayloads, PAYLOAD_DEFAULTS, type PayloadOptions, type Payloads } from './payloads.ts';
import { type Cost, Prices } from './prices.ts';
import type { RequestRow } from './row.ts';

/** The books with what belongs to them. */
export interface OpenBooks {
  books: RequestBooks;
  prices: Prices;
  payloads: Payloads;
  log: Log;
  close(): Promise<void>;
}

/** Of what is kept at most, as much comes to it before it is looked whether it fits. */
const GROWTH_PARTS = 10;

/** @param setup `database`: with the tables of this plugin; `providerOf`: of an account, by which its prices are found; `level`: of the log */
export function openBooks({ database, data, pricing, secrets, options, providerOf, level, now = Date.now }: {
  database: Database; data: string; pricing: Pricing | undefined; secrets: Secrets; options: BookOptions; providerOf: (accountId: string) => string | undefined; level?: Level; now?: () => number;
}): OpenBooks {
  const redact = (text: string): string => secrets.redact(text);
  const log = createLog({ data, redact, now, ...(level === undefined ? {} : { level }) });
  // Read whenever they are needed: they can be changed while it runs.
  const kept: PayloadOptions = {
    get keep() { return options.payloads.keep ?? PAYLOAD_DEFAULTS.keep; }, get maxBytes() { return options.payloads.maxBytes ?? PAYLOAD_DEFAULTS.maxBytes; },
    get days() { return options.payloads.days ?? PAYLOAD_DEFAULTS.days; }, get totalBytes() { return options.payloads.totalBytes ?? PAYLOAD_DEFAULTS.totalBytes; },
  };
  const retention: Retention = { get requestDays() { return options.requestDays; }, get payloadDays() { return kept.days; }, get payloadBytes() { return kept.totalBytes; } };
  const prices = new Prices(pricing);
  const price = (row: RequestRow): Cost => prices.ofRow(row, row.accountId === null ? undefined : providerOf(row.accountId));
  const books = new RequestBooks({ database, data, redact, retention, price, now, say: (least, text) => log[least](text) });
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
    close: async () => {
      await payloads.flush();
      try {
        await books.close();
      } finally {
        log.close();
      }
    },
  };
}
