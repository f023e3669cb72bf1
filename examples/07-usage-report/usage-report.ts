// Keeps one line for each turn: which models were called, how often, for how many tokens and what it cost.
// An observer hears everything and changes nothing, and no turn waits for it.
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { addUsage, definePlugin, type TurnEvent, type Usage } from '@pith/kernel';

export interface ModelUsage { calls: number; usage: Usage; /** `null` is unknown, never free. */ costMicroUsd: number | null }

/** By provider and model. Every call counts: a retry and a summary cost, too. */
export function addCall(report: Readonly<Record<string, ModelUsage>>, event: Extract<TurnEvent, { type: 'model-end' }>): Record<string, ModelUsage> {
  const key = `${event.provider}/${event.model}`;
  const { calls, usage, costMicroUsd } = report[key] ?? { calls: 0, usage: { input: 0, output: 0 }, costMicroUsd: 0 };
  const cost = costMicroUsd === null || event.costMicroUsd === null ? null : costMicroUsd + event.costMicroUsd;
  return { ...report, [key]: { calls: calls + 1, usage: event.usage === null ? usage : addUsage(usage, event.usage), costMicroUsd: cost } };
}

export default definePlugin({
  name: 'usage-report',
  setup({ hooks, paths }) {
    const file = join(paths.data, 'usage-report.jsonl');
    // Sessions of one process run side by side: each turn has a report of its own until it ends.
    const turns = new Map<string, Record<string, ModelUsage>>();
    hooks.output.tap('usage-report', async (event) => {
      if (event.type === 'model-end') turns.set(event.turnId, addCall(turns.get(event.turnId) ?? {}, event));
      if (event.type !== 'turn-end') return;
      const models = turns.get(event.turnId) ?? {};
      turns.delete(event.turnId);
      await mkdir(paths.data, { recursive: true });
      await appendFile(file, `${JSON.stringify({ atMs: event.atMs, session: event.sessionId, status: event.status, models })}\n`);
    });
  },
});
