-- Generated from the migrations by `npm run generate`; for reading, never run.

create table account_links (
  sha256 bytea not null,
  kind text not null,
  user_id bigint not null,
  email text,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  constraint account_links_kind_check CHECK ((kind = ANY (ARRAY['reset-password'::text, 'change-email'::text, 'second-step'::text]))),
  constraint account_links_pkey PRIMARY KEY (sha256),
  constraint account_links_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table api_tokens (
  id bigint generated always as identity not null,
  user_id bigint not null,
  name text not null,
  sha256 bytea not null,
  beginning text not null,
  scope text not null,
  created_at timestamp with time zone default now() not null,
  last_used_at timestamp with time zone,
  expires_at timestamp with time zone,
  constraint api_tokens_pkey PRIMARY KEY (id),
  constraint api_tokens_scope_check CHECK ((scope = ANY (ARRAY['read'::text, 'write'::text, 'manage'::text]))),
  constraint api_tokens_sha256_key UNIQUE (sha256),
  constraint api_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table ar_content (
  id bigint generated always as identity not null,
  unique_id uuid not null,
  code text not null,
  company_id bigint not null,
  project_id bigint not null,
  order_number text not null,
  customer_name text,
  customer_phone text,
  customer_email text,
  duration_years integer,
  expires_at timestamp with time zone,
  status text not null,
  photo_sha256 text not null,
  marker_status text not null,
  marker_failure text,
  demo_number integer,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  search_text text generated always as (lower(((((((((order_number || '
'::text) || COALESCE(customer_name, ''::text)) || '
'::text) || COALESCE(customer_email, ''::text)) || '
'::text) || COALESCE(customer_phone, ''::text)) || '
'::text) || regexp_replace(COALESCE(customer_phone, ''::text), '[^0-9]'::text, ''::text, 'g'::text)))) stored not null,
  constraint ar_content_code_key UNIQUE (code),
  constraint ar_content_company_id_fkey FOREIGN KEY (company_id) REFERENCES companies(id),
  constraint ar_content_company_id_project_id_fkey FOREIGN KEY (company_id, project_id) REFERENCES projects(company_id, id),
  constraint ar_content_demo_number_key UNIQUE (demo_number),
  constraint ar_content_marker_status_check CHECK ((marker_status = ANY (ARRAY['pending'::text, 'processing'::text, 'ready'::text, 'failed'::text]))),
  constraint ar_content_photo_sha256_fkey FOREIGN KEY (photo_sha256) REFERENCES photos(sha256),
  constraint ar_content_pkey PRIMARY KEY (id),
  constraint ar_content_project_id_order_number_key UNIQUE (project_id, order_number),
  constraint ar_content_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'ready'::text, 'failed'::text, 'archived'::text]))),
  constraint ar_content_unique_id_key UNIQUE (unique_id)
);

create table attempts (
  key text not null,
  count integer not null,
  ends_at timestamp with time zone not null,
  constraint attempts_pkey PRIMARY KEY (key)
);

create table audit_log (
  id bigint generated always as identity not null,
  at timestamp with time zone default now() not null,
  company_id bigint,
  user_id bigint,
  user_name text,
  action text not null,
  kind text not null,
  subject_id text,
  subject_name text not null,
  changes jsonb default '{}'::jsonb not null,
  constraint audit_log_pkey PRIMARY KEY (id)
);

create table batch_items (
  batch_id uuid not null,
  position integer not null,
  ar_content_id bigint not null,
  status text default 'pending'::text not null,
  failure text,
  task_id uuid,
  constraint batch_items_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES batches(id) ON DELETE CASCADE,
  constraint batch_items_pkey PRIMARY KEY (batch_id, "position"),
  constraint batch_items_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'ready'::text, 'failed'::text]))),
  constraint batch_items_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasks(id) ON DELETE SET NULL
);

create table batches (
  id uuid not null,
  company_id bigint,
  action text not null,
  created_at timestamp with time zone default now() not null,
  finished_at timestamp with time zone,
  constraint batches_action_check CHECK ((action = ANY (ARRAY['archive'::text, 'activate'::text, 'delete'::text, 'recompile'::text, 'previews'::text]))),
  constraint batches_company_id_fkey FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE CASCADE,
  constraint batches_pkey PRIMARY KEY (id)
);

create table companies (
  id bigint generated always as identity not null,
  name text not null,
  slug text not null,
  contact_email text,
  created_at timestamp with time zone default now() not null,
  version integer default 1 not null,
  status text default 'active'::text not null,
  contact_name text,
  contact_phone text,
  time_zone text default 'UTC'::text not null,
  language text default 'en'::text not null,
  logo_key text,
  logo_width integer,
  logo_height integer,
  accent_colour text,
  start_heading text,
  start_text text,
  constraint companies_accent_colour_check CHECK ((accent_colour ~ '^#[0-9a-f]{6}$'::text)),
  constraint companies_check CHECK ((((logo_key IS NULL) = (logo_width IS NULL)) AND ((logo_key IS NULL) = (logo_height IS NULL)))),
  constraint companies_language_check CHECK ((language = ANY (ARRAY['en'::text, 'ru'::text]))),
  constraint companies_pkey PRIMARY KEY (id),
  constraint companies_slug_key UNIQUE (slug),
  constraint companies_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text])))
);

