-- The values of options in a language are looked for too: who sees Moos looks for it.
create or replace function index_texts(ids uuid[]) returns void
language sql as $$
  insert into search_text (n, locale, words)
  select n, '', search_words(text_config(base_locale()), title,
    concat_ws(' ', vendor, type, array_to_string(tags, ' ')), description, fields)
  from product join goods_mark on product_id = id where id = any(ids)
  union all
  select n, translation.locale, search_words(text_config(translation.locale),
    coalesce(texts->>'title', title),
    concat_ws(' ', vendor, type, array_to_string(tags, ' '),
      (select string_agg(value, ' ') from jsonb_each_text(texts->'values'))),
    coalesce(texts->>'description', description), fields || coalesce(texts->'fields', '{}'))
  from product join goods_mark on product_id = id
  join translation on subject = 'product' and subject_id = id
  where id = any(ids)
  order by 1, 2
  on conflict (n, locale) do update set words = excluded.words
    where search_text.words <> excluded.words
$$;
select index_texts(array(
  select subject_id from translation where subject = 'product' and texts ? 'values'));

-- When a download was last counted. For a while after it, what is missing of the file may be asked
-- for without being counted again.
alter table entitlement add column counted_at timestamptz;
