-- An album shows what is known of all orders of a project: whoever caches it hears of each change once, by the project.

create function announce_album_of_content() returns trigger language plpgsql as $$
declare
  changed jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
begin
  -- Arguments: the column that names the order. A cascade has removed it already, and said so.
  perform pg_notify('arv_cache', 'album:' || project_id || ' ' || pg_current_xact_id()) from ar_content where id = (changed ->> tg_argv[0])::bigint;
  return null;
end $$;

create function announce_albums_of_photo() returns trigger language plpgsql as $$
begin
  perform pg_notify('arv_cache', 'album:' || project_id || ' ' || pg_current_xact_id())
    from (select distinct project_id from ar_content where photo_sha256 = new.sha256) as albums;
  return null;
end $$;

create trigger announce_album after insert or update or delete on ar_content
  for each row execute function announce_row('album', 'project_id');
create trigger announce_album after insert or update or delete on videos
  for each row execute function announce_album_of_content('ar_content_id');
create trigger announce_album after update of target_key, previews, blur on photos
  for each row execute function announce_albums_of_photo();
