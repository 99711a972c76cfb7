-- Promise 10, truer: the digits in a row of a signature or an id in hex (32, 40, 64 or 128 signs, a
-- letter among them) are no card number. One signature of Razorpay in some ten thousand has such a
-- row. See src/lib/card-guard.ts; a test compares the two.
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
  plain := regexp_replace(plain, '(?<![0-9a-z])(?=[0-9]*[a-f])[0-9a-f]{32}'
    '(?:[0-9a-f]{8}|[0-9a-f]{32}|[0-9a-f]{96})?(?![0-9a-z])', '#', 'gi');
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
