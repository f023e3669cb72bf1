/**
 * What keys look like, as data. A shape begins with one of its `starts`, at the beginning of a word; `rest` is what must
 * follow; `body` are the characters that it may go on with, so that a stream waits for its end. With `hides`, only what
 * that group of `rest` holds is secret. Lengths are those that the services issue, or a little less: made-up examples such
 * as `sk-…` or `ghp_xxx` pass.
 */
export interface Shape {
  label: string;
  starts: readonly string[];
  rest: string;
  body: string;
  /** A letter or a digit may stand in front of it. */
  within?: true;
  /** The secret is the group `secret` of `rest`. */
  hides?: true;
}

export const PRIVATE_KEY = 'private key';
export const AWS_KEY_ID = 'AWS access key id';

const W = '[\\w-]';
const A = '[A-Za-z0-9]';
export const SHAPES: readonly Shape[] = [
  { label: 'Anthropic key', starts: ['sk-ant-'], rest: `${W}{8,}`, body: W },
  { label: 'OpenAI key', starts: ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-None-'], rest: `${W}{8,}`, body: W },
  { label: 'OpenRouter key', starts: ['sk-or-'], rest: `${W}{8,}`, body: W },
  // Names of the form `sk-loading-indicator` are classes of style sheets.
  { label: 'API key', starts: ['sk-'], rest: `(?=[A-Za-z_-]{0,40}\\d)${W}{16,}`, body: W },
  { label: 'part of an API key', starts: ['sk-'], rest: '[\\w-]{0,40}\\*{3,}[\\w*-]*', body: '[\\w*-]' },
  { label: 'GitHub token', starts: ['ghp_', 'gho_', 'ghs_', 'ghu_', 'ghr_'], rest: `${A}{20,}`, body: A },
  { label: 'GitHub token', starts: ['github_pat_'], rest: '\\w{20,}', body: '\\w' },
  { label: 'GitLab token', starts: ['glpat-', 'gldt-', 'glrt-', 'glptt-', 'glcbt-', 'glsoat-', 'glft-', 'glimt-', 'glagent-', 'GR1348941'], rest: '[\\w.-]{16,}', body: '[\\w.-]' },
  { label: 'Slack token', starts: ['xoxa-', 'xoxb-', 'xoxe-', 'xoxe.', 'xoxo-', 'xoxp-', 'xoxr-', 'xoxs-', 'xoxc-', 'xoxd-'], rest: '[\\w.%-]{10,}', body: '[\\w.%-]' },
  { label: 'Slack token', starts: ['xapp-'], rest: `\\d-${W}{10,}`, body: W },
  { label: 'Slack webhook', starts: ['hooks.slack.com/'], rest: '(?:services|workflows|triggers)/(?<secret>[\\w/-]{16,})', body: '[\\w/-]', hides: true },
  { label: 'Discord webhook', starts: ['discord.com/api/webhooks/', 'discordapp.com/api/webhooks/'], rest: '(?<secret>\\d{6,}/[\\w-]{20,})', body: '[\\w/-]', hides: true },
  { label: AWS_KEY_ID, starts: ['AKIA', 'ASIA', 'ABIA', 'ACCA'], rest: '[A-Z0-9]{16}(?![A-Za-z0-9])', body: '[A-Z0-9]' },
  { label: 'Google API key', starts: ['AIza'], rest: `${W}{30,}`, body: W },
  { label: 'Google token', starts: ['ya29.'], rest: '[\\w.-]{20,}', body: '[\\w.-]' },
  { label: 'Google client secret', starts: ['GOCSPX-'], rest: `${W}{20,}`, body: W },
  { label: 'Google refresh token', starts: ['1//0'], rest: `${W}{30,}`, body: W },
  { label: 'npm token', starts: ['npm_'], rest: `${A}{30,}`, body: A },
  { label: 'PyPI token', starts: ['pypi-'], rest: `(?=${W}{0,60}[A-Z0-9])${W}{32,}`, body: W },
  { label: 'RubyGems key', starts: ['rubygems_'], rest: '[0-9a-f]{32,}', body: '[0-9a-f]' },
  { label: 'Stripe key', starts: ['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'], rest: `${A}{10,}`, body: A },
  { label: 'webhook secret', starts: ['whsec_'], rest: '[A-Za-z0-9+/=_-]{16,}', body: '[A-Za-z0-9+/=_-]' },
  { label: 'SendGrid key', starts: ['SG.'], rest: `${W}{16,64}\\.${W}{16,}`, body: '[\\w.-]' },
  { label: 'Hugging Face token', starts: ['hf_', 'api_org_'], rest: `${A}{30,}`, body: A },
  { label: 'Groq key', starts: ['gsk_'], rest: `${A}{32,}`, body: A },
  { label: 'xAI key', starts: ['xai-'], rest: `${A}{40,}`, body: A },
  { label: 'Perplexity key', starts: ['pplx-'], rest: `${A}{32,}`, body: A },
  { label: 'Replicate token', starts: ['r8_'], rest: `${A}{32,}`, body: A },
  { label: 'signed token', starts: ['eyJ'], rest: `${W}{8,512}\\.${W}{8,}(?:\\.${W}*)+`, body: '[\\w.-]' },
  { label: 'Twilio key', starts: [...'0123456789abcdef'].map((digit) => `SK${digit}`), rest: '[0-9a-f]{31}(?![0-9A-Za-z])', body: '[0-9a-f]' },
  { label: 'DigitalOcean token', starts: ['dop_v1_', 'doo_v1_', 'dor_v1_'], rest: '[0-9a-f]{32,}', body: '[0-9a-f]' },
  { label: 'Databricks token', starts: ['dapi'], rest: '[0-9a-f]{32}(?:-\\d+)?', body: '[0-9a-f-]' },
  { label: 'Vault token', starts: ['hvs.', 'hvb.', 'hvr.'], rest: `${W}{20,}`, body: W },
  { label: 'age key', starts: ['AGE-SECRET-KEY-'], rest: '[0-9A-Z]{20,}', body: '[0-9A-Z]' },
  { label: 'Mailgun key', starts: ['key-'], rest: '(?<![_./-]key-)[0-9a-f]{32}(?![0-9A-Za-z])', body: '[0-9a-f]' },
  { label: 'Shopify token', starts: ['shpat_', 'shpca_', 'shppa_', 'shpss_'], rest: '[0-9A-Fa-f]{32}', body: '[0-9A-Fa-f]' },
  { label: 'Square token', starts: ['sq0atp-', 'sq0csp-'], rest: `${W}{22,}`, body: W },
  { label: 'Linear key', starts: ['lin_api_', 'lin_oauth_'], rest: `${A}{32,}`, body: A },
  { label: 'Notion token', starts: ['ntn_'], rest: `${A}{32,}`, body: A },
  { label: 'Figma token', starts: ['figd_'], rest: `${W}{32,}`, body: W },
  { label: 'Docker token', starts: ['dckr_pat_', 'dckr_oat_'], rest: `${W}{20,}`, body: W },
  { label: 'Grafana token', starts: ['glsa_', 'glc_'], rest: '[\\w+/=]{32,}', body: '[\\w+/=]' },
  { label: 'Sentry token', starts: ['sntrys_', 'sntryu_'], rest: '[\\w+/=-]{32,}', body: '[\\w+/=-]' },
  { label: 'Supabase token', starts: ['sbp_', 'sb_secret_'], rest: `${W}{20,}`, body: W },
  { label: 'Pulumi token', starts: ['pul-'], rest: '[0-9a-f]{32,}', body: '[0-9a-f]' },
  { label: 'PlanetScale token', starts: ['pscale_tkn_', 'pscale_pw_', 'pscale_oauth_'], rest: '[\\w.-]{24,}', body: '[\\w.-]' },
  { label: 'Postman key', starts: ['PMAK-'], rest: '[0-9a-f-]{32,}', body: '[0-9a-f-]' },
  { label: 'New Relic key', starts: ['NRAK-'], rest: '[A-Z0-9]{20,}', body: '[A-Z0-9]' },
  { label: 'Atlassian token', starts: ['ATATT3', 'ATCTT3'], rest: '[\\w=-]{40,}', body: '[\\w=-]' },
  { label: 'Tailscale key', starts: ['tskey-'], rest: `${W}{20,}`, body: W },
  { label: 'Doppler token', starts: ['dp.pt.', 'dp.st.', 'dp.sa.'], rest: '[\\w.-]{30,}', body: '[\\w.-]' },
  { label: 'Tavily key', starts: ['tvly-'], rest: `${W}{20,}`, body: W },
  { label: 'NVIDIA key', starts: ['nvapi-'], rest: `${W}{40,}`, body: W },
  { label: 'PostHog key', starts: ['phx_'], rest: `${A}{32,}`, body: A },
  { label: 'Fly token', starts: ['FlyV1 fm'], rest: '\\d_[\\w+/=,-]{32,}', body: '[\\w+/=,-]' },
  { label: 'Contentful token', starts: ['CFPAT-'], rest: `${W}{40,}`, body: W },
  { label: 'Netlify token', starts: ['nfp_'], rest: `${A}{30,}`, body: A },
  { label: '1Password token', starts: ['ops_eyJ'], rest: `${W}{100,}`, body: W },
  { label: 'EasyPost key', starts: ['EZAK', 'EZTK'], rest: `${A}{50,}`, body: A },
  { label: 'Dropbox token', starts: ['sl.'], rest: `${W}{100,}`, body: W },
  { label: 'Notion token', starts: ['secret_'], rest: `${A}{43}(?![A-Za-z0-9_])`, body: A },
  { label: 'Alibaba key id', starts: ['LTAI'], rest: `(?=[A-Za-z]*\\d)${A}{16,26}(?![A-Za-z0-9])`, body: A },
  { label: 'Azure key', starts: ['AccountKey=', 'SharedAccessKey=', 'SharedAccessSignature='], rest: '(?<secret>[A-Za-z0-9+/=%&._-]{16,})', body: '[A-Za-z0-9+/=%&._-]', hides: true },
  { label: 'Azure signature', starts: ['?sig=', '&sig='], rest: '(?<secret>[A-Za-z0-9%+/_-]{20,}=*)', body: '[A-Za-z0-9%+/=_-]', within: true, hides: true },
  // What belongs to it is read line by line.
  { label: PRIVATE_KEY, starts: ['-----BEGIN '], rest: '[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----', body: '[A-Z0-9 -]', within: true },
  { label: 'password in an address', starts: ['://', ':\\/\\/'], rest: '[^\\s:/@\\[\\]"\'<>\\\\?#]{0,80}:(?!(?:pass|passwd|password|pw|pwd|secret|user|username|postgres|root|admin|example|test|token|x+|\\*+|\\.+)@|[$<{*])(?<secret>[^\\s/@\\[\\]"\'<>\\\\]{1,200})@', body: '[^\\s/\\[\\]"\'<>\\\\]', within: true, hides: true },
  { label: 'Telegram token', starts: [':AA'], rest: `(?<=(?<![\\w])\\d{8,10}:AA)${W}{32,34}(?!\\w)`, body: W, within: true },
];
