import assert from 'node:assert/strict';
import { childEnvironment, commandEnvironment } from '@pith/child';

const SECRET = [
  'ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL', 'OPENAI_API_KEY', 'OPENAI_ORG', 'OPENROUTER_API_KEY', 'PITH_VAULT', 'PITH_SERVER_TOKEN', 'GEMINI_API_KEY',
  'SOME_APIKEY', 'apiKey_TOKEN', 'GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_PAT', 'NPM_TOKEN', 'npm_config_//registry.npmjs.org/:_authToken', 'NODE_AUTH_TOKEN', 'HF_TOKEN', 'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AZURE_CLIENT_SECRET', 'GOOGLE_APPLICATION_CREDENTIALS', 'STRIPE_KEY', 'STRIPE_SECRET', 'JWT', 'JWT_SECRET', 'DB_PASSWORD', 'PGPASSWORD',
  'POSTGRES_PASSWORD_FILE', 'MYSQL_PWD', 'SMTP_PASS', 'SUDO_PASSWD', 'SSH_KEY_PASSPHRASE', 'DOCKER_AUTH_CONFIG', 'SESSION_COOKIE', 'SECRET_KEY_BASE', 'RAILS_MASTER_KEY', 'CI_JOB_TOKEN', 'VAULT_TOKEN',
];
const HARMLESS = [
  'PATH', 'HOME', 'PWD', 'OLDPWD', 'USER', 'LANG', 'TZ', 'SHELL', 'TMPDIR', 'PITH_HOME', 'SSH_AUTH_SOCK', 'SSH_ASKPASS', 'GIT_AUTHOR_NAME', 'XAUTHORITY', 'AWS_REGION', 'AWS_PROFILE', 'KEYBOARD', 'MONKEY',
  'COMPASS', 'TOKENIZERS_PARALLELISM', 'NODE_OPTIONS', 'http_proxy', 'NO_PROXY', 'SSL_CERT_FILE', 'VIRTUAL_ENV', 'PATTERN', 'AUTHOR',
];

describe('childEnvironment', () => {
  it('leaves out what looks like a credential by its name', () => {
    assert.deepEqual(childEnvironment(Object.fromEntries(SECRET.map((name) => [name, 'value']))), {});
  });

  it('keeps what does not', () => {
    const env = Object.fromEntries(HARMLESS.map((name) => [name, 'value']));

    assert.deepEqual(childEnvironment(env), env);
  });

  for (const value of [
    'sk-ant-api03-abcdefghijklmnop', 'ghp_abcdefghijklmnopqrstuvwxyz0123456789', 'github_pat_11ABCDEFG0abcdefghijkl', 'glpat-abcdefghij0123456789', 'xoxb-1234567890-abc', 'AKIAIOSFODNN7EXAMPLE',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', '-----BEGIN RSA PRIVATE KEY-----\nMIIE', 'postgres://me:word@db.example.org/app', 'http://user:word@proxy:3128',
  ]) it(`leaves out a value that is a key whatever its name: ${value.slice(0, 12)}…`, () => assert.deepEqual(childEnvironment({ INNOCENT: value }), {}));

  it('keeps addresses without a password', () => {
    const env = { A: 'https://example.org/a:b@c', B: 'postgres://localhost/app', C: 'git@github.com:a/b.git', D: 'ssh://git@example.org:22/a' };

    assert.deepEqual(childEnvironment(env), env);
  });

  it('leaves out every variable in which the value of such a one stands', () => {
    assert.deepEqual(childEnvironment({ API_TOKEN: 'tr0ub4dor', CURL_HEADER: 'Authorization: tr0ub4dor', OTHER: 'x' }), { OTHER: 'x' });
  });

  it('does not lose the search path over a path or a short word that a secret variable holds', () => {
    const env = { PATH: '/home/me/bin:/bin', HOME: '/home/me', LANG: 'C' };

    assert.deepEqual(childEnvironment({ ...env, SSH_KEY: '/home/me', DEBUG_TOKEN: 'me', EMPTY_SECRET: '' }), env);
  });
});

describe('commandEnvironment', () => {
  it('adds what keeps commands from waiting, then what taps want, which may take names away', () => {
    assert.deepEqual(commandEnvironment({ HOME: '/home/me', PAGER: 'less', A: undefined }, { TERM: 'xterm', HOME: undefined, NEW: 'x' }), { GIT_TERMINAL_PROMPT: '0', PAGER: 'cat', TERM: 'xterm', NEW: 'x' });
  });
});
