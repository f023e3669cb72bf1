import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Pool } from '../account/pool.ts';
import { KIND_WORDS } from '../account/shown.ts';
import { stateAt } from '../account/state.ts';
import type { Books, RequestRow } from '../books/row.ts';
import { Counter, gauge, Histogram, OTHER, SERIES_MAX } from './series.ts';

/** In seconds, as Prometheus has it. */
const LATENCY = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const LOOP_RESOLUTION_MS = 20;

/** Counts what this process does, for Prometheus. It hears of a request when it begins and when it is on the books. */
export class Meter {
  readonly #pool: Pick<Pool, 'accounts' | 'find'>;
  readonly #requests = new Counter('pith_requests_total', 'Requests that have ended.', ['status', 'account', 'model']);
  readonly #tokens = new Counter('pith_tokens_total', 'Tokens of requests that have ended.', ['kind', 'account', 'model']);
  readonly #cost = new Counter('pith_cost_microusd_total', 'Cost of requests whose price is known, in millionths of a dollar.', ['account', 'model']);
  readonly #unknown = new Counter('pith_cost_unknown_total', 'Requests that had tokens, and no known price.', ['model']);
  readonly #ends = new Counter('pith_request_ends_total', 'How requests ended.', ['end']);
  readonly #unwritten = new Counter('pith_requests_unwritten_total', 'Requests that could not be written on the books, mostly since the disk is full.', []);
  readonly #failovers = new Counter('pith_failovers_total', 'Attempts beyond the first of each request.', []);
  readonly #limits = new Counter('pith_account_limits_total', 'How often an account was benched.', ['account', 'status']);
  readonly #refreshes = new Counter('pith_token_refreshes_total', 'Tokens that were refreshed, or could not be.', ['account', 'result']);
  readonly #seconds = new Histogram('pith_request_duration_seconds', 'How long requests took.', LATENCY);
  readonly #firstByte = new Histogram('pith_first_byte_seconds', 'How long it took until the first byte was passed on.', LATENCY);
  /** Models that an account has answered for. */
  readonly #answered = new Set<string>();
  readonly #open = new Map<string, boolean>();
  readonly #stop: (() => void)[];
  #loop: LoopWatch | undefined;

  constructor({ books, pool }: { books: Pick<Books, 'onRow'>; pool: Pick<Pool, 'accounts' | 'find' | 'onChange'> }) {
    this.#pool = pool;
    this.#stop = [
      books.onRow((event) => {
        if (event.type === 'start') return void this.#open.set(event.request.id, event.request.isStream);
        this.#open.delete(event.type === 'end' ? event.row.id : event.id);
        if (event.type === 'end') this.#count(event.row);
        else this.#unwritten.add([]);
      }),
      pool.onChange((event, { name }) => {
        if (event.type === 'limited') this.#limits.add([name, String(event.status ?? 'none')]);
        else if (event.type === 'refreshed') this.#refreshes.add([name, 'done']);
        else if (event.type === 'refresh-failed') this.#refreshes.add([name, 'failed']);
      }),
    ];
  }

  /** In the text format, version 0.0.4. @param clean takes secrets out of what clients call their models */
  render(nowMs: number, clean: (text: string) => string = (text) => text): string {
    // Nothing is measured before somebody wants to know it.
    this.#loop ??= startLoopWatch();
    const states = this.#pool.accounts.map((account) => stateAt(account, nowMs).kind);
    const accounts = Object.keys(KIND_WORDS).map((kind) => ({ labels: { state: kind }, value: states.filter((state) => state === kind).length }));
    const streams = [...this.#open.values()].filter(Boolean).length;
    const loop = (['p50', 'p99', 'max'] as const).map((quantile) => ({ labels: { quantile }, value: this.#loopSeconds(quantile) }));
    const { rss, heapUsed } = process.memoryUsage();
    const text = [
      this.#requests, this.#ends, this.#unwritten, this.#tokens, this.#cost, this.#unknown, this.#failovers, this.#limits, this.#refreshes, this.#seconds, this.#firstByte,
    ].map((series) => series.render(clean)).join('') + [
      gauge('pith_accounts', 'Accounts by how they are.', accounts), gauge('pith_requests_in_flight', 'Requests under way.', [{ labels: {}, value: this.#open.size }]), gauge('pith_streams_open', 'Streams among them.', [{ labels: {}, value: streams }]),
      gauge('pith_event_loop_lag_seconds', 'How late the event loop was since it was last asked.', loop), gauge('process_resident_memory_bytes', 'Memory of the process.', [{ labels: {}, value: rss }]), gauge('nodejs_heap_used_bytes', 'Of it, what JavaScript uses.', [{ labels: {}, value: heapUsed }]),
    ].join('');
    this.#loop.reset();
    return text;
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.#loop?.disable();
  }

  #count(row: RequestRow): void {
    const { status, accountId, end, attempts, durationMs, firstByteMs, costMicroUsd, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = row;
    const account = accountId === null ? 'none' : this.#pool.find(accountId)?.name ?? 'removed';
    const name = this.#nameOf(row);
    this.#requests.add([String(status ?? 'none'), account, name]);
    this.#ends.add([end]);
    for (const [kind, tokens] of [['input', inputTokens], ['output', outputTokens], ['cache_read', cacheReadTokens], ['cache_write', cacheWriteTokens]] as const) if (tokens !== null && tokens > 0) this.#tokens.add([kind, account, name], tokens);
    if (costMicroUsd !== null) this.#cost.add([account, name], costMicroUsd);
    else if (inputTokens !== null || outputTokens !== null) this.#unknown.add([name]);
    if (attempts > 1) this.#failovers.add([], attempts - 1);
    this.#seconds.observe(durationMs / 1000);
    if (firstByteMs !== null) this.#firstByte.observe(firstByteMs / 1000);
  }

  /** What clients call a model may be anything, and a series stays for good: a name is one once it has had tokens. */
  #nameOf({ status, model, sentModel, askedModel, inputTokens, outputTokens }: RequestRow): string {
    const name = model ?? sentModel ?? askedModel;
    if (name === null) return 'none';
    if (this.#answered.has(name)) return name;
    if (status === null || status >= 400 || (inputTokens ?? outputTokens ?? 0) === 0 || this.#answered.size >= SERIES_MAX) return OTHER;
    this.#answered.add(name);
    return name;
  }

  #loopSeconds(quantile: 'p50' | 'p99' | 'max'): number {
    const nanoseconds = quantile === 'max' ? this.#loop!.max : this.#loop!.percentile(quantile === 'p50' ? 50 : 99);
    // What it measures includes the time that it waits on purpose.
    return this.#loop!.count === 0 ? 0 : Math.max(0, nanoseconds / 1e9 - LOOP_RESOLUTION_MS / 1000);
  }
}

type LoopWatch = ReturnType<typeof monitorEventLoopDelay>;

function startLoopWatch(): LoopWatch {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  return loop;
}
