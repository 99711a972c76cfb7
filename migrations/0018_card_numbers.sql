-- Promise 10: no card number is ever stored. The guard of src/lib/card-guard.ts keeps them out of
-- requests; these say the same of what is stored, and a test compares the two.

-- 15, 16 or 19 digits of a scheme that gives out such numbers, with a check digit that fits.
create function is_card_number(digits text) returns boolean
language plpgsql immutable strict parallel safe as $$
declare
  total int := 0;
  digit int;
begin
  if length(digits) not in (15, 16, 19) or not exists (
    select from (values
      (34, 34, '{15}'::int[]), (37, 37, '{15}'),
      (4, 4, '{16,19}'),
      (51, 55, '{16}'), (2221, 2720, '{16}'),
      (2200, 2204, '{16,19}'),
      (300, 305, '{16,19}'), (3095, 3095, '{16,19}'), (36, 36, '{16,19}'), (38, 39, '{16,19}'),
      (3528, 3589, '{16,19}'),
      (5018, 5020, '{15,16,19}'), (5038, 5038, '{15,16,19}'), (5893, 5893, '{15,16,19}'),
      (6304, 6304, '{15,16,19}'), (6759, 6763, '{15,16,19}'),
      (506, 508, '{16,19}'), (60, 60, '{16,19}'), (62, 62, '{16,19}'), (636, 639, '{16,19}'),
      (644, 659, '{16,19}'), (81, 82, '{16,19}'),
      (9792, 9792, '{16}')
    ) as issuer (low, high, lengths)
    where length(digits) = any (lengths)
      and left(digits, length(low::text))::int between low and high
  ) then
    return false;
  end if;
  for i in 0 .. length(digits) - 1 loop
    digit := substr(digits, length(digits) - i, 1)::int;
    if i % 2 = 1 then
      digit := digit * 2 - case when digit > 4 then 9 else 0 end;
    end if;
    total := total + digit;
  end loop;
  return total % 10 = 0;
end
$$;

-- True when a card number stands anywhere in a text, grouped in any way: it begins and ends where
-- a group of digits does. Ids are no cards, whatever digits they are made of.
create function holds_card_number(content text) returns boolean
language plpgsql immutable strict parallel safe as $$
declare
  plain text := content;
  found text;
  groups text[];
  digits text;
begin
  if plain !~ '^[ -~]*$' then
    plain := normalize(plain, NFKC);
  end if;
  plain := regexp_replace(plain, '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '|', 'gi');
  for found in
    select match[1]
    from regexp_matches(plain, '[0-9](?:[\s._\u2010-\u2015-]{0,2}[0-9]){14,}', 'g') as match
  loop
    groups := regexp_split_to_array(found, '[^0-9]+');
    for head in 1 .. cardinality(groups) loop
      digits := '';
      for tail in head .. cardinality(groups) loop
        digits := digits || groups[tail];
        exit when length(digits) > 19;
        if is_card_number(digits) then
          return true;
        end if;
      end loop;
    end loop;
  end loop;
  return false;
end
$$;

-- The same of JSON, names included. What stands in a field for bar codes, tracking codes or serial
-- numbers is `free`, and so are the members of a list in such a field.
create function json_holds_card_number(content jsonb, free boolean default false) returns boolean
language plpgsql immutable strict parallel safe as $$
begin
  case jsonb_typeof(content)
    when 'string', 'number' then
      return not free and holds_card_number(content #>> '{}');
    when 'array' then
      return exists (
        select from jsonb_array_elements(content) as one where json_holds_card_number(one, free));
    when 'object' then
      return exists (
        select from jsonb_each(content) as field (name, value)
        where holds_card_number(name) or json_holds_card_number(value,
          name ~* 'bar_?code|tracking|serial|sku|gtin|ean\M|upc|imei|isbn|hs_?code'));
    else
      return false;
  end case;
end
$$;
