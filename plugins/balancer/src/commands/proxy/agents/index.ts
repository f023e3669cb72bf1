import ProxyAgentsList from './list.ts';

/** What one wants to see first. */
export default class ProxyAgents extends ProxyAgentsList {
  static override summary = 'The agents that requests are recognised by, and which model each gets.';
}
