-- What a channel leaves to the others: of every item at every location it does not sell the last
-- `safety` ones. They come on top of the safety stock of the level, which no channel sells.
alter table channel
  add safety int not null default 0 check (safety between 0 and 1000000000);

-- Where a level differs from that: units by the id of the channel, 0 when it may sell all. It
-- stands in the level itself, so that whoever has locked the level knows it, and is null almost
-- everywhere, which costs nothing.
alter table stock_level
  add channel_safety jsonb
  constraint channel_safety_is_units check (
    jsonb_typeof(channel_safety) = 'object'
    and not jsonb_path_exists(channel_safety,
      '$.* ? (@.type() != "number" || @ < 0 || @ > 1000000000 || @ != @.floor())'));
