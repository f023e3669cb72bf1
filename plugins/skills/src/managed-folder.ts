import { dirname } from 'node:path';
import { managedSettingsFile } from '@pith/kernel';

/** Where an administrator puts theirs. No variable moves it. */
export const MANAGED_FOLDER = dirname(managedSettingsFile());
