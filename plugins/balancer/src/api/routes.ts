import type { Route, RouteBody, RouteHead } from '@pith/kernel';

const route = (method: RouteHead['method'], path: string, summary: string, load: () => Promise<RouteBody>, access: RouteHead['access'] = 'token'): Route => ({ method, path, summary, load, access });

/** What the pool can be asked and told over HTTP. Nothing of it is loaded before it is asked. */
export const ROUTES: readonly Route[] = [
  route('GET', '/health', 'Whether requests would be taken; with the token also why not.', async () => (await import('./health.ts')).health, 'open'),
  route('GET', '/metrics', 'Counters and gauges for Prometheus.', async () => (await import('./metrics.ts')).metrics, 'open'),

  route('GET', '/api/stats', 'Everything at a glance.', async () => (await import('./stats.ts')).stats),
  route('POST', '/api/stats/reset', 'Forget all requests.', async () => (await import('./stats.ts')).resetStats),
  route('GET', '/api/analytics', 'What a chart shows of a time.', async () => (await import('./analytics.ts')).analytics),

  route('GET', '/api/accounts', 'The accounts, and how they are.', async () => (await import('./accounts.ts')).listAccounts),
  route('POST', '/api/accounts', 'Add an account that is paid for by a key or a token.', async () => (await import('./account-new.ts')).newAccount),
  route('GET', '/api/accounts/:id', 'One account, and why it is where it is.', async () => (await import('./accounts.ts')).showAccount),
  route('DELETE', '/api/accounts/:id', 'Remove an account with its secret; its name confirms it.', async () => (await import('./account-changes.ts')).removeRoute),
  route('POST', '/api/accounts/:id/tier', 'How much an account takes in relation to others.', async () => (await import('./account-changes.ts')).tier),
  route('POST', '/api/accounts/:id/priority', 'How soon an account comes.', async () => (await import('./account-changes.ts')).priority),
  route('POST', '/api/accounts/:id/rename', 'Call an account something else.', async () => (await import('./account-changes.ts')).rename),
  route('POST', '/api/accounts/:id/pause', 'Keep requests from an account.', async () => (await import('./account-changes.ts')).pause),
  route('POST', '/api/accounts/:id/resume', 'Let requests go to an account again.', async () => (await import('./account-changes.ts')).resume),

  route('POST', '/api/oauth/init', 'Begin a sign-in: open authUrl, on any machine.', async () => (await import('./oauth.ts')).init),
  route('POST', '/api/oauth/callback', 'End a sign-in with what the issuer gave.', async () => (await import('./oauth.ts')).callback),

  route('GET', '/api/agents', 'The agents that requests are recognised by.', async () => (await import('./agents.ts')).listAgents),
  route('GET', '/api/agents/:id/preference', 'The model that is preferred for an agent.', async () => (await import('./agents.ts')).preference),
  route('POST', '/api/agents/:id/preference', 'Prefer a model for an agent; null for none.', async () => (await import('./agents.ts')).setPreference),
  route('PATCH', '/api/agents/:id', 'The same; the file of an agent is not written.', async () => (await import('./agents.ts')).setPreference),
  route('POST', '/api/agents/bulk-preference', 'Prefer a model for many agents.', async () => (await import('./agents.ts')).bulkPreference),
  route('GET', '/api/workspaces', 'The folders whose agents are known.', async () => (await import('./agents.ts')).workspaces),

  route('GET', '/api/keys', 'The client keys, and what they have spent.', async () => (await import('./keys.ts')).listKeys),
  route('POST', '/api/keys', 'Make a client key.', async () => (await import('./keys.ts')).newKey),
  route('DELETE', '/api/keys/:id', 'Remove a client key; its name confirms it.', async () => (await import('./keys.ts')).removeKey),
  route('POST', '/api/keys/:id/pause', 'Let a client key count no more.', async () => (await import('./keys.ts')).pauseKey),
  route('POST', '/api/keys/:id/resume', 'Let a client key count again.', async () => (await import('./keys.ts')).resumeKey),
  route('POST', '/api/keys/:id/rotate', 'Give a client key another secret.', async () => (await import('./keys.ts')).rotateKey),

  route('GET', '/api/config', 'The settings, each with where it comes from.', async () => (await import('./config.ts')).config),
  route('PATCH', '/api/config', 'Change settings from the next request on; null takes a change back.', async () => (await import('./config.ts')).changeConfig),
  route('GET', '/api/config/strategy', 'How accounts are chosen.', async () => (await import('./config.ts')).strategy),
  route('POST', '/api/config/strategy', 'Choose accounts in another way.', async () => (await import('./config.ts')).setStrategy),
  route('GET', '/api/config/model', 'The model of agents that name none.', async () => (await import('./config.ts')).model),
  route('POST', '/api/config/model', 'Set the model of agents that name none.', async () => (await import('./config.ts')).setModel),
  route('GET', '/api/config/retention', 'How long requests and payloads are kept.', async () => (await import('./config.ts')).retention),
  route('POST', '/api/config/retention', 'Keep requests and payloads longer or shorter.', async () => (await import('./config.ts')).setRetention),
  route('GET', '/api/strategies', 'The ways in which accounts can be chosen.', async () => (await import('./config.ts')).strategies),

  route('GET', '/api/requests', 'Requests, newest first.', async () => (await import('./requests.ts')).listRoute),
  route('GET', '/api/requests/detail', 'Requests with what went to and fro, where that is kept.', async () => (await import('./requests.ts')).details),
  route('GET', '/api/requests/stream', 'Requests of this server as they begin and end (SSE: start, summary, payload).', async () => (await import('./live-routes.ts')).requestStream),
  route('GET', '/api/requests/:id', 'One request, with what went to and fro where that is kept.', async () => (await import('./requests.ts')).one),

  route('GET', '/api/logs/stream', 'Lines of the log of all processes as they come (SSE: log).', async () => (await import('./live-routes.ts')).logStream),
  route('GET', '/api/logs/history', 'The newest lines of the log.', async () => (await import('./live-routes.ts')).logHistory),

  route('POST', '/api/maintenance/cleanup', 'Take away what is older than it is to be kept.', async () => (await import('./maintenance.ts')).cleanup),
  route('POST', '/api/maintenance/compact', 'Give back the room of what was deleted in the database.', async () => (await import('./maintenance.ts')).compact),
];
