import ProxyKeysList from './list.ts';

/** What one wants to see first. */
export default class ProxyKeys extends ProxyKeysList {
  static override summary = 'The client keys of pith proxy, with what they may do and have spent.';
}
