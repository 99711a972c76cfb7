-- Typed fields of the merchant's own on products and variants: what may stand in `fields` there.
create table field_definition (
  id uuid primary key,
  key text not null unique check (key ~ '^[a-z][a-z0-9_]{0,39}$'),
  owner text not null check (owner in ('product', 'variant')),
  name text not null,
  type text not null check (type in
    ('text', 'number', 'boolean', 'date', 'choice', 'money', 'reference')),
  -- Of a choice: what may be chosen.
  choices text[] not null default '{}',
  -- Of an amount: the currency it is in.
  currency currency_code,
  -- Of a reference: what it leads to.
  refers_to text check (refers_to in ('product', 'category', 'collection')),
  required boolean not null default false,
  translatable boolean not null default false,
  filterable boolean not null default false,
  position int not null default 0,
  created_at timestamptz not null,
  archived_at timestamptz,
  check ((type = 'choice') = (cardinality(choices) > 0)),
  check ((type = 'money') = (currency is not null)),
  check ((type = 'reference') = (refers_to is not null))
);
alter table product add column fields jsonb not null default '{}';
alter table variant add column fields jsonb not null default '{}';

-- Texts in other languages than the one the shop is written in. What is missing there is shown in
-- the next language of the chain.
create table translation (
  subject text not null check (subject in ('product', 'category', 'collection', 'field')),
  subject_id uuid not null,
  locale text not null check (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
  texts jsonb not null check (jsonb_typeof(texts) = 'object'),
  updated_at timestamptz not null,
  primary key (subject, subject_id, locale)
);
create index translation_locale on translation (locale);

-- Products that belong together by rules. Who belongs stands in collection_product; whoever
-- changes rules locks the row, whoever changes products shares it.
create table collection (
  id uuid primary key,
  handle text not null unique check (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  title text not null,
  description text not null default '',
  matching text not null check (matching in ('all', 'any')),
  rules jsonb not null check (jsonb_typeof(rules) = 'array'),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- When the members were last reckoned from the rules as a whole.
  evaluated_at timestamptz not null
);
create table collection_product (
  collection_id uuid not null references collection (id),
  -- No foreign key: it would lock each product, and wait for whoever changes one.
  product_id uuid not null,
  primary key (collection_id, product_id)
);
create index collection_product_product on collection_product (product_id);

-- One row per product: its number in the index that web servers keep in memory, and the
-- transaction that last changed anything of it that lists and filters look at. Written by the
-- triggers below, so that no writer can forget it.
create table goods_mark (
  product_id uuid primary key,
  n int generated always as identity unique,
  changed xid8 not null
) with (fillfactor = 80);
create index goods_mark_changed on goods_mark (changed);

-- Stock items that went out of stock at a location or came back there. Only added to, so that
-- orders never wait for each other here; a job drops what is old.
create table stock_flip (
  stock_item_id uuid not null,
  changed xid8 not null default pg_current_xact_id(),
  at timestamptz not null default now()
);
create index stock_flip_changed on stock_flip (changed);

-- What a search looks for, per language: '' is the language the shop is written in, '#sku' are
-- the codes of the variants.
create table search_text (
  n int not null,
  locale text not null,
  words tsvector not null,
  primary key (n, locale)
);
create index search_text_words on search_text using gin (words);

-- The text search configuration of a language; the plain one where PostgreSQL has none.
create function text_config(locale text) returns regconfig
language sql immutable parallel safe as $$
  select case split_part(locale, '-', 1)
    when 'ar' then 'pg_catalog.arabic' when 'hy' then 'pg_catalog.armenian'
    when 'eu' then 'pg_catalog.basque' when 'ca' then 'pg_catalog.catalan'
    when 'da' then 'pg_catalog.danish' when 'nl' then 'pg_catalog.dutch'
    when 'en' then 'pg_catalog.english' when 'fi' then 'pg_catalog.finnish'
    when 'fr' then 'pg_catalog.french' when 'de' then 'pg_catalog.german'
    when 'el' then 'pg_catalog.greek' when 'hi' then 'pg_catalog.hindi'
    when 'hu' then 'pg_catalog.hungarian' when 'id' then 'pg_catalog.indonesian'
    when 'ga' then 'pg_catalog.irish' when 'it' then 'pg_catalog.italian'
    when 'lt' then 'pg_catalog.lithuanian' when 'ne' then 'pg_catalog.nepali'
    when 'no' then 'pg_catalog.norwegian' when 'nb' then 'pg_catalog.norwegian'
    when 'pt' then 'pg_catalog.portuguese' when 'ro' then 'pg_catalog.romanian'
    when 'ru' then 'pg_catalog.russian' when 'sr' then 'pg_catalog.serbian'
    when 'es' then 'pg_catalog.spanish' when 'sv' then 'pg_catalog.swedish'
    when 'ta' then 'pg_catalog.tamil' when 'tr' then 'pg_catalog.turkish'
    when 'yi' then 'pg_catalog.yiddish' else 'pg_catalog.simple' end::regconfig
$$;

-- The language the shop is written in: that of its first channel.
create function base_locale() returns text
language sql stable parallel safe as $$
  select coalesce((select locale from channel order by id limit 1), 'en')
$$;

-- Small letters without accents, so that `cafe` finds `Café`, and words without the signs between
-- them, so that `USB-3` is found as it is typed.
create function folded(text) returns text
language sql immutable strict parallel safe as $$
  select replace(lower(regexp_replace(regexp_replace(normalize($1, NFKD),
    '[\u0300-\u036f]', '', 'g'), '[!-/:-@\[-`{-~]+', ' ', 'g')), 'ß', 'ss')
$$;

-- A title as it is written and by the stems of its words (A), vendor, type and tags (B), then the
-- description and the texts of the merchant's own fields by their stems (C).
create function search_words(
  config regconfig, title text, labels text, description text, fields jsonb
) returns tsvector
language sql immutable parallel safe as $$
  select setweight(to_tsvector('pg_catalog.simple', folded(title))
      || to_tsvector(config, title), 'A')
    || setweight(to_tsvector('pg_catalog.simple', folded(labels)), 'B')
    || setweight(to_tsvector(config, description || ' ' || coalesce((
      select string_agg(value #>> '{}', ' ') from jsonb_each(fields)
      where jsonb_typeof(value) = 'string'), '')), 'C')
$$;

create function mark_goods(ids uuid[]) returns void
language plpgsql as $$
begin
  -- In the order of their ids, so that two who change many products never wait for each other.
  update goods_mark set changed = pg_current_xact_id()
  from (
    select product_id from goods_mark
    where product_id = any(ids) and changed <> pg_current_xact_id()
    order by product_id for update
  ) as locked where locked.product_id = goods_mark.product_id;
  insert into goods_mark (product_id, changed)
  select distinct id, pg_current_xact_id() from unnest(ids) as id
  where not exists (select from goods_mark as known where known.product_id = id)
  order by id
  on conflict do nothing;
end
$$;

create function index_texts(ids uuid[]) returns void
language sql as $$
  insert into search_text (n, locale, words)
  select n, '', search_words(text_config(base_locale()), title,
    concat_ws(' ', vendor, type, array_to_string(tags, ' ')), description, fields)
  from product join goods_mark on product_id = id where id = any(ids)
  union all
  select n, translation.locale, search_words(text_config(translation.locale),
    coalesce(texts->>'title', title),
    concat_ws(' ', vendor, type, array_to_string(tags, ' ')),
    coalesce(texts->>'description', description), fields || coalesce(texts->'fields', '{}'))
  from product join goods_mark on product_id = id
  join translation on subject = 'product' and subject_id = id
  where id = any(ids)
  order by 1, 2
  on conflict (n, locale) do update set words = excluded.words
    where search_text.words <> excluded.words
$$;

create function index_codes(ids uuid[]) returns void
language sql as $$
  insert into search_text (n, locale, words)
  select n, '#sku', to_tsvector('pg_catalog.simple',
    folded(left(string_agg(concat_ws(' ', sku, barcode), ' '), 500000)))
  from variant join goods_mark using (product_id)
  where product_id = any(ids) and archived_at is null
  group by n order by n
  on conflict (n, locale) do update set words = excluded.words
    where search_text.words <> excluded.words
$$;

create function product_changed() returns trigger language plpgsql as $$
declare
  ids uuid[] := array(select id from changed);
begin
  perform mark_goods(ids);
  perform index_texts(ids);
  return null;
end
$$;
create function variant_changed() returns trigger language plpgsql as $$
declare
  ids uuid[] := array(select distinct product_id from changed);
begin
  perform mark_goods(ids);
  perform index_codes(ids);
  return null;
end
$$;
create function price_changed() returns trigger language plpgsql as $$
begin
  perform mark_goods(array(
    select distinct product_id from changed join variant on variant.id = variant_id));
  return null;
end
$$;
create function placement_changed() returns trigger language plpgsql as $$
begin
  perform mark_goods(array(select distinct product_id from changed));
  return null;
end
$$;
create function translation_changed() returns trigger language plpgsql as $$
declare
  ids uuid[] := array(select subject_id from changed where subject = 'product');
begin
  delete from search_text using changed, goods_mark
  where changed.subject = 'product' and product_id = changed.subject_id
    and search_text.n = goods_mark.n and search_text.locale = changed.locale
    and not exists (
      select from translation
      where translation.subject = 'product' and translation.subject_id = changed.subject_id
        and translation.locale = changed.locale);
  perform mark_goods(ids);
  perform index_texts(ids);
  return null;
end
$$;
create function stock_flipped() returns trigger language plpgsql as $$
begin
  insert into stock_flip (stock_item_id) values (new.stock_item_id);
  return null;
end
$$;

-- Who changes goods keeps their marks and texts in step. What is there already gets them from the
-- first web server that searches, in small steps: see src/offers/goods-index.sql.ts.
create trigger product_added after insert on product
  referencing new table as changed for each statement execute function product_changed();
create trigger product_changed after update on product
  referencing new table as changed for each statement execute function product_changed();
create trigger variant_added after insert on variant
  referencing new table as changed for each statement execute function variant_changed();
create trigger variant_changed after update on variant
  referencing new table as changed for each statement execute function variant_changed();
create trigger variant_item_added after insert on variant_item
  referencing new table as changed for each statement execute function price_changed();
create trigger variant_item_changed after update on variant_item
  referencing new table as changed for each statement execute function price_changed();
create trigger variant_item_removed after delete on variant_item
  referencing old table as changed for each statement execute function price_changed();
create trigger price_added after insert on price
  referencing new table as changed for each statement execute function price_changed();
create trigger price_changed after update on price
  referencing new table as changed for each statement execute function price_changed();
create trigger price_removed after delete on price
  referencing old table as changed for each statement execute function price_changed();
create trigger publication_added after insert on publication
  referencing new table as changed for each statement execute function placement_changed();
create trigger publication_changed after update on publication
  referencing new table as changed for each statement execute function placement_changed();
create trigger publication_removed after delete on publication
  referencing old table as changed for each statement execute function placement_changed();
create trigger placement_added after insert on product_category
  referencing new table as changed for each statement execute function placement_changed();
create trigger placement_removed after delete on product_category
  referencing old table as changed for each statement execute function placement_changed();
create trigger translation_added after insert on translation
  referencing new table as changed for each statement execute function translation_changed();
create trigger translation_changed after update on translation
  referencing new table as changed for each statement execute function translation_changed();
create trigger translation_removed after delete on translation
  referencing old table as changed for each statement execute function translation_changed();
-- The condition costs an order next to nothing; the function runs when the last one goes.
create trigger stock_level_added after insert on stock_level
  for each row execute function stock_flipped();
create trigger stock_level_flipped after update on stock_level
  for each row when (
    (old.on_hand + old.backorder_limit - old.held - old.safety > 0)
      is distinct from (new.on_hand + new.backorder_limit - new.held - new.safety > 0)
    or old.channel_safety is distinct from new.channel_safety)
  execute function stock_flipped();

-- Files that a buyer of a variant may download, in parts that a web server can hold.
create table digital_file (
  id uuid primary key,
  name text not null,
  media_type text not null,
  -- Null as long as it is being uploaded.
  bytes bigint check (bytes > 0),
  sha256 text,
  -- How often and how long each buyer may download it; null is without end.
  downloads_max int check (downloads_max > 0),
  valid_days int check (valid_days > 0),
  created_at timestamptz not null,
  archived_at timestamptz
);
create table digital_file_part (
  file_id uuid not null references digital_file (id),
  n int not null check (n >= 0),
  content bytea not null,
  primary key (file_id, n)
);
-- What is uploaded is mostly packed already.
alter table digital_file_part alter column content set storage external;

-- Which files come with a variant.
create table variant_file (
  variant_id uuid not null references variant (id),
  file_id uuid not null references digital_file (id),
  position int not null,
  primary key (variant_id, file_id)
);
create index variant_file_file on variant_file (file_id);

-- The right of a buyer to one file for one paid unit. One per unit and file, whoever grants it.
create table entitlement (
  id uuid primary key,
  order_id uuid not null,
  order_line_id uuid not null,
  unit int not null check (unit > 0),
  file_id uuid not null references digital_file (id),
  granted_at timestamptz not null,
  expires_at timestamptz,
  downloads int not null default 0,
  downloads_max int,
  revoked_at timestamptz,
  constraint one_entitlement_per_unit unique (order_line_id, unit, file_id),
  constraint downloads_within_limit check (downloads <= downloads_max)
);
create index entitlement_order on entitlement (order_id);
