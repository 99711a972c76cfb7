-- Goods that have a value in a field of the merchant's own are found without looking at all others.
-- Outside a transaction: built while orders are written.
create index concurrently if not exists product_fields
  on product using gin (fields jsonb_path_ops);
create index concurrently if not exists variant_fields
  on variant using gin (fields jsonb_path_ops);
