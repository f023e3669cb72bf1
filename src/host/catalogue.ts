/** Every plugin that pith knows by name, shipped or not: their names may stand in a plugin's order though they are absent. */
export const CATALOGUE: readonly string[] = [
  'anthropic', 'openai', 'scripted', 'pricing', 'tools', 'permissions', 'vault', 'context', 'input', 'compaction', 'skills', 'resilience', 'database', 'sessions', 'checkpoints', 'terminal',
  'balancer', 'billing', 'webhooks', 'agents', 'server', 'mcp', 'acp', 'codemap', 'sandbox', 'classifier', 'command-hooks', 'voice', 'notify', 'telemetry', 'dashboard', 'auth',
];
