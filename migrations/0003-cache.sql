-- Whatever changes what is cached announces it on the channel arv_cache, in the transaction that changes it: others hear of it
-- exactly when it commits, whoever wrote, by whatever way, and also when the writer dies right after. A payload is
-- `tag id`; the id is the transaction's, so that a tag is announced once however many of its rows changed.

create function announce_row() returns trigger language plpgsql as $$
declare
  changed jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
begin
  -- Arguments: tag, and the column that tells one from another.
  perform pg_notify('arv_cache', tg_argv[0] || ':' || (changed ->> tg_argv[1]) || ' ' || pg_current_xact_id());
  return null;
end $$;

create function announce_table() returns trigger language plpgsql as $$
begin
  perform pg_notify('arv_cache', tg_argv[0] || ' ' || pg_current_xact_id());
  return null;
end $$;

-- Lists change when a row comes, goes or is renamed; what is known of one row when that row changes.
create trigger announce_list after insert or delete or update of name, slug, contact_email on companies
  for each statement execute function announce_table('companies');
create trigger announce_row after delete or update of name, slug, contact_email on companies
  for each row execute function announce_row('company', 'id');

-- Not for next_order_number, which every upload raises.
create trigger announce_list after insert or delete or update of name, code, status, company_id on projects
  for each statement execute function announce_table('projects');
create trigger announce_row after delete or update of name, code, status, company_id on projects
  for each row execute function announce_row('project', 'id');

-- “There is no such content” ends when one comes, or when one gets another name.
create trigger announce_list after insert or update of unique_id, code, demo_number on ar_content
  for each statement execute function announce_table('content');
create trigger announce_row after update or delete on ar_content
  for each row execute function announce_row('content', 'id');

create trigger announce_row after insert or update or delete on videos
  for each row execute function announce_row('content', 'ar_content_id');
create trigger announce_row after insert or delete on tasks
  for each row execute function announce_row('content', 'ar_content_id');
create trigger announce_row after update or delete on photos
  for each row execute function announce_row('photo', 'sha256');
