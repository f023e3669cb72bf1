import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ContributionContext, KERNEL_VERSION } from '@pith/kernel';
import type { RouteHost } from '@pith/http';
import { noSuchAddress, toErrorBody } from '../proxy/refusal.ts';
import type { Balancer } from '../service.ts';
import { ROUTES } from './routes.ts';

export interface ManagementAt { listensOn: string; hosts?: readonly string[] }

/** The management API beside the data plane. Nothing of it is loaded before the proxy listens. */
export interface Management {
  /** For everything that is not below `/v1/`. */
  readonly other: RequestListener;
  /** Begins to count what the metrics tell. */
  begin(): void;
  /** Ends streams that would go on for ever. */
  close(): void;
}

export function createManagement(balancer: Balancer, context: ContributionContext, { listensOn, hosts = [] }: ManagementAt): Management {
  let opening: Promise<RouteHost> | undefined;
  let host: RouteHost | undefined;
  const open = async (): Promise<RouteHost> => {
    const [{ createRouteHost }, { toTokenCheck }, log] = await Promise.all([import('@pith/http'), import('../settings/token.ts'), balancer.log()]);
    return host = createRouteHost({
      routes: ROUTES.map((route) => ({ route, context })), token: toTokenCheck(balancer.settings, context.env), tokenHint: 'Make one with: pith proxy token', secrets: context.secrets, listensOn, hosts, log: (text) => log.error(text),
      document: { title: 'pith proxy', version: KERNEL_VERSION, description: 'What the account pool of pith can be asked and told.' },
    });
  };
  const serve = (found: RouteHost, request: IncomingMessage, response: ServerResponse): void => {
    if (found.handles(request.url ?? '')) return found.listener(request, response);
    const refusal = noSuchAddress(request.url ?? '');
    const body = toErrorBody(undefined, refusal);
    response.writeHead(refusal.status, { 'content-type': 'application/json', 'content-length': body.length, ...(request.complete ? {} : { connection: 'close' }) }).end(body);
  };
  return {
    other: (request, response) => {
      if (host !== undefined) return serve(host, request, response);
      (opening ??= open()).then((found) => serve(found, request, response), () => {
        opening = undefined; // Whoever asks next tries again.
        response.writeHead(500, { connection: 'close', 'content-length': 0 }).end();
      });
    },
    begin: () => void balancer.live().catch(() => undefined), // Said to whoever asks for it.
    close: () => {
      host?.close();
      host = undefined;
    },
  };
}
