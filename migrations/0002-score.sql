-- How well a photo is recognised, in detail, and which photos of a project could be taken for each other.

alter table photos
  -- {grid: {columns, rows, values: base64}, conditions: {widthMin, tiltMaxDegrees, lightMin}}
  add column score_details jsonb,
  -- Of the scoring that gave it; a newer one scores again.
  add column score_version integer;

-- Both directions are stored, so that either content finds the other by its own id.
create table look_alikes (
  ar_content_id bigint not null references ar_content (id) on delete cascade,
  other_id bigint not null references ar_content (id) on delete cascade,
  -- How much of the one photo agreed with the other's target; 1 for the same file.
  similarity real not null check (similarity between 0 and 1),
  primary key (ar_content_id, other_id),
  check (ar_content_id <> other_id)
);
create index idx_look_alikes_other_id on look_alikes (other_id);

alter table task_jobs drop constraint task_jobs_kind_check;
alter table task_jobs add constraint task_jobs_kind_check check (kind in ('target', 'previews', 'video', 'score'));
