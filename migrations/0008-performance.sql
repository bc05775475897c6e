-- What each instance did, minute by minute, for the performance page; kept for a day, so that a restart keeps the day.
create table performance_minutes (
  instance text not null,
  taken_at timestamptz not null,
  -- One sample for the whole minute, small: what the charts of a day are made of.
  totals jsonb not null,
  -- {samples, routes, queries}: the minute's parts of ten seconds, and what took the most time in it.
  details jsonb not null,
  primary key (instance, taken_at)
);
create index idx_performance_minutes_taken_at on performance_minutes (taken_at);