create table content_block_changes (
  company_id bigint not null,
  project_id bigint not null,
  status text not null,
  block bigint not null,
  change integer not null
);

create table content_blocks (
  scope smallint not null,
  scope_id bigint not null,
  status text not null,
  level smallint not null,
  block bigint not null,
  total integer not null,
  constraint content_blocks_pkey PRIMARY KEY (scope, scope_id, status, level, block)
);

create table invitations (
  id bigint generated always as identity not null,
  company_id bigint,
  email text not null,
  role text not null,
  language text not null,
  invited_by bigint,
  sha256 bytea,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  constraint invitations_check CHECK (((role = 'admin'::text) = (company_id IS NULL))),
  constraint invitations_company_id_fkey FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE CASCADE,
  constraint invitations_email_check CHECK ((email = lower(email))),
  constraint invitations_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES users(id) ON DELETE SET NULL,
  constraint invitations_language_check CHECK ((language = ANY (ARRAY['en'::text, 'ru'::text]))),
  constraint invitations_pkey PRIMARY KEY (id),
  constraint invitations_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'manager'::text, 'editor'::text, 'viewer'::text]))),
  constraint invitations_sha256_key UNIQUE (sha256)
);

create table look_alikes (
  ar_content_id bigint not null,
  other_id bigint not null,
  similarity real not null,
  constraint look_alikes_ar_content_id_fkey FOREIGN KEY (ar_content_id) REFERENCES ar_content(id) ON DELETE CASCADE,
  constraint look_alikes_check CHECK ((ar_content_id <> other_id)),
  constraint look_alikes_other_id_fkey FOREIGN KEY (other_id) REFERENCES ar_content(id) ON DELETE CASCADE,
  constraint look_alikes_pkey PRIMARY KEY (ar_content_id, other_id),
  constraint look_alikes_similarity_check CHECK (((similarity >= (0)::double precision) AND (similarity <= (1)::double precision)))
);

