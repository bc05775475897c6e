import type { App } from '../../app.ts'
import type { Facts } from '../facts.ts'
import { counter, gauge, histogram } from './families.ts'
import type { Family, Reading } from './families.ts'

export function databaseFamilies(app: Omit<App, 'ops'>, readFacts: () => Promise<Facts>): Family[] {
  const { database, telemetry } = app
  const ask = (read: (facts: NonNullable<Facts['database']>) => Reading[]) => async () => {
    const facts = (await readFacts()).database
    return facts === undefined ? [] : read(facts)
  }
  return [
    gauge('db_pool_in_use', 'Connections of this process that are in use.', () => [[{}, database.pool().open - database.pool().idle]]),
    gauge('db_pool_waiting', 'Queries and transactions of this process that wait for a connection.', () => [[{}, database.pool().waiting]]),
    gauge('db_pool_max', 'Connections that this process may have.', () => [[{}, database.pool().max]]),
    histogram('db_query_duration_seconds', 'How long queries took, by what they do to which table.', () =>
      telemetry.queries.kinds().map(({ operation, table, durations }) => [{ operation, table }, durations])),
    gauge('db_connections', 'Connections to the database, of all processes, by state.', ask(({ connections }) => connections.map(({ state, count }) => [{ state }, count]))),
    gauge('db_connections_max', 'Connections that the server allows.', ask(({ connectionsMax }) => [[{}, connectionsMax]])),
    gauge('db_size_bytes', 'What the database takes on disk.', ask(({ sizeBytes }) => [[{}, sizeBytes]])),
    counter('visits_total', 'Visits that were recorded, by all instances, since the database’s statistics began.', ask(({ visitsRecorded }) => [[{}, visitsRecorded]])),
  ]
}
