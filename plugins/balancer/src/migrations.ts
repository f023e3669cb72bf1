import type { Migration } from '@pith/kernel';
import { ACCOUNT_TABLES } from './account/tables.ts';
import { BOOK_TABLES } from './books/tables.ts';
import { KEY_TABLES } from './keys/tables.ts';
import { MACHINE_TABLES } from './machine-tables.ts';

/** Tables of this plugin, in the order in which they are made. What was released stays as it is, and new ones go to the end. */
export const MIGRATIONS: readonly Migration[] = [ACCOUNT_TABLES, BOOK_TABLES, KEY_TABLES, MACHINE_TABLES];
