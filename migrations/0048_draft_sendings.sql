-- A draft that was sent, as often as it was: what the mail with its link is about. The mail is for
-- one version of the draft, and is withheld when there is another one by then.
create table draft_sending (
  id uuid primary key,
  draft_id uuid not null references draft (id),
  version int not null,
  at timestamptz not null,
  unique (draft_id, version)
);
comment on constraint draft_sending_draft_id_version_key on draft_sending is
  'Of one version of a draft the buyer is told once.';
select audit_table('draft_sending');
