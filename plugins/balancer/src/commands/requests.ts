import { Args, Command, Flags } from '@oclif/core';
import { type Database, escapeControl, EXIT, resolvePaths } from '@pith/kernel';
import type { Payload } from '../books/payloads.ts';
import type { RequestFilter } from '../books/query/filter.ts';
import type { StoredRequest } from '../books/query/requests.ts';
import { balancerError } from '../errors.ts';
import { withBalancer } from '../with-balancer.ts';

type Shown = { requests: readonly StoredRequest[]; next: string | null } | { request: StoredRequest; payload: Payload | null };

export default class Requests extends Command {
  static override summary = 'List the requests of all accounts, newest first, or show one.';
  static override description = 'Those of pith itself and of the proxy. With --follow each is shown when it has ended, whichever process it went through, until Ctrl+C; with --json, too, a line each.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'The newest 20', command: '<%= config.bin %> <%= command.id %> --limit 20' },
    { description: 'What went wrong in the last two hours', command: '<%= config.bin %> <%= command.id %> --status error --since 2h' },
    { description: 'For a program, 200 of them', command: '<%= config.bin %> <%= command.id %> --limit 200 --json' },
  ];
  static override args = { request: Args.string({ description: 'The id of one request: all that is known of it.' }) };
  static override flags = {
    limit: Flags.integer({ char: 'n', summary: 'So many.', default: 20, min: 1, max: 1000, helpValue: 'N' }),
    account: Flags.string({ char: 'a', summary: 'Only of this account, by name or id.', helpValue: 'NAME', multiple: true }),
    model: Flags.string({ char: 'm', summary: 'Only of this model, as the reply names it.', helpValue: 'MODEL', multiple: true }),
    agent: Flags.string({ summary: 'Only of this agent.', helpValue: 'AGENT', multiple: true }),
    key: Flags.string({ char: 'k', summary: 'Only of this client key of the proxy, by name or id.', helpValue: 'NAME', multiple: true }),
    status: Flags.string({ char: 's', summary: 'How they went.', options: ['all', 'success', 'error'], default: 'all' }),
    since: Flags.string({ summary: 'From then on: 30m, 2h or 7d ago, or a day.', helpValue: 'TIME' }),
    cursor: Flags.string({ summary: 'Go on behind a page: what --json calls next.', helpValue: 'NEXT', exclusive: ['follow'] }),
    follow: Flags.boolean({ char: 'f', summary: 'Show what comes from now on.' }),
  };

  #hasFollowed = false;

  async run(): Promise<Shown> {
    const { args, flags } = await this.parse(Requests);
    const [{ formatRequests }, { toFilter, toKeyFilter, toNames }, { foldEverything, textsOnBooks }, { parseSince }, { listRequests }] = await Promise.all([import('../books/show/format-requests.ts'), import('../books/show/scope.ts'), import('../books/show/command-books.ts'), import('../books/show/parse-since.ts'), import('../books/query/requests.ts')]);
    const nowMs = Date.now();
    const sinceMs = flags.since === undefined ? undefined : parseSince(flags.since, nowMs);
    return withBalancer(this.config, async (balancer) => {
      const database = await foldEverything(balancer, (text) => this.logToStderr(text));
      const { accounts } = await balancer.pool();
      const nameOf = toNames(accounts);
      if (args.request !== undefined) return this.#showOne(args.request, { database, nameOf, nowMs });
      const filter = { ...toFilter(flags, accounts, await textsOnBooks(database, flags.account)), ...await toKeyFilter(balancer, flags.key), ...(sinceMs === undefined ? {} : { fromMs: sinceMs }) };
      if (flags.follow) return this.#follow(database, { filter, nameOf });
      const page = await listRequests(database, filter, { limit: flags.limit, ...(flags.cursor === undefined ? {} : { cursor: flags.cursor }) });
      if (page.requests.length > 0) this.log(formatRequests(page.requests, { nameOf, nowMs }));
      else this.log('There are no such requests on the books. They come with: pith run, pith chat or pith proxy');
      if (page.next !== null) this.logToStderr(`Older ones: pith requests --limit ${Math.min(1000, flags.limit * 5)}`);
      return page;
    });
  }

  async #showOne(id: string, { database, nameOf, nowMs }: { database: Database; nameOf: (id: string | null) => string; nowMs: number }): Promise<Shown> {
    const [{ findRequest }, { readPayload }, { formatRequest }, { listKeys, toNames }] = await Promise.all([import('../books/query/requests.ts'), import('../books/payloads.ts'), import('../books/show/format-requests.ts'), import('../books/show/scope.ts')]);
    const request = await findRequest(database, id);
    if (request === undefined) throw balancerError('REQUEST_NOT_FOUND', `There is no request ${escapeControl(JSON.stringify(id))} on the books`, { hint: 'Ids are in: pith requests --json' });
    const payload = await readPayload(resolvePaths(process.env, this.config).data, id);
    this.log(formatRequest(request, { payload, nameOf, keyNameOf: toNames(await listKeys(database, request.clientKeyId === null ? [] : [request.clientKeyId])), nowMs }));
    return { request, payload: payload ?? null };
  }

  async #follow(database: Database, { filter, nameOf }: { filter: RequestFilter; nameOf: (id: string | null) => string }): Promise<Shown> {
    const [{ followRequests }, { formatHead, formatLine }, { toJsonLine }, { untilStopped, writeOut }] = await Promise.all([import('../books/follow.ts'), import('../books/show/format-requests.ts'), import('../books/show/json-line.ts'), import('../books/show/until-stopped.ts')]);
    this.#hasFollowed = true;
    const isJson = this.jsonEnabled();
    await untilStopped(async (signal) => {
      if (!isJson) await writeOut(`${formatHead()}\n`, signal);
      for await (const request of followRequests(database, filter, { signal })) {
        await writeOut(isJson ? toJsonLine(request) : `${formatLine(request, { nameOf, nowMs: Date.now() })}\n`, signal);
      }
    });
    process.exitCode = EXIT.interrupted;
    return { requests: [], next: null };
  }

  /** Each was written when it came. */
  protected override logJson(json: unknown): void {
    if (!this.#hasFollowed) super.logJson(json);
  }
}
