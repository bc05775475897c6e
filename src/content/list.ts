import { outsideOfRequests, sql } from '../lib/db/db.ts'
import type { Db } from '../lib/db/db.ts'
import { limits } from '../limits.ts'
import type { ContentSort, ContentStatus } from './schema.ts'

export interface ContentFilter {
  /** Null: of all. */
  companyId: number | null
  projectId?: number | undefined
  status?: ContentStatus | undefined
  search?: string | undefined
  /** Uploaded at or after this moment, and before that one. */
  since?: Date | undefined
  before?: Date | undefined
  sort?: ContentSort | undefined
}

/** Which orders a page of a list shows, in their order. */
export interface Place {
  ids: number[]
  total: number
  /** False: there are more than `total`, or may be. */
  isExact: boolean
}

type Slice = { limit: number; offset: number }

/** Finds the ids of one page. What it costs depends on the page's length, not on the list's, nor on how far back the page lies. */
export async function findPlace(db: Db, filter: ContentFilter, slice: Slice): Promise<Place> {
  const { search, since, before, sort = 'newest' } = filter
  if (search !== undefined) return [...search].length < 3 ? await searchNewest(db, filter, search, slice) : await searchAll(db, filter, search, slice)
  if (since !== undefined || before !== undefined) return await findInPeriod(db, filter, slice)
  return sort === 'newest' || sort === 'oldest' ? await findByBlocks(db, filter, sort, slice) : await findSorted(db, filter, slice)
}

/** The blocks say in which 512 ids the page begins; see migration 0005b. */
async function findByBlocks(db: Db, filter: ContentFilter, sort: 'newest' | 'oldest', { limit, offset }: Slice): Promise<Place> {
  const direction = sql.raw(sort === 'newest' ? 'desc' : 'asc')
  const reach = sort === 'newest' ? sql`c.id < (select (block + 1) << 9 from start)` : sql`c.id >= (select block << 9 from start)`
  const { rows } = await sql<{ ids: number[] | null; total: number | null; pending: number }>`
    with ${countsOf(filter)}, placed as (
      select block, total, sum(total) over (order by block ${direction}) - total as passed from counts
    ), big as (
      select block, passed from placed where passed <= ${offset}::bigint and passed + total > ${offset}::bigint limit 1
    ), small as (
      select b.block, b.total, big.passed + sum(b.total) over (order by b.block ${direction}) - b.total as passed
      from big cross join lateral (
        select block, sum(total) as total from (
          select block, total from content_blocks where ${scopeOf(filter)} and level = 0 and block >= big.block << 6 and block < (big.block + 1) << 6
          union all select block, change from pending where block >= big.block << 6 and block < (big.block + 1) << 6
        ) both_sides group by block having sum(total) > 0
      ) b
    ), start as (
      select block, passed from small where passed <= ${offset}::bigint and passed + total > ${offset}::bigint limit 1
    )
    select (select sum(total) from counts)::bigint as total, (select count(*) from pending)::int as pending, array(
      select c.id from ar_content c where ${reach} ${conditionsOf(filter)} order by c.id ${direction}
      limit ${limit} offset (select ${offset}::bigint - passed from start)
    ) as ids`.execute(db)
  const [{ ids, total, pending }] = rows
  if (pending > limits.blockChangesMax) foldLater(db)
  return { ids: ids ?? [], total: total ?? 0, isExact: true }
}

/** By number or by name: along the index of that column, which is read as far as the page. */
async function findSorted(db: Db, filter: ContentFilter, { limit, offset }: Slice): Promise<Place> {
  const column = sql.raw(filter.sort === 'order_number' ? 'c.order_number' : 'c.customer_name')
  const { rows } = await sql<{ ids: number[] | null; total: number | null }>`
    with ${countsOf(filter)}
    select (select sum(total) from counts)::bigint as total,
      array(select c.id from ar_content c where true ${conditionsOf(filter)} order by ${column}, c.id limit ${limit} offset ${offset}) as ids`.execute(db)
  return { ids: rows[0].ids ?? [], total: rows[0].total ?? 0, isExact: true }
}

async function findInPeriod(db: Db, filter: ContentFilter, { limit, offset }: Slice): Promise<Place> {
  const { rows } = await sql<{ ids: number[] | null; total: number }>`
    select (select count(*) from (select from ar_content c where true ${conditionsOf(filter)} ${periodOf(filter)} limit ${limits.exactCountMax + 1}) c)::int as total,
      array(select c.id from ar_content c where true ${conditionsOf(filter)} ${periodOf(filter)} ${orderOf(filter)} limit ${limit} offset ${offset}) as ids`.execute(db)
  return cut(rows[0].ids ?? [], rows[0].total)
}

