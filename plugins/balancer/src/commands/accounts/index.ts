import AccountsList from './list.ts';

/** What one wants to see first. */
export default class Accounts extends AccountsList {
  static override summary = 'The accounts of the pool: which take requests, and why others do not.';
  static override examples = [{ description: 'All of them', command: '<%= config.bin %> <%= command.id %>' }];
}
