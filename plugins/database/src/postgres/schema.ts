/** Everything of the schema at hand that a plugin can make: tables with their columns, views, indexes, triggers. */
export const SCHEMA = `
SELECT kind, name, of, definition, refers FROM (
  SELECT CASE WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END AS kind, c.relname::text AS name, c.relname::text AS of,
    coalesce((SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), ''), ', ' ORDER BY a.attnum)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '')
      || coalesce((SELECT string_agg(pg_get_constraintdef(k.oid), ', ' ORDER BY k.conname) FROM pg_constraint k WHERE k.conrelid = c.oid), '')
      || CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) ELSE '' END AS definition,
    coalesce((SELECT string_agg(DISTINCT f.relname::text, ',') FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid WHERE k.conrelid = c.oid AND k.contype = 'f'), '') AS refers
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm')
  UNION ALL
  SELECT 'index', i.indexname::text, i.tablename::text, i.indexdef, '' FROM pg_indexes i WHERE i.schemaname = current_schema()
  UNION ALL
  SELECT 'trigger', t.tgname::text, c.relname::text, pg_get_triggerdef(t.oid), '' FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND NOT t.tgisinternal
) AS objects ORDER BY kind, name`;