/** Three letters and more: by the trigrams of the text. Rare words are found through the index, frequent ones by looking from the newest on. */
async function searchAll(db: Db, filter: ContentFilter, search: string, { limit, offset }: Slice): Promise<Place> {
  const { companyId, projectId = null, status = null, since = null, before = null } = filter
  const pattern = patternOf(search)
  const { rows } = await sql<{ ids: number[] | null; total: number }>`
    with found as materialized (
      select find_orders(${pattern}, ${companyId}::bigint, ${projectId}::bigint, ${status}::text, ${since}::timestamptz, ${before}::timestamptz,
        ${limits.exactCountMax + 1}::int) as id
    )
    select (select count(*) from found)::int as total, array(
      select c.id from ar_content c where c.id = any(array(select id from found)) ${orderOf(filter)} limit ${limit} offset ${offset}
    ) as ids where (select count(*) from found) <= ${limits.exactCountMax}`.execute(db)
  if (rows.length > 0) return cut(rows[0].ids ?? [], rows[0].total)
  const newest = await sql<{ id: number }>`
    select c.id from ar_content c where c.search_text like ${pattern} ${conditionsOf(filter)} ${periodOf(filter)} ${orderOf(filter)} limit ${limit} offset ${offset}`.execute(db)
  return cut(newest.rows.map(({ id }) => id), limits.exactCountMax + 1)
}

/** One letter or two are in nearly every order, and no index knows them: the newest orders are looked through. */
async function searchNewest(db: Db, filter: ContentFilter, search: string, { limit, offset }: Slice): Promise<Place> {
  const { rows } = await sql<{ ids: number[] | null; total: number; looked: number }>`
    with newest as materialized (
      select c.id, c.search_text, c.created_at, c.order_number, c.customer_name from ar_content c where true ${conditionsOf(filter)} ${periodOf(filter)}
      order by c.id desc limit ${limits.shortSearchOrdersMax}
    ), found as materialized (
      select * from newest where search_text like ${patternOf(search)}
    )
    select (select count(*) from newest)::int as looked, (select count(*) from found)::int as total,
      array(select c.id from found c ${orderOf(filter)} limit ${limit} offset ${offset}) as ids`.execute(db)
  const [{ ids, total, looked }] = rows
  const place = cut(ids ?? [], total)
  return { ...place, isExact: place.isExact && looked < limits.shortSearchOrdersMax }
}

/** `counts`: totals by blocks of 32,768 ids; `pending`: what is still to be added to them. */
function countsOf(filter: ContentFilter) {
  const { companyId, projectId, status } = filter
  return sql`pending as materialized (
      select block, change from content_block_changes c where true ${companyId === null ? sql`` : sql`and c.company_id = ${companyId}`}
        ${projectId === undefined ? sql`` : sql`and c.project_id = ${projectId}`} ${status === undefined ? sql`` : sql`and c.status = ${status}`}
    ), counts as materialized (
      select block, sum(total) as total from (
        select block, total from content_blocks where ${scopeOf(filter)} and level = 1
        union all select block >> 6, change from pending
      ) both_sides group by block having sum(total) > 0
    )`
}

function scopeOf({ companyId, projectId, status }: ContentFilter) {
  const ofStatus = sql`status = ${status ?? ''}`
  if (projectId === undefined) return companyId === null ? sql`scope = 0 and scope_id = 0 and ${ofStatus}` : sql`scope = 1 and scope_id = ${companyId} and ${ofStatus}`
  // Another company's project has nothing for this reader.
  const isOwn = companyId === null ? sql`` : sql`and (select p.company_id from projects p where p.id = ${projectId}) = ${companyId}`
  return sql`scope = 2 and scope_id = ${projectId} and ${ofStatus} ${isOwn}`
}

function conditionsOf({ companyId, projectId, status }: ContentFilter) {
  return sql`${projectId === undefined ? sql`` : sql`and c.project_id = ${projectId}`} ${companyId === null ? sql`` : sql`and c.company_id = ${companyId}`}
    ${status === undefined ? sql`` : sql`and c.status = ${status}`}`
}

function periodOf({ since, before }: ContentFilter) {
  return sql`${since === undefined ? sql`` : sql`and c.created_at >= ${since}`} ${before === undefined ? sql`` : sql`and c.created_at < ${before}`}`
}

function orderOf({ sort = 'newest', since, before }: ContentFilter) {
  if (sort === 'order_number') return sql`order by c.order_number, c.id`
  if (sort === 'customer_name') return sql`order by c.customer_name, c.id`
  const direction = sql.raw(sort === 'newest' ? 'desc' : 'asc')
  // In a period along the index of that time.
  return since === undefined && before === undefined ? sql`order by c.id ${direction}` : sql`order by c.created_at ${direction}, c.id ${direction}`
}

function patternOf(search: string): string {
  return `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
}

function cut(ids: number[], total: number): Place {
  return { ids, total: Math.min(total, limits.exactCountMax), isExact: total <= limits.exactCountMax }
}

let folding = false

function foldLater(db: Db): void {
  if (folding) return
  folding = true
  // What was not folded is still counted, and the next reader tries again.
  outsideOfRequests(async () => await sql`select fold_content_blocks()`.execute(db)).catch(() => {}).finally(() => (folding = false))
}