create table mails (
  id bigint generated always as identity not null,
  kind text not null,
  recipient text not null,
  language text not null,
  company_id bigint,
  user_id bigint,
  invitation_id bigint,
  status text default 'waiting'::text not null,
  failures integer default 0 not null,
  problem text,
  created_at timestamp with time zone default now() not null,
  sent_at timestamp with time zone,
  constraint mails_company_id_fkey FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE CASCADE,
  constraint mails_invitation_id_fkey FOREIGN KEY (invitation_id) REFERENCES invitations(id) ON DELETE CASCADE,
  constraint mails_kind_check CHECK ((kind = ANY (ARRAY['invitation'::text, 'reset-password'::text, 'change-email'::text, 'email-taken'::text, 'test'::text]))),
  constraint mails_language_check CHECK ((language = ANY (ARRAY['en'::text, 'ru'::text]))),
  constraint mails_pkey PRIMARY KEY (id),
  constraint mails_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'sent'::text, 'failed'::text]))),
  constraint mails_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table performance_minutes (
  instance text not null,
  taken_at timestamp with time zone not null,
  totals jsonb not null,
  details jsonb not null,
  constraint performance_minutes_pkey PRIMARY KEY (instance, taken_at)
);

create table photos (
  sha256 text not null,
  mime_type text not null,
  extension text not null,
  size_bytes bigint not null,
  width integer not null,
  height integer not null,
  target_key text,
  target_version integer,
  score smallint,
  advice text[] default '{}'::text[] not null,
  blur text,
  previews jsonb default '[]'::jsonb not null,
  created_at timestamp with time zone default now() not null,
  score_details jsonb,
  score_version integer,
  constraint photos_pkey PRIMARY KEY (sha256),
  constraint photos_score_check CHECK (((score >= 0) AND (score <= 100))),
  constraint photos_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

create table projects (
  id bigint generated always as identity not null,
  company_id bigint not null,
  name text not null,
  code text not null,
  status text default 'active'::text not null,
  next_order_number integer default 1 not null,
  created_at timestamp with time zone default now() not null,
  version integer default 1 not null,
  constraint projects_code_key UNIQUE (code),
  constraint projects_company_id_fkey FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE CASCADE,
  constraint projects_company_id_id_key UNIQUE (company_id, id),
  constraint projects_pkey PRIMARY KEY (id),
  constraint projects_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text, 'archived'::text])))
);

create table recovery_codes (
  user_id bigint not null,
  sha256 bytea not null,
  used_at timestamp with time zone,
  constraint recovery_codes_pkey PRIMARY KEY (user_id, sha256),
  constraint recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table session_tokens (
  sha256 bytea not null,
  session_id uuid not null,
  kind text not null,
  expires_at timestamp with time zone not null,
  exchanged_at timestamp with time zone,
  constraint session_tokens_kind_check CHECK ((kind = ANY (ARRAY['access'::text, 'refresh'::text]))),
  constraint session_tokens_pkey PRIMARY KEY (sha256),
  constraint session_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE
);

create table sessions (
  id uuid not null,
  user_id bigint not null,
  user_agent text,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone not null,
  last_seen_at timestamp with time zone default now() not null,
  refresh_secret bytea,
  constraint sessions_pkey PRIMARY KEY (id),
  constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table settings (
  name text not null,
  value jsonb not null,
  constraint settings_pkey PRIMARY KEY (name)
);

create table task_jobs (
  id bigint generated always as identity not null,
  task_id uuid not null,
  kind text not null,
  video_id bigint,
  status text default 'pending'::text not null,
  progress real default 0 not null,
  runs integer default 0 not null,
  failures integer default 0 not null,
  failure text,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  constraint task_jobs_check CHECK (((kind = 'video'::text) = (video_id IS NOT NULL))),
  constraint task_jobs_kind_check CHECK ((kind = ANY (ARRAY['target'::text, 'previews'::text, 'video'::text, 'score'::text]))),
  constraint task_jobs_pkey PRIMARY KEY (id),
  constraint task_jobs_progress_check CHECK (((progress >= (0)::double precision) AND (progress <= (1)::double precision))),
  constraint task_jobs_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'ready'::text, 'failed'::text]))),
  constraint task_jobs_task_id_fkey FOREIGN KEY (task_id) REFERENCES tasks(id) ON DELETE CASCADE,
  constraint task_jobs_video_id_fkey FOREIGN KEY (video_id) REFERENCES videos(id) ON DELETE CASCADE
);

