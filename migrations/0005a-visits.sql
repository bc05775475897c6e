-- Visits by month, and their statistics kept up to date.

alter table visits rename to visits_before;
alter table visits_before rename constraint visits_pkey to visits_before_pkey;
alter index idx_visits_ar_content_id rename to idx_visits_before_ar_content_id;
alter index idx_visits_video_id rename to idx_visits_before_video_id;

create table visits (
  -- Made by the page or the app, so that reporting twice counts once.
  id uuid not null,
  ar_content_id bigint not null references ar_content (id) on delete cascade,
  -- Whose it was at that time: an order may be moved, its history stays where it happened.
  company_id bigint not null,
  project_id bigint not null,
  -- For reading only: no reference, whose upkeep would cost every visit an index more.
  video_id bigint,
  source text not null check (source in ('web', 'app')),
  started_at timestamptz not null default now(),
  camera text check (camera in ('granted', 'refused', 'absent')),
  time_to_lock_ms integer,
  lock_count integer not null default 0,
  duration_ms integer not null default 0,
  watched_ms integer not null default 0,
  watched_without_camera boolean not null default false,
  video_played boolean not null default false,
  -- Nine tenths of the video or more.
  completed boolean not null default false,
  button_clicks integer not null default 0,
  tracking_quality text,
  device_type text,
  device_model text,
  os text,
  browser text,
  updated_at timestamptz not null default now(),
  primary key (id, started_at)
) partition by range (started_at);
create index idx_visits_ar_content_id on visits (ar_content_id, started_at desc);

-- What no month has a table for, so that nothing is ever refused.
create table visits_default partition of visits default;

-- Makes the table of the month of `moment`, and moves what the default has of it there. Returns whether it was made.
create function ensure_visit_month(moment timestamptz) returns boolean language plpgsql as $$
declare
  first timestamptz := date_trunc('month', moment at time zone 'UTC') at time zone 'UTC';
  next timestamptz := (date_trunc('month', moment at time zone 'UTC') + interval '1 month') at time zone 'UTC';
  name text := 'visits_' || to_char(moment at time zone 'UTC', 'YYYY_MM');
begin
  if to_regclass('public.' || name) is not null then return false; end if;
  perform pg_advisory_xact_lock(hashtextextended('visit months', 0));
  if to_regclass('public.' || name) is not null then return false; end if;
  execute format('create table %I (like visits including defaults including constraints)', name);
  -- Until the end nobody adds to the default what belongs into the new table.
  lock table visits in share row exclusive mode;
  lock table visits_default in access exclusive mode;
  execute format('with moved as (delete from visits_default where started_at >= %L and started_at < %L returning *) insert into %I select * from moved', first, next, name);
  execute format('alter table visits attach partition %I for values from (%L) to (%L)', name, first, next);
  return true;
end $$;

-- Every change of visits, with a sign: what was counted is taken back with -1, what is true now counts with 1. Folded into the rollups
-- every moment; until then it waits here, so that recording a visit never waits for a row that all visits share.
create table visit_changes (
  sign smallint not null,
  ar_content_id bigint not null,
  company_id bigint not null,
  project_id bigint not null,
  started_at timestamptz not null,
  source text not null,
  camera text,
  time_to_lock_ms integer,
  lock_count integer not null,
  watched_ms integer not null,
  watched_without_camera boolean not null,
  video_played boolean not null,
  completed boolean not null,
  button_clicks integer not null,
  device_type text,
  os text,
  browser text
);

create function note_visit_changes() returns trigger language plpgsql as $$
begin
  if tg_op in ('UPDATE', 'DELETE') then
    insert into visit_changes select -1, ar_content_id, company_id, project_id, started_at, source, camera, time_to_lock_ms, lock_count,
      watched_ms, watched_without_camera, video_played, completed, button_clicks, device_type, os, browser from before;
  end if;
  if tg_op in ('UPDATE', 'INSERT') then
    insert into visit_changes select 1, ar_content_id, company_id, project_id, started_at, source, camera, time_to_lock_ms, lock_count,
      watched_ms, watched_without_camera, video_played, completed, button_clicks, device_type, os, browser from after;
  end if;
  return null;
end $$;
create trigger note_inserted after insert on visits referencing new table as after for each statement execute function note_visit_changes();
create trigger note_updated after update on visits referencing old table as before new table as after for each statement execute function note_visit_changes();
create trigger note_deleted after delete on visits referencing old table as before for each statement execute function note_visit_changes();

