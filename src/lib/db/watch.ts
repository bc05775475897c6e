import type { Dialect, Driver } from 'kysely'

/** How the connections for queries are used at this moment. */
export interface PoolUse {
  inUse: number
  /** Queries and transactions that wait for a connection. */
  waiting: number
  max: number
}

/** The same dialect, which counts in `use` who has a connection and who waits for one. */
export function countConnections(dialect: Dialect, use: PoolUse): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => countIn(dialect.createDriver(), use),
  }
}

function countIn(driver: Driver, use: PoolUse): Driver {
  const acquire = driver.acquireConnection.bind(driver)
  const release = driver.releaseConnection.bind(driver)
  driver.acquireConnection = async (...given) => {
    use.waiting++
    try {
      const connection = await acquire(...given)
      use.inUse++
      return connection
    } finally {
      use.waiting--
    }
  }
  driver.releaseConnection = async (...given) => {
    use.inUse--
    await release(...given)
  }
  return driver
}
