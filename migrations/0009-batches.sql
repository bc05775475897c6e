-- One request for many contents, and what became of each.

create table batches (
  -- Told as a task's id: a client follows both in the same way.
  id uuid primary key,
  -- Whose contents it may touch; null: everybody's, for the platform's administrators.
  company_id bigint references companies (id) on delete cascade,
  action text not null check (action in ('archive', 'activate', 'delete', 'recompile', 'previews')),
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
create index idx_batches_company_id on batches (company_id);

create table batch_items (
  batch_id uuid not null references batches (id) on delete cascade,
  position integer not null,
  -- As it was asked for: there need not be such a content, or not any more.
  ar_content_id bigint not null,
  status text not null default 'pending' check (status in ('pending', 'ready', 'failed')),
  failure text,
  -- What the item set in motion; its result is the item's.
  task_id uuid references tasks (id) on delete set null,
  primary key (batch_id, position)
);
create index idx_batch_items_task_id on batch_items (task_id);
