import assert from 'node:assert/strict';
import { childEnvironment, commandEnvironment } from '@pith/child';

const SECRET = [
  'ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL', 'OPENAI_API_KEY', 'OPENAI_ORG', 'OPENROUTER_API_KEY', 'PITH_VAULT', 'PITH_SERVER_TOKEN', 'GEMINI_API_KEY',
  'SOME_APIKEY', 'apiKey_TOKEN', 'GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_PAT', 'NPM_TOKEN', 'npm_config_//registry.npmjs.org/:_authToken', 'NODE_AUTH_TOKEN', 'HF_TOKEN', 'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AZURE_CLIENT_SECRET', 'GOOGLE_APPLICATION_CREDENTIALS', 'STRIPE_KEY', 'STRIPE_SECRET', 'JWT', 'JWT_SECRET', 'DB_PASSWORD', 'PGPASSWORD',
  'POSTGRES_PASSWORD_FILE', 'MYSQL_PWD', 'SMTP_PASS', 'SUDO_PASSWD', 'SSH_KEY_PASSPHRASE', 'DOCKER_AUTH_CONFIG', 'SESSION_COOKIE', 'SECRET_KEY_BASE', 'RAILS_MASTER_KEY', 'CI_JOB_TOKEN', 'VAULT_TOKEN',
  'PITH_VAULT_PASSPHRASE', 'ANTHROPIC_AUTH_TOKEN', 'SENTRY_DSN', 'MYSQL_DSN', 'AZURE_STORAGE_CONNECTION_STRING', 'AZURE_STORAGE_KEY', 'AZURE_CLIENT_CERTIFICATE_PASSWORD', 'CONN_STR', 'LDAP_PW',
  'TS_AUTHKEY', 'AWS_SECURITY_TOKEN', 'AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'npm_config__auth', 'npm_config_//npm.example.org/:_password', 'YARN_NPM_AUTH_TOKEN', 'TWINE_PASSWORD',
  'SUPABASE_SERVICE_ROLE_KEY', 'MYACCESSKEY', 'COOKIES', 'BEARER', 'GPG_PASSPHRASE', 'db_password', 'Api_Key', 'SSH_KEYS', 'API.KEY', 'AUTH_HEADER',
];
const HARMLESS = [
  'PATH', 'HOME', 'PWD', 'OLDPWD', 'USER', 'LANG', 'TZ', 'SHELL', 'TMPDIR', 'PITH_HOME', 'SSH_AUTH_SOCK', 'SSH_ASKPASS', 'GIT_AUTHOR_NAME', 'XAUTHORITY', 'AWS_REGION', 'AWS_PROFILE', 'KEYBOARD', 'MONKEY',
  'COMPASS', 'KUBECONFIG', 'DOCKER_HOST', 'AWS_DEFAULT_REGION', 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AUTH_TYPE', 'AUTH_URL', 'TOKEN_ENDPOINT', 'OAUTH_TOKEN_URL', 'SECRET_NAME', 'JWT_ALGORITHM', 'SSH_PUBLIC_KEY',
  'SESSION_TTL', 'XDG_SESSION_ID', 'XDG_SESSION_TYPE', 'DBUS_SESSION_BUS_ADDRESS', 'GIT_ASKPASS', 'LD_LIBRARY_PATH', 'PYTHONPATH', 'ENV', 'NODE_ENV', 'CI', 'TURKEY', 'HOTKEYED', 'PATTERNS', 'PASSENGER', 'BYPASSED', 'PRIMARY', 'CREDIT', 'GIT_DIR',
  'GIT_SSH_COMMAND', 'EDITOR', 'JAVA_HOME', 'GOPATH', 'GITHUB_ACTIONS', 'GITHUB_REPOSITORY', 'npm_config_cache', 'npm_lifecycle_event', 'TOKENIZERS_PARALLELISM', 'NODE_OPTIONS', 'http_proxy', 'NO_PROXY', 'SSL_CERT_FILE', 'VIRTUAL_ENV', 'PATTERN', 'AUTHOR',
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

  for (const value of [
    'jdbc:postgresql://me:word@db/app', 'redis://a:1,redis://:word@b:2', 'mongodb+srv://me:word@cluster.example.org', 'https://0123456789abcdef0123@sentry.example.org/1', 'amqp://me:w%40rd@mq',
    'mysql://db/app?user=me&password=word', 'Server=db;User Id=me;Password=word;', 'host=db user=me password=word', '-Xmx1g -Djavax.net.ssl.keyStorePassword=word', 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=word==', 'https://x.blob.core.windows.net/a?sv=1&sig=word',
  ]) it(`leaves out a value that holds a credential: ${value}`, () => assert.deepEqual(childEnvironment({ INNOCENT: value }), {}));

  for (const [name, value] of [['DISABLE_AUTH', '1'], ['USE_TOKEN', 'true'], ['REQUIRE_AUTH', 'no'], ['EMPTY_KEY', ''], ['MAX_TOKENS', '4096'], ['KEY_REPEAT', '30'], ['GIT_AUTH', 'off']] as const) {
    it(`keeps a switch or a number, whatever its name: ${name}=${value}`, () => assert.deepEqual(childEnvironment({ [name]: value }), { [name]: value }));
  }

  for (const [name, value] of [['DB_PASSWORD', '123456'], ['CARD_PIN_SECRET', '1234'], ['API_TOKEN', '12345678']] as const) {
    it(`leaves out a number that opens something: ${name}`, () => assert.deepEqual(childEnvironment({ [name]: value }), {}));
  }

  it('keeps proxies and registries, so that nothing goes past them, without the credentials in them', () => {
    const env = { HTTPS_PROXY: 'http://me:word@proxy:3128', http_proxy: 'http://proxy:3128', ALL_PROXY: 'socks5://me:word@proxy', PIP_INDEX_URL: 'https://me:word@pypi.example.org/simple', npm_config_registry: 'https://npm.example.org/', GOPROXY: 'https://me:word@go.example.org,direct', NO_PROXY: 'localhost' };

    assert.deepEqual(childEnvironment(env), {
      HTTPS_PROXY: 'http://proxy:3128', http_proxy: 'http://proxy:3128', ALL_PROXY: 'socks5://proxy', PIP_INDEX_URL: 'https://pypi.example.org/simple', npm_config_registry: 'https://npm.example.org/', GOPROXY: 'https://go.example.org,direct', NO_PROXY: 'localhost',
    });
  });

  it('leaves out what changes how a shell reads a line', () => {
    const changing = { BASH_ENV: '/home/me/.bash_env', 'BASH_FUNC_ls%%': '() {  rm -rf x\n}', SHELLOPTS: 'braceexpand:xtrace', BASHOPTS: 'extglob', PS4: '$(x)', PROMPT_COMMAND: 'x', CDPATH: '/elsewhere', GLOBIGNORE: '*', POSIXLY_CORRECT: 'y' };

    assert.deepEqual(childEnvironment({ ...changing, HOME: '/home/me' }), { HOME: '/home/me' });
  });

  it('passes what a person has named, whatever it holds', () => {
    const env = { DATABASE_URL: 'postgres://me:word@db/app', BASH_ENV: '/x', OTHER_TOKEN: 'tr0ub4dor-and-3', PASSED: 'tr0ub4dor-and-3' };

    assert.deepEqual(childEnvironment(env, { pass: ['DATABASE_URL', 'BASH_ENV', 'PASSED'], holdsSecret: () => true }), { DATABASE_URL: env.DATABASE_URL, BASH_ENV: '/x', PASSED: env.PASSED });
  });

  it('leaves out every variable in which a known secret stands, and only those', () => {
    const env = { A: 'x', B: 'before c2VjcmV0 after', C: 'y' };

    assert.deepEqual(childEnvironment(env, { holdsSecret: (text) => text.includes('c2VjcmV0') }), { A: 'x', C: 'y' });
  });

  it('is through with a value that is made to be slow before the test runs out of time', () => {
    const slow = [`${'://'.repeat(40_000)}`, `://${'a'.repeat(120_000)}`, `://a:${'b'.repeat(120_000)}`, '://a:b'.repeat(20_000), 'password'.repeat(15_000), 'a'.repeat(120_000), `${'_'.repeat(60_000)}KEY`];
    const env = Object.fromEntries(slow.flatMap((text, index) => [[`A${index}`, text], [`HTTP${index}_PROXY`, text], [text, 'x']]));

    assert.ok(Object.keys(childEnvironment(env)).length > 0);
  });

  it('keeps addresses without a password', () => {
    const env = { A: 'https://example.org/a:b@c', B: 'postgres://localhost/app', C: 'git@github.com:a/b.git', D: 'ssh://git@example.org:22/a' };

    assert.deepEqual(childEnvironment(env), env);
  });

  it('leaves out every variable in which the value of such a one stands', () => {
    assert.deepEqual(childEnvironment({ API_TOKEN: 'tr0ub4dor', CURL_HEADER: 'Authorization: tr0ub4dor', OTHER: 'x' }), { OTHER: 'x' });
  });

  it('does not lose the search path over a path or a short word that a secret variable holds', () => {
    const env = { PATH: '/home/me/bin:/bin', HOME: '/home/me', LANG: 'C' };

    assert.deepEqual(childEnvironment({ ...env, SSH_KEY: '/home/me', DEBUG_TOKEN: 'me', SOME_SECRET: '/home' }), env);
  });
});

describe('commandEnvironment', () => {
  it('adds what keeps commands from waiting, then what taps want, which may take names away', () => {
    assert.deepEqual(commandEnvironment({ HOME: '/home/me', PAGER: 'less', A: undefined }, { TERM: 'xterm', HOME: undefined, NEW: 'x' }), { GIT_TERMINAL_PROMPT: '0', PAGER: 'cat', TERM: 'xterm', NEW: 'x' });
  });
});
