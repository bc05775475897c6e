-- People, companies, projects, AR content with its photo, target and videos, the work done on them, and visits.

create table companies (
  id bigint generated always as identity primary key,
  name text not null,
  slug text not null unique,
  contact_email text,
  created_at timestamptz not null default now()
);

create table users (
  id bigint generated always as identity primary key,
  email text not null unique check (email = lower(email)),
  password_hash text not null,
  name text not null,
  role text not null check (role in ('admin', 'manager', 'editor', 'viewer')),
  -- Only the platform's administrators belong to no company.
  company_id bigint references companies (id) on delete cascade,
  failed_sign_ins integer not null default 0,
  locked_until timestamptz,
  created_at timestamptz not null default now(),
  check ((role = 'admin') = (company_id is null))
);
create index idx_users_company_id on users (company_id);

create table sessions (
  id uuid primary key,
  user_id bigint not null references users (id) on delete cascade,
  -- Only a digest of the token is kept, so that a copy of the database signs nobody in.
  token_sha256 bytea not null unique,
  user_agent text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index idx_sessions_user_id on sessions (user_id);
create index idx_sessions_expires_at on sessions (expires_at);

create table projects (
  id bigint generated always as identity primary key,
  company_id bigint not null references companies (id) on delete cascade,
  name text not null,
  code text not null unique,
  status text not null default 'active' check (status in ('active', 'inactive', 'archived')),
  -- The number of the next order that brings none of its own; taken with the row's lock, so two never collide.
  next_order_number integer not null default 1,
  created_at timestamptz not null default now(),
  -- Lets ar_content refer to both at once, so content can never sit in another company's project.
  unique (company_id, id)
);

-- What compiling and resizing a photo gave, by the photo's content: the same photo is never worked on twice.
create table photos (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  mime_type text not null,
  extension text not null,
  size_bytes bigint not null,
  width integer not null,
  height integer not null,
  target_key text,
  -- Of the engine that compiled it; a newer engine compiles again.
  target_version integer,
  score smallint check (score between 0 and 100),
  advice text[] not null default '{}',
  blur text,
  -- [{key, width, height, format, bytes}]
  previews jsonb not null default '[]',
  created_at timestamptz not null default now()
);

create table ar_content (
  id bigint generated always as identity primary key,
  unique_id uuid not null unique,
  code text not null unique,
  company_id bigint not null references companies (id),
  project_id bigint not null,
  order_number text not null,
  customer_name text,
  customer_phone text,
  customer_email text,
  duration_years integer,
  expires_at timestamptz,
  status text not null check (status in ('pending', 'processing', 'ready', 'failed', 'archived')),
  photo_sha256 text not null references photos (sha256),
  marker_status text not null check (marker_status in ('pending', 'processing', 'ready', 'failed')),
  marker_failure text,
  -- 1 for demo_1, and so on.
  demo_number integer unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (project_id, order_number),
  foreign key (company_id, project_id) references projects (company_id, id)
);
create index idx_ar_content_company_project on ar_content (company_id, project_id, status);
create index idx_ar_content_project_id on ar_content (project_id);
create index idx_ar_content_status on ar_content (status);
create index idx_ar_content_created_at on ar_content (created_at desc, id desc);
create index idx_ar_content_photo on ar_content (photo_sha256);

create table videos (
  id bigint generated always as identity primary key,
  ar_content_id bigint not null references ar_content (id) on delete cascade,
  title text not null,
  position integer not null default 0,
  is_active boolean not null default true,
  status text not null check (status in ('pending', 'processing', 'ready', 'failed')),
  failure text,
  source_sha256 text not null check (source_sha256 ~ '^[0-9a-f]{64}$'),
  source_key text not null,
  source_mime_type text not null,
  source_size_bytes bigint not null,
  -- What guests get: the source itself when every phone plays it.
  rendition_key text,
  poster_key text,
  size_bytes bigint,
  duration_ms integer,
  width integer,
  height integer,
  created_at timestamptz not null default now()
);
create index idx_videos_ar_content_status on videos (ar_content_id, status);
create index idx_videos_source_sha256 on videos (source_sha256);

-- A task is what one request set in motion; its jobs are what a client follows.
create table tasks (
  id uuid primary key,
  company_id bigint not null references companies (id) on delete cascade,
  ar_content_id bigint not null references ar_content (id) on delete cascade,
  created_at timestamptz not null default now()
);
create index idx_tasks_company_id on tasks (company_id);
create index idx_tasks_ar_content_id on tasks (ar_content_id, created_at desc);

create table task_jobs (
  id bigint generated always as identity primary key,
  task_id uuid not null references tasks (id) on delete cascade,
  kind text not null check (kind in ('target', 'previews', 'video')),
  video_id bigint references videos (id) on delete cascade,
  status text not null default 'pending' check (status in ('pending', 'processing', 'ready', 'failed')),
  progress real not null default 0 check (progress between 0 and 1),
  -- How often it was begun. Only the latest run may end it, should the queue ever give it out twice.
  runs integer not null default 0,
  -- How often it threw; a kill of the server is no failure of the job.
  failures integer not null default 0,
  failure text,
  started_at timestamptz,
  finished_at timestamptz,
  check ((kind = 'video') = (video_id is not null))
);
create index idx_task_jobs_task_id on task_jobs (task_id);
create index idx_task_jobs_video_id on task_jobs (video_id);

create table visits (
  -- Made by the page or the app, so that reporting twice counts once.
  id uuid primary key,
  ar_content_id bigint not null references ar_content (id) on delete cascade,
  video_id bigint references videos (id) on delete set null,
  source text not null check (source in ('web', 'app')),
  started_at timestamptz not null default now(),
  camera text check (camera in ('granted', 'refused', 'absent')),
  time_to_lock_ms integer,
  lock_count integer not null default 0,
  duration_ms integer not null default 0,
  watched_ms integer not null default 0,
  watched_without_camera boolean not null default false,
  video_played boolean not null default false,
  tracking_quality text,
  device_type text,
  device_model text,
  os text,
  browser text,
  updated_at timestamptz not null default now()
);
create index idx_visits_ar_content_id on visits (ar_content_id, started_at desc);
create index idx_visits_video_id on visits (video_id);

-- Facts about this installation, e.g. that the demo was made.
create table settings (
  name text primary key,
  value jsonb not null
);
