-- Labels that were bought and given back before the journal knew how to say so. From now on the
-- postage is taken back when the label is voided.
insert into journal_entry (id, at, kind, order_id, cause_id, legal_entity_id, accounts, currencies,
  amounts, parties)
select uuidv7(), now(), 'postage_back', order_id, cause_id, legal_entity_id, accounts, currencies,
  (select array_agg(-amount order by position)
    from unnest(amounts) with ordinality as one (amount, position)), parties
from journal_entry
where kind = 'postage' and exists (
  select from label where label.id = cause_id and label.state = 'voided');