-- scope: 0 platform, 1 company, 2 project, 3 content. Quarter hours, because days begin at a quarter hour in every time zone.
create table visit_slots (
  scope smallint not null,
  scope_id bigint not null,
  slot timestamptz not null,
  opened bigint not null default 0,
  from_apps bigint not null default 0,
  camera_granted bigint not null default 0,
  camera_refused bigint not null default 0,
  camera_absent bigint not null default 0,
  locked bigint not null default 0,
  played bigint not null default 0,
  completed bigint not null default 0,
  clicked bigint not null default 0,
  without_camera bigint not null default 0,
  clicks bigint not null default 0,
  locks bigint not null default 0,
  watched_ms bigint not null default 0,
  lock_timed bigint not null default 0,
  lock_ms bigint not null default 0,
  lock_under_1s bigint not null default 0,
  lock_under_3s bigint not null default 0,
  lock_under_10s bigint not null default 0,
  device_phone bigint not null default 0,
  device_tablet bigint not null default 0,
  device_desktop bigint not null default 0,
  system_ios bigint not null default 0,
  system_android bigint not null default 0,
  system_windows bigint not null default 0,
  system_macos bigint not null default 0,
  system_linux bigint not null default 0,
  browser_chrome bigint not null default 0,
  browser_safari bigint not null default 0,
  browser_firefox bigint not null default 0,
  browser_edge bigint not null default 0,
  browser_samsung bigint not null default 0,
  browser_yandex bigint not null default 0,
  primary key (scope, scope_id, slot)
);

-- The same by days of UTC: the inner days of a period are added up from here, its ends from the quarter hours.
create table visit_days (
  scope smallint not null,
  scope_id bigint not null,
  day date not null,
  -- Of a content, so that the most seen of a company are found without asking for each.
  company_id bigint not null,
  project_id bigint not null,
  opened bigint not null default 0,
  from_apps bigint not null default 0,
  camera_granted bigint not null default 0,
  camera_refused bigint not null default 0,
  camera_absent bigint not null default 0,
  locked bigint not null default 0,
  played bigint not null default 0,
  completed bigint not null default 0,
  clicked bigint not null default 0,
  without_camera bigint not null default 0,
  clicks bigint not null default 0,
  locks bigint not null default 0,
  watched_ms bigint not null default 0,
  lock_timed bigint not null default 0,
  lock_ms bigint not null default 0,
  lock_under_1s bigint not null default 0,
  lock_under_3s bigint not null default 0,
  lock_under_10s bigint not null default 0,
  device_phone bigint not null default 0,
  device_tablet bigint not null default 0,
  device_desktop bigint not null default 0,
  system_ios bigint not null default 0,
  system_android bigint not null default 0,
  system_windows bigint not null default 0,
  system_macos bigint not null default 0,
  system_linux bigint not null default 0,
  browser_chrome bigint not null default 0,
  browser_safari bigint not null default 0,
  browser_firefox bigint not null default 0,
  browser_edge bigint not null default 0,
  browser_samsung bigint not null default 0,
  browser_yandex bigint not null default 0,
  primary key (scope, scope_id, day)
);
create index idx_visit_days_company on visit_days (company_id, day, opened desc) where scope = 3;
create index idx_visit_days_project on visit_days (project_id, day, opened desc) where scope = 3;
create index idx_visit_days_all on visit_days (day, opened desc) where scope = 3;

create function forget_content_visits() returns trigger language plpgsql as $$
begin
  delete from visit_slots where scope = 3 and scope_id = old.id;
  delete from visit_days where scope = 3 and scope_id = old.id;
  return null;
end $$;
create trigger forget_visits after delete on ar_content for each row execute function forget_content_visits();

select ensure_visit_month(m) from (select distinct date_trunc('month', started_at at time zone 'UTC') at time zone 'UTC' as m from visits_before) months;
select ensure_visit_month(now() + months * interval '1 month') from generate_series(0, 2) months;

insert into visits (id, ar_content_id, company_id, project_id, video_id, source, started_at, camera, time_to_lock_ms, lock_count, duration_ms, watched_ms,
  watched_without_camera, video_played, completed, tracking_quality, device_type, device_model, os, browser, updated_at)
select b.id, b.ar_content_id, c.company_id, c.project_id, b.video_id, b.source, b.started_at, b.camera, b.time_to_lock_ms, b.lock_count, b.duration_ms,
  b.watched_ms, b.watched_without_camera, b.video_played, coalesce(b.watched_ms >= 0.9 * v.duration_ms, false), b.tracking_quality, b.device_type, b.device_model,
  b.os, b.browser, b.updated_at
from visits_before b join ar_content c on c.id = b.ar_content_id left join videos v on v.id = b.video_id;
drop table visits_before;
