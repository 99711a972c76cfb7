-- Staff set new passwords by links in mails as well, and are told when theirs was changed.
alter table account_mail drop constraint account_mail_kind_check;
alter table account_mail add constraint account_mail_kind_check check (kind in ('verify_email',
  'account_known', 'reset_password', 'account_unknown', 'welcome', 'password_changed',
  'staff_reset_password', 'staff_password_changed')) not valid;
comment on constraint account_mail_kind_check on account_mail is
  'No link is sent for a purpose that no code knows how to answer.';

-- Whoever follows such a link has neither session nor key. What was there before was either.
alter table audit_entry drop constraint audit_entry_via_check;
alter table audit_entry add constraint audit_entry_via_check
  check (via in ('session', 'key', 'link')) not valid;
comment on constraint audit_entry_via_check on audit_entry is
  'Staff write through a session, a key or the link of a mail: it is always known which.';
