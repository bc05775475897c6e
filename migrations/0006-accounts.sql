-- Companies and projects in full; how people sign in, are invited and prove who they are; and who changed what.

alter table companies
  -- Raised by every change, so that whoever saves what they read earlier is told.
  add column version integer not null default 1,
  add column status text not null default 'active' check (status in ('active', 'inactive')),
  add column contact_name text,
  add column contact_phone text,
  -- IANA's name. What changes by the calendar changes by this clock.
  add column time_zone text not null default 'UTC',
  add column language text not null default 'en' check (language in ('en', 'ru')),
  -- The PNG; a WebP for guests lies beside it.
  add column logo_key text,
  add column logo_width integer,
  add column logo_height integer,
  add column accent_colour text check (accent_colour ~ '^#[0-9a-f]{6}$'),
  add column start_heading text,
  add column start_text text,
  add check ((logo_key is null) = (logo_width is null) and (logo_key is null) = (logo_height is null));
create index idx_companies_logo_key on companies (logo_key);

alter table projects add column version integer not null default 1;

-- What guests are shown stands on all of this now; next_order_number still announces nothing.
drop trigger announce_list on companies;
drop trigger announce_row on companies;
create trigger announce_list after insert or delete or update of version, name, slug, contact_email, status, time_zone on companies
  for each statement execute function announce_table('companies');
create trigger announce_row after delete or update of version, name, slug, contact_email, status, time_zone, logo_key on companies
  for each row execute function announce_row('company', 'id');

alter table users
  add column version integer not null default 1,
  -- Of what is written to them; null: their company's.
  add column language text check (language in ('en', 'ru')),
  add column password_changed_at timestamptz not null default now(),
  -- RFC 6238: asked for at sign-in once it is confirmed.
  add column totp_secret bytea,
  add column totp_confirmed_at timestamptz,
  -- The time step of the last code that was taken: no code works twice.
  add column totp_last_step bigint,
  drop column failed_sign_ins,
  drop column locked_until;

create table recovery_codes (
  user_id bigint not null references users (id) on delete cascade,
  sha256 bytea not null,
  used_at timestamptz,
  primary key (user_id, sha256)
);

-- A session is one signed-in browser or client. It is kept by short access tokens and a refresh token that is exchanged for the
-- next one; whoever comes with one that was exchanged before ends the session.
alter table sessions
  add column last_seen_at timestamptz not null default now(),
  -- The next refresh token follows from this and the last, so that asking twice at once gives the same one.
  add column refresh_secret bytea;
create table session_tokens (
  sha256 bytea primary key,
  session_id uuid not null references sessions (id) on delete cascade,
  kind text not null check (kind in ('access', 'refresh')),
  expires_at timestamptz not null,
  exchanged_at timestamptz
);
create index idx_session_tokens_session_id on session_tokens (session_id);
create index idx_session_tokens_expires_at on session_tokens (expires_at);
-- Whoever is signed in stays so until their token ends.
insert into session_tokens (sha256, session_id, kind, expires_at) select token_sha256, id, 'access', expires_at from sessions;
alter table sessions drop column token_sha256;

create table api_tokens (
  id bigint generated always as identity primary key,
  user_id bigint not null references users (id) on delete cascade,
  name text not null,
  sha256 bytea not null unique,
  -- Its first letters, to tell it by.
  beginning text not null,
  scope text not null check (scope in ('read', 'write', 'manage')),
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz
);
create index idx_api_tokens_user_id on api_tokens (user_id);

create table invitations (
  id bigint generated always as identity primary key,
  -- Null: to become an administrator of the platform.
  company_id bigint references companies (id) on delete cascade,
  email text not null check (email = lower(email)),
  role text not null check (role in ('admin', 'manager', 'editor', 'viewer')),
  language text not null check (language in ('en', 'ru')),
  invited_by bigint references users (id) on delete set null,
  -- Null until the link is made: when it is sent, or shown.
  sha256 bytea unique,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  check ((role = 'admin') = (company_id is null))
);
create unique index invitations_company_email on invitations (coalesce(company_id, 0), email);
create index idx_invitations_company_id on invitations (company_id);
create index idx_invitations_invited_by on invitations (invited_by);

-- Links sent to people that have an account: each works once.
create table account_links (
  sha256 bytea primary key,
  kind text not null check (kind in ('reset-password', 'change-email', 'second-step')),
  user_id bigint not null references users (id) on delete cascade,
  -- The address that the link was sent to, for change-email.
  email text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index idx_account_links_user_id on account_links (user_id);
create index idx_account_links_expires_at on account_links (expires_at);

-- How often something was tried that may only be tried so often. The keys are digests: no address is kept.
create table attempts (
  key text primary key,
  count integer not null,
  ends_at timestamptz not null
);
create index idx_attempts_ends_at on attempts (ends_at);

-- E-mails on their way, and what became of them. Words and links are made when one is sent, so none is kept here.
create table mails (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('invitation', 'reset-password', 'change-email', 'email-taken', 'test')),
  recipient text not null,
  language text not null check (language in ('en', 'ru')),
  company_id bigint references companies (id) on delete cascade,
  user_id bigint references users (id) on delete cascade,
  invitation_id bigint references invitations (id) on delete cascade,
  status text not null default 'waiting' check (status in ('waiting', 'sent', 'failed')),
  failures integer not null default 0,
  -- What the mail server said last.
  problem text,
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index idx_mails_created_at on mails (created_at desc, id desc);
create index idx_mails_company_id on mails (company_id);
create index idx_mails_user_id on mails (user_id);
create index idx_mails_invitation_id on mails (invitation_id);

-- Who changed what. Written in the transaction of the change; rows are only ever added. People and things are named as they
-- were called then, and may be gone since.
create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  -- Null: of no company, the platform's own.
  company_id bigint,
  -- Null: ARV itself.
  user_id bigint,
  user_name text,
  action text not null,
  kind text not null,
  subject_id text,
  subject_name text not null,
  -- {field: {from, to}}
  changes jsonb not null default '{}'
);
create index idx_audit_log_at on audit_log (at desc, id desc);
create index idx_audit_log_company_id on audit_log (company_id, at desc, id desc);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is only ever added to';
end $$;
create trigger append_only before update or delete on audit_log for each statement execute function refuse_change();
