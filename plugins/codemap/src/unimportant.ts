/** Files that say little of a project: pictures, sound, fonts, archives, what programs wrote. They are the first to go. */
const ENDINGS = /\.(?:png|jpe?g|gif|webp|avif|bmp|ico|svg|tiff?|psd|pdf|mp[34]|m4a|ogg|wav|webm|mov|avi|ttf|otf|woff2?|eot|zip|gz|tgz|bz2|xz|7z|jar|war|exe|dll|so|dylib|wasm|bin|o|a|class|pyc|lock|log|map|snap|orig|bak|tmp|csv|tsv|parquet|sqlite|db|min\.(?:js|css)|d\.[cm]?ts|pb\.go|_pb2\.py|g\.dart|generated\.\w+)$/i;
const NAMES = /(?:^|\/)(?:package-lock\.json|pnpm-lock\.yaml|go\.sum|\.DS_Store|\.gitkeep|\.keep|LICEN[CS]E(?:\.\w+)?|COPYING)$/;
const FOLDERS = /(?:^|\/)(?:__snapshots__|__pycache__|fixtures|testdata|vendor|third_party|dist|build|out|target|coverage)\//;

export function isUnimportant(path: string): boolean {
  return ENDINGS.test(path) || NAMES.test(path) || FOLDERS.test(path);
}