create table tasks (
  id uuid not null,
  company_id bigint not null,
  ar_content_id bigint not null,
  created_at timestamp with time zone default now() not null,
  constraint tasks_ar_content_id_fkey FOREIGN KEY (ar_content_id) REFERENCES ar_content(id) ON DELETE CASCADE,
  constraint tasks_company_id_fkey FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE CASCADE,
  constraint tasks_pkey PRIMARY KEY (id)
);

create table users (
  id bigint generated always as identity not null,
  email text not null,
  password_hash text not null,
  name text not null,
  role text not null,
  company_id bigint,
  created_at timestamp with time zone default now() not null,
  version integer default 1 not null,
  language text,
  password_changed_at timestamp with time zone default now() not null,
  totp_secret bytea,
  totp_confirmed_at timestamp with time zone,
  totp_last_step bigint,
  constraint users_check CHECK (((role = 'admin'::text) = (company_id IS NULL))),
  constraint users_company_id_fkey FOREIGN KEY (company_id) REFERENCES companies(id) ON DELETE CASCADE,
  constraint users_email_check CHECK ((email = lower(email))),
  constraint users_email_key UNIQUE (email),
  constraint users_language_check CHECK ((language = ANY (ARRAY['en'::text, 'ru'::text]))),
  constraint users_pkey PRIMARY KEY (id),
  constraint users_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'manager'::text, 'editor'::text, 'viewer'::text])))
);

create table videos (
  id bigint generated always as identity not null,
  ar_content_id bigint not null,
  title text not null,
  position integer default 0 not null,
  is_active boolean default true not null,
  status text not null,
  failure text,
  source_sha256 text not null,
  source_key text not null,
  source_mime_type text not null,
  source_size_bytes bigint not null,
  rendition_key text,
  poster_key text,
  size_bytes bigint,
  duration_ms integer,
  width integer,
  height integer,
  created_at timestamp with time zone default now() not null,
  constraint videos_ar_content_id_fkey FOREIGN KEY (ar_content_id) REFERENCES ar_content(id) ON DELETE CASCADE,
  constraint videos_pkey PRIMARY KEY (id),
  constraint videos_source_sha256_check CHECK ((source_sha256 ~ '^[0-9a-f]{64}$'::text)),
  constraint videos_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'ready'::text, 'failed'::text])))
);

