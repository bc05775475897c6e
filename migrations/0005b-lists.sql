-- Lists of orders whose cost does not grow with their length: search by any part, and places counted in blocks.

create extension if not exists pg_trgm;

-- All that an order is searched by, in small letters; the phone once more as digits alone.
alter table ar_content add column search_text text not null generated always as (
  lower(order_number || E'\n' || coalesce(customer_name, '') || E'\n' || coalesce(customer_email, '') || E'\n' || coalesce(customer_phone, '')
    || E'\n' || regexp_replace(coalesce(customer_phone, ''), '[^0-9]', '', 'g'))) stored;
create index idx_ar_content_search on ar_content using gin (search_text gin_trgm_ops) with (fastupdate = off);
create index idx_ar_content_company_newest on ar_content (company_id, id desc);
create index idx_ar_content_company_status_newest on ar_content (company_id, status, id desc);
create index idx_ar_content_project_newest on ar_content (project_id, id desc);
create index idx_ar_content_project_status_newest on ar_content (project_id, status, id desc);
create index idx_ar_content_status_newest on ar_content (status, id desc);
create index idx_ar_content_order_number on ar_content (order_number, id);
create index idx_ar_content_customer_name on ar_content (customer_name, id);

-- How many orders of each kind each block of ids holds, so that the 800,000th is found without passing 799,999. A block has 512 ids (level 0)
-- or 32,768 (level 1). scope: 0 all, 1 company, 2 project; status '' is any.
create table content_blocks (
  scope smallint not null,
  scope_id bigint not null,
  status text not null,
  level smallint not null,
  block bigint not null,
  total integer not null,
  primary key (scope, scope_id, status, level, block)
);

-- What is still to be added to them: two uploads at a time would wait for each other over one block's row. Readers add both up.
create table content_block_changes (
  company_id bigint not null,
  project_id bigint not null,
  status text not null,
  block bigint not null,
  change integer not null
);

create function note_block_changes() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    insert into content_block_changes select company_id, project_id, status, id >> 9, -count(*) from before group by 1, 2, 3, 4;
  elsif tg_op = 'INSERT' then
    insert into content_block_changes select company_id, project_id, status, id >> 9, count(*) from after group by 1, 2, 3, 4;
  else
    insert into content_block_changes
    select company_id, project_id, status, id >> 9, sum(change)
    from (select company_id, project_id, status, id, -1 as change from before union all select company_id, project_id, status, id, 1 from after) both_sides
    group by 1, 2, 3, 4 having sum(change) <> 0;
  end if;
  return null;
end $$;
create trigger note_blocks_inserted after insert on ar_content referencing new table as after for each statement execute function note_block_changes();
create trigger note_blocks_deleted after delete on ar_content referencing old table as before for each statement execute function note_block_changes();
-- A trigger with transition tables takes no list of columns; what changed nothing here adds up to nothing.
create trigger note_blocks_updated after update on ar_content referencing old table as before new table as after for each statement execute function note_block_changes();

-- Folds the waiting changes. Returns how many there were; null when somebody else is at it.
create function fold_content_blocks() returns integer language plpgsql as $$
declare
  folded integer;
begin
  if not pg_try_advisory_xact_lock(hashtextextended('fold blocks', 0)) then return null; end if;
  with taken as materialized (
    delete from content_block_changes returning *
  ), sums as (
    select s.scope, s.scope_id, t.status, l.level, l.block, sum(c.change) as total
    from taken c
    cross join lateral (values (0, 0::bigint), (1, c.company_id), (2, c.project_id)) as s (scope, scope_id)
    cross join lateral (values (c.status), ('')) as t (status)
    cross join lateral (values (0, c.block), (1, c.block >> 6)) as l (level, block)
    group by 1, 2, 3, 4, 5 having sum(c.change) <> 0
  ), kept as (
    insert into content_blocks select * from sums order by 1, 2, 3, 4, 5
    on conflict (scope, scope_id, status, level, block) do update set total = content_blocks.total + excluded.total
  )
  select count(*) into folded from taken;
  return folded;
end $$;

-- Counts everything anew, e.g. after a bulk load past the triggers.
create function rebuild_content_blocks() returns void language plpgsql as $$
begin
  lock table ar_content in share mode;
  truncate content_blocks, content_block_changes;
  insert into content_block_changes select company_id, project_id, status, id >> 9, count(*) from ar_content group by 1, 2, 3, 4;
  perform fold_content_blocks();
end $$;
select rebuild_content_blocks();

-- The ids of orders whose text is like a pattern, at most so many and in no order. Sequential scans are off: what the statistics guess
-- of a pattern is often wrong, and the index is never far from the best way.
create function find_orders(pattern text, of_company bigint, of_project bigint, of_status text, since timestamptz, before timestamptz, rows_max integer)
returns setof bigint language plpgsql stable set enable_seqscan = off as $$
begin
  return query execute 'select id from ar_content where search_text like $1'
    || case when of_project is not null then ' and project_id = $3' else '' end
    || case when of_company is not null then ' and company_id = $2' else '' end
    || case when of_status is not null then ' and status = $4' else '' end
    || case when since is not null then ' and created_at >= $5' else '' end
    || case when before is not null then ' and created_at < $6' else '' end
    || ' limit $7' using pattern, of_company, of_project, of_status, since, before, rows_max;
end $$;
