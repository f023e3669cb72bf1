/** What a command has no business with: keys, tokens, what was typed. The default of `denyRead`. */
export const HIDDEN: readonly string[] = [
  '~/.ssh', '~/.gnupg', '~/.aws', '~/.azure', '~/.kube', '~/.docker/config.json', '~/.config/gcloud', '~/.config/gh', '~/.config/hub', '~/.config/op',
  '~/.netrc', '~/.git-credentials', '~/.config/git/credentials', '~/.npmrc', '~/.yarnrc.yml', '~/.pypirc', '~/.cargo/credentials.toml', '~/.gem/credentials',
  '~/.m2/settings.xml', '~/.gradle/gradle.properties', '~/.terraform.d/credentials.tfrc.json', '~/.vault-token', '~/.pgpass', '~/.my.cnf', '~/.password-store',
  '~/.local/share/keyrings', '~/Library/Keychains', '~/.mozilla', '~/.config/google-chrome', '~/.config/chromium', '~/.claude', '~/.claude.json', '~/.codex',
  '~/.bash_history', '~/.zsh_history', '~/.node_repl_history', '~/.psql_history', '~/.python_history',
  '/etc/shadow', '/etc/gshadow', '/etc/sudoers', '/etc/sudoers.d', '/etc/ssl/private', '/etc/ssh',
];
