import type { Layer } from '@pith/kernel';
import { databaseError } from './errors.ts';

const OF_A_PROJECT: readonly (Layer | undefined)[] = ['project', 'local'];

/**
 * Everything that plugins keep goes to that server, and a password: no project chooses it.
 * @throws PithError DATABASE_URL_INVALID
 */
export function checkLayer(layer: Layer | undefined): void {
  if (!OF_A_PROJECT.includes(layer)) return;
  throw databaseError('DATABASE_URL_INVALID', 'plugins.database.url stands in the settings of a project, which may not choose where your data goes', { hint: 'Take it out there. In your own settings it counts; pith config shows where each value comes from.' });
}
