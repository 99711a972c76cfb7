-- Promise 10, wider: card numbers in the digits of any script, with up to three separators between
-- groups and with characters that show nothing anywhere. See src/lib/card-guard.ts; a test
-- compares the two.

-- The digits of all scripts from zero to nine that NFKC leaves alone, script after script.
create function foreign_digits() returns text
language sql immutable parallel safe as $$
  select string_agg(chr(zero + digit), '' order by place, digit)
  from unnest(array[
      1632, 1776, 1984, 2406, 2534, 2662, 2790, 2918, 3046, 3174, 3302, 3430, 3558, 3664, 3792,
      3872, 4160, 4240, 6112, 6160, 6470, 6608, 6784, 6800, 6992, 7088, 7232, 7248, 42528, 43216,
      43264, 43472, 43504, 43600, 44016, 66720, 68912, 68928, 69734, 69872, 69942, 70096, 70384,
      70736, 70864, 71248, 71360, 71376, 71386, 71472, 71904, 72016, 72688, 72784, 73040, 73120,
      73184, 73552, 90416, 92768, 92864, 93008, 93552, 123200, 123632, 124144, 124401, 125264
    ]) with ordinality as script (zero, place), generate_series(0, 9) as digit
$$;

-- The same in ASCII, as far as numbers go. What shows nothing becomes one U+200B, however long.
create function plain_card_text(content text) returns text
language plpgsql immutable strict parallel safe as $$
declare
  plain text := content;
begin
  if plain ~ '^[ -~]*$' then
    return plain;
  end if;
  plain := normalize(plain, NFKC);
  plain := translate(plain, foreign_digits(), repeat('0123456789', length(foreign_digits()) / 10));
  plain := regexp_replace(plain, '[\u00AD\u034F\u0600-\u0605\u061C\u06DD\u070F\u0890-\u0891\u08E2'
    '\u115F-\u1160\u17B4-\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164'
    '\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB\U000110BD\U000110CD\U00013430-\U0001343F'
    '\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]+', U&'\200B', 'g');
  plain := regexp_replace(plain,
    '[\u0085\u00A0\u1680\u2000-\u200A\u2028-\u2029\u202F\u205F\u3000]', ' ', 'g');
  return regexp_replace(plain, '[\u058A\u05BE\u1400\u1806\u2010-\u2015\u2212\u2E17\u2E1A'
    '\u2E3A-\u2E3B\u2E40\u2E5D\u301C\u3030\u30A0\uFE31-\uFE32\uFE58\uFE63\uFF0D'
    '\U00010D6E\U00010EAD]', '-', 'g');
end
$$;

-- Slashes, commas, bars, colons and whatever is three characters long stand between quantities,
-- dates and phone numbers as well: then only what is grouped as on a card is one.
create function is_grouped_as_card(grouped text) returns boolean
language plpgsql immutable strict parallel safe as $$
declare
  seen text := replace(grouped, U&'\200B', '');
begin
  return seen !~ '[/,|:]|[^0-9]{3}'
    or regexp_replace(seen, '[ \t\n\v\f\r]*([^0-9 \t\n\v\f\r])[ \t\n\v\f\r]*', '\1', 'g') ~
      ('^[0-9]{4}([^0-9]{1,3})([0-9]{4}\1[0-9]{4}\1[0-9]{4}(\1[0-9]{3})?'
       '|[0-9]{6}\1[0-9]{5}|[0-9]{4}\1[0-9]{4}\1[0-9]{3})$');
end
$$;

-- True when a card number stands anywhere in a text, grouped in any way: it begins and ends where
-- a group of digits does. Ids are no cards, whatever digits they are made of.
create or replace function holds_card_number(content text) returns boolean
language plpgsql immutable strict parallel safe as $$
declare
  plain text := plain_card_text(content);
  found text;
  groups text[];
  -- What stands before each group.
  separators text[];
  digits text;
  grouped text;
begin
  plain := regexp_replace(plain, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '#', 'gi');
  for found in
    select match[1]
    from regexp_matches(plain,
      '[0-9](?:\u200B?(?:[ \t\n\v\f\r._/,|:-]\u200B?){0,3}[0-9]){14,}', 'g') as match
  loop
    groups := regexp_split_to_array(found, '[^0-9]+');
    separators := regexp_split_to_array(found, '[0-9]+');
    for head in 1 .. cardinality(groups) loop
      digits := '';
      grouped := '';
      for tail in head .. cardinality(groups) loop
        digits := digits || groups[tail];
        exit when length(digits) > 19;
        grouped := grouped || case when tail > head then separators[tail] else '' end
          || groups[tail];
        if is_card_number(digits) and is_grouped_as_card(grouped) then
          return true;
        end if;
      end loop;
    end loop;
  end loop;
  return false;
end
$$;

-- Whether a closer look is worth it, for reading many rows. What is not ASCII may be a digit of any
-- script, or one sign for two digits; JSON writes some separators with a backslash.
create function may_hold_card_number(content text) returns boolean
language sql immutable strict parallel safe as $$
  select content ~ ('[\u2460-\u249B\u3251-\u33FE]|'
    '(?:[^\u0001-/:-\u007F](?:[ \t\n\v\f\r._/,|:-]|\\[tnfr]|\\u000b){0,3}){15}')
$$;

-- Which secret signs the tokens of this shop, without telling it: all processes must have the same.
-- To change the secret on purpose the row is deleted; the next process that starts writes its own.
create table secret_fingerprint (
  one boolean primary key default true check (one),
  fingerprint bytea not null
);
