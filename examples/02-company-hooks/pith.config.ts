// Names the hook files of this repository. They run once a person has looked at them and said: pith trust
export default { hooks: ['./hooks/protected-branches.ts', './hooks/production-hosts.ts'] };
