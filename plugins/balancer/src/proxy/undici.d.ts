/** The one part of undici that the data plane needs: the whole of it takes five times as long to load. */
declare module 'undici/lib/dispatcher/pool.js' {
  import type { Pool } from 'undici';

  const pool: typeof Pool;
  export default pool;
}