create table visit_changes (
  sign smallint not null,
  ar_content_id bigint not null,
  company_id bigint not null,
  project_id bigint not null,
  started_at timestamp with time zone not null,
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

create table visit_days (
  scope smallint not null,
  scope_id bigint not null,
  day date not null,
  company_id bigint not null,
  project_id bigint not null,
  opened bigint default 0 not null,
  from_apps bigint default 0 not null,
  camera_granted bigint default 0 not null,
  camera_refused bigint default 0 not null,
  camera_absent bigint default 0 not null,
  locked bigint default 0 not null,
  played bigint default 0 not null,
  completed bigint default 0 not null,
  clicked bigint default 0 not null,
  without_camera bigint default 0 not null,
  clicks bigint default 0 not null,
  locks bigint default 0 not null,
  watched_ms bigint default 0 not null,
  lock_timed bigint default 0 not null,
  lock_ms bigint default 0 not null,
  lock_under_1s bigint default 0 not null,
  lock_under_3s bigint default 0 not null,
  lock_under_10s bigint default 0 not null,
  device_phone bigint default 0 not null,
  device_tablet bigint default 0 not null,
  device_desktop bigint default 0 not null,
  system_ios bigint default 0 not null,
  system_android bigint default 0 not null,
  system_windows bigint default 0 not null,
  system_macos bigint default 0 not null,
  system_linux bigint default 0 not null,
  browser_chrome bigint default 0 not null,
  browser_safari bigint default 0 not null,
  browser_firefox bigint default 0 not null,
  browser_edge bigint default 0 not null,
  browser_samsung bigint default 0 not null,
  browser_yandex bigint default 0 not null,
  constraint visit_days_pkey PRIMARY KEY (scope, scope_id, day)
);

create table visit_slots (
  scope smallint not null,
  scope_id bigint not null,
  slot timestamp with time zone not null,
  opened bigint default 0 not null,
  from_apps bigint default 0 not null,
  camera_granted bigint default 0 not null,
  camera_refused bigint default 0 not null,
  camera_absent bigint default 0 not null,
  locked bigint default 0 not null,
  played bigint default 0 not null,
  completed bigint default 0 not null,
  clicked bigint default 0 not null,
  without_camera bigint default 0 not null,
  clicks bigint default 0 not null,
  locks bigint default 0 not null,
  watched_ms bigint default 0 not null,
  lock_timed bigint default 0 not null,
  lock_ms bigint default 0 not null,
  lock_under_1s bigint default 0 not null,
  lock_under_3s bigint default 0 not null,
  lock_under_10s bigint default 0 not null,
  device_phone bigint default 0 not null,
  device_tablet bigint default 0 not null,
  device_desktop bigint default 0 not null,
  system_ios bigint default 0 not null,
  system_android bigint default 0 not null,
  system_windows bigint default 0 not null,
  system_macos bigint default 0 not null,
  system_linux bigint default 0 not null,
  browser_chrome bigint default 0 not null,
  browser_safari bigint default 0 not null,
  browser_firefox bigint default 0 not null,
  browser_edge bigint default 0 not null,
  browser_samsung bigint default 0 not null,
  browser_yandex bigint default 0 not null,
  constraint visit_slots_pkey PRIMARY KEY (scope, scope_id, slot)
);

create table visits (
  id uuid not null,
  ar_content_id bigint not null,
  company_id bigint not null,
  project_id bigint not null,
  video_id bigint,
  source text not null,
  started_at timestamp with time zone default now() not null,
  camera text,
  time_to_lock_ms integer,
  lock_count integer default 0 not null,
  duration_ms integer default 0 not null,
  watched_ms integer default 0 not null,
  watched_without_camera boolean default false not null,
  video_played boolean default false not null,
  completed boolean default false not null,
  button_clicks integer default 0 not null,
  tracking_quality text,
  device_type text,
  device_model text,
  os text,
  browser text,
  updated_at timestamp with time zone default now() not null,
  constraint visits_ar_content_id_fkey1 FOREIGN KEY (ar_content_id) REFERENCES ar_content(id) ON DELETE CASCADE,
  constraint visits_camera_check1 CHECK ((camera = ANY (ARRAY['granted'::text, 'refused'::text, 'absent'::text]))),
  constraint visits_pkey PRIMARY KEY (id, started_at),
  constraint visits_source_check1 CHECK ((source = ANY (ARRAY['web'::text, 'app'::text])))
) partition by RANGE (started_at);

CREATE INDEX idx_account_links_expires_at ON public.account_links USING btree (expires_at);
CREATE INDEX idx_account_links_user_id ON public.account_links USING btree (user_id);
CREATE INDEX idx_api_tokens_user_id ON public.api_tokens USING btree (user_id);
CREATE INDEX idx_ar_content_company_newest ON public.ar_content USING btree (company_id, id DESC);
CREATE INDEX idx_ar_content_company_project ON public.ar_content USING btree (company_id, project_id, status);
CREATE INDEX idx_ar_content_company_status_newest ON public.ar_content USING btree (company_id, status, id DESC);
CREATE INDEX idx_ar_content_created_at ON public.ar_content USING btree (created_at DESC, id DESC);
CREATE INDEX idx_ar_content_customer_name ON public.ar_content USING btree (customer_name, id);
CREATE INDEX idx_ar_content_order_number ON public.ar_content USING btree (order_number, id);
CREATE INDEX idx_ar_content_photo ON public.ar_content USING btree (photo_sha256);
CREATE INDEX idx_ar_content_project_id ON public.ar_content USING btree (project_id);
CREATE INDEX idx_ar_content_project_newest ON public.ar_content USING btree (project_id, id DESC);
CREATE INDEX idx_ar_content_project_status_newest ON public.ar_content USING btree (project_id, status, id DESC);
CREATE INDEX idx_ar_content_search ON public.ar_content USING gin (search_text gin_trgm_ops) WITH (fastupdate=off);
CREATE INDEX idx_ar_content_status ON public.ar_content USING btree (status);
CREATE INDEX idx_ar_content_status_newest ON public.ar_content USING btree (status, id DESC);
CREATE INDEX idx_attempts_ends_at ON public.attempts USING btree (ends_at);
CREATE INDEX idx_audit_log_at ON public.audit_log USING btree (at DESC, id DESC);
CREATE INDEX idx_audit_log_company_id ON public.audit_log USING btree (company_id, at DESC, id DESC);
CREATE INDEX idx_batch_items_task_id ON public.batch_items USING btree (task_id);
CREATE INDEX idx_batches_company_id ON public.batches USING btree (company_id);
CREATE INDEX idx_companies_logo_key ON public.companies USING btree (logo_key);
CREATE INDEX idx_invitations_company_id ON public.invitations USING btree (company_id);
CREATE INDEX idx_invitations_invited_by ON public.invitations USING btree (invited_by);
CREATE INDEX idx_look_alikes_other_id ON public.look_alikes USING btree (other_id);
CREATE INDEX idx_mails_company_id ON public.mails USING btree (company_id);
CREATE INDEX idx_mails_created_at ON public.mails USING btree (created_at DESC, id DESC);
CREATE INDEX idx_mails_invitation_id ON public.mails USING btree (invitation_id);
CREATE INDEX idx_mails_user_id ON public.mails USING btree (user_id);
CREATE INDEX idx_performance_minutes_taken_at ON public.performance_minutes USING btree (taken_at);
CREATE INDEX idx_session_tokens_expires_at ON public.session_tokens USING btree (expires_at);
CREATE INDEX idx_session_tokens_session_id ON public.session_tokens USING btree (session_id);
CREATE INDEX idx_sessions_expires_at ON public.sessions USING btree (expires_at);
CREATE INDEX idx_sessions_user_id ON public.sessions USING btree (user_id);
CREATE INDEX idx_task_jobs_task_id ON public.task_jobs USING btree (task_id);
CREATE INDEX idx_task_jobs_video_id ON public.task_jobs USING btree (video_id);
CREATE INDEX idx_tasks_ar_content_id ON public.tasks USING btree (ar_content_id, created_at DESC);
CREATE INDEX idx_tasks_company_id ON public.tasks USING btree (company_id);
CREATE INDEX idx_users_company_id ON public.users USING btree (company_id);
CREATE INDEX idx_videos_ar_content_status ON public.videos USING btree (ar_content_id, status);
CREATE INDEX idx_videos_source_sha256 ON public.videos USING btree (source_sha256);
CREATE INDEX idx_visit_days_all ON public.visit_days USING btree (day, opened DESC) WHERE (scope = 3);
CREATE INDEX idx_visit_days_company ON public.visit_days USING btree (company_id, day, opened DESC) WHERE (scope = 3);
CREATE INDEX idx_visit_days_project ON public.visit_days USING btree (project_id, day, opened DESC) WHERE (scope = 3);
CREATE INDEX idx_visits_ar_content_id ON ONLY public.visits USING btree (ar_content_id, started_at DESC);
CREATE UNIQUE INDEX invitations_company_email ON public.invitations USING btree (COALESCE(company_id, (0)::bigint), email);
