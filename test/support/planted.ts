/** A secret that is planted somewhere. `variable` is where the process knows it from; the others are known by their shape. */
export interface Planted { kind: string; value: string; variable?: string }

const ALPHABET = 'k7Rw2ZpXq9LmB4vTn8JcD6yHs3FgQ5';
let seed = 1;
/** Different each time, the same in every run; never two times the same three characters side by side. */
const letters = (count: number): string => Array.from({ length: count }, () => ALPHABET[(seed = (seed * 48271) % 2147483647) % ALPHABET.length]!).join('');
const hex = (count: number): string => Array.from({ length: count }, () => '0123456789abcdef'[(seed = (seed * 48271) % 2147483647) % 16]!).join('');
const pem = (kind: string): string => `-----BEGIN ${kind}-----\n${Array.from({ length: 6 }, () => letters(64)).join('\n')}\n${letters(30)}==\n-----END ${kind}-----`;

/** Forty secrets of more than twelve kinds: half of them in variables, half in files and in what programs and servers say. */
export const PLANTED: readonly Planted[] = [
  { kind: 'Anthropic key', value: `sk-ant-api03-${letters(80)}`, variable: 'ANTHROPIC_API_KEY' },
  { kind: 'OpenAI key', value: `sk-proj-${letters(60)}`, variable: 'OPENAI_API_KEY' },
  { kind: 'GitHub token', value: `ghp_${letters(36)}`, variable: 'GITHUB_TOKEN' },
  { kind: 'npm token', value: `npm_${letters(36)}`, variable: 'NPM_TOKEN' },
  { kind: 'AWS key', value: `AKIA${letters(16).toUpperCase()}`, variable: 'AWS_ACCESS_KEY_ID' },
  { kind: 'AWS secret', value: `${letters(18)}/${letters(10)}+${letters(10)}`, variable: 'AWS_SECRET_ACCESS_KEY' },
  { kind: 'password', value: 'tr0ub4dor&3 "quoted" \\back/slash', variable: 'DB_PASSWORD' },
  { kind: 'password', value: 'pässwörd-mit-Ümlaut-42', variable: 'LDAP_PASSWORD' },
  { kind: 'password', value: 'correct horse battery staple', variable: 'WIKI_PASSPHRASE' },
  { kind: 'address with a password', value: 'postgres://app:S3cr3t!pw%3D@db.internal:5432/app', variable: 'DATABASE_URL' },
  { kind: 'private key', value: pem('RSA PRIVATE KEY'), variable: 'DEPLOY_PRIVATE_KEY' },
  { kind: 'signed token', value: `eyJhbGciOiJIUzI1NiJ9.eyJ${letters(40)}.${letters(43)}`, variable: 'SESSION_JWT' },
  { kind: 'Slack token', value: `xoxb-123456789012-${letters(24)}`, variable: 'SLACK_TOKEN' },
  { kind: 'Stripe key', value: `sk_live_${letters(24)}`, variable: 'STRIPE_SECRET' },
  { kind: 'Google key', value: `AIzaSy${letters(33)}`, variable: 'MAPS_API_KEY' },
  { kind: 'opaque token', value: letters(32), variable: 'VAULT_TOKEN' },
  { kind: 'opaque token', value: hex(40), variable: 'CI_JOB_TOKEN' },
  { kind: 'opaque token', value: `${letters(10)}==`, variable: 'COOKIE_SECRET' },
  { kind: 'long value', value: JSON.stringify({ type: 'service_account', private_key_id: hex(40), token: letters(400) }), variable: 'GOOGLE_CREDENTIALS' },
  { kind: 'GitLab token', value: `glpat-${letters(20)}`, variable: 'INNOCENT' },
  { kind: 'Anthropic key', value: `sk-ant-api03-${letters(80)}` },
  { kind: 'OpenAI key', value: `sk-${letters(48)}` },
  { kind: 'GitHub token', value: `github_pat_${letters(22)}_${letters(59)}` },
  { kind: 'GitHub token', value: `gho_${letters(36)}` },
  { kind: 'Slack token', value: `xoxp-${letters(48)}` },
  { kind: 'AWS key', value: `ASIA${letters(16).toUpperCase()}` },
  { kind: 'Google token', value: `ya29.${letters(70)}` },
  { kind: 'PyPI token', value: `pypi-AgEIcHlwaS5vcmc${letters(80)}` },
  { kind: 'SendGrid key', value: `SG.${letters(22)}.${letters(43)}` },
  { kind: 'Hugging Face token', value: `hf_${letters(34)}` },
  { kind: 'DigitalOcean token', value: `dop_v1_${hex(64)}` },
  { kind: 'Databricks token', value: `dapi${hex(32)}` },
  { kind: 'Vault token', value: `hvs.${letters(60)}` },
  { kind: 'age key', value: `AGE-SECRET-KEY-1${letters(58).toUpperCase()}` },
  { kind: 'webhook secret', value: `whsec_${letters(32)}` },
  { kind: 'Stripe key', value: `rk_test_${letters(24)}` },
  { kind: 'Telegram token', value: `123456789:AA${letters(33)}` },
  { kind: 'Twilio key', value: `SK${hex(32)}` },
  { kind: 'private key', value: pem('OPENSSH PRIVATE KEY') },
  { kind: 'signed token', value: `eyJ${letters(30)}.eyJ${letters(60)}.${letters(43)}` },
];

/** A value as programs write it down; one that only its shape tells, as it is and in JSON. */
export function spellings({ value, variable }: Planted): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const plain = [value, json, JSON.stringify(json).slice(1, -1)];
  if (variable === undefined) return plain;
  const text = linesOf(value)[0] ?? value;
  return [
    ...plain, encodeURIComponent(text), encodeURIComponent(text).replace(/%../g, (escape) => escape.toLowerCase()), encodeURI(text), new URLSearchParams({ '': text }).toString().slice(1),
    ...['', 'x', 'xx'].flatMap((before) => (['base64', 'base64url'] as const).map((encoding) => Buffer.from(before + text).toString(encoding))), Buffer.from(text).toString('hex'),
  ];
}

/** What a text may not hold because of it. */
function traces({ value, variable }: Planted): string[] {
  const told = linesOf(value);
  const texts = told.length > 0 ? told : [value];
  const plain = texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]);
  if (variable === undefined) return [...new Set(plain)];
  return [...new Set([...plain, ...texts.flatMap((text) => [
    encodeURIComponent(text), encodeURIComponent(text).toLowerCase(), encodeURI(text), new URLSearchParams({ '': text }).toString().slice(1), Buffer.from(text).toString('hex'),
    ...[0, 1, 2].flatMap((before) => (['base64', 'base64url'] as const).map((encoding) => core(text, before, encoding))),
  ])])];
}

const linesOf = (value: string): string[] => (value.includes('\n') ? value.split('\n').filter((line) => line.length >= 30 && !line.startsWith('-----')) : []);

/** The middle of a base64 text, that no bytes around it change. */
function core(text: string, before: number, encoding: 'base64' | 'base64url'): string {
  return Buffer.from('x'.repeat(before) + text).toString(encoding).replace(/=+$/, '').slice(before === 0 ? 0 : before + 1, -2);
}

/** What a text holds of them, by name. */
export function leaks(text: string, planted: readonly Planted[] = PLANTED): string[] {
  return planted.flatMap((secret) => traces(secret).filter((spelled) => text.includes(spelled)).map((spelled) => `${secret.variable ?? secret.kind}: ${spelled.slice(0, 40)} in …${text.slice(Math.max(0, text.indexOf(spelled) - 80), text.indexOf(spelled) + 60)}…`));
}
