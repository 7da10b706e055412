import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../ledger/migrate.ts';
import {
  createRolesAndDatabase,
  startPostgres,
  type PostgresServer,
} from '../../local/postgres.ts';
import type { Supervision } from '../../local/supervision.ts';
import type { TestDatabase } from './services.ts';

interface Cluster {
  server: PostgresServer;
  administrator: pg.Client;
}

/** One PostgreSQL for the run; its database `solvent` is migrated once and then only copied. */
export class DatabaseService {
  readonly #folder: string;
  readonly #supervision: Supervision;
  #cluster: Promise<Cluster> | undefined;
  /** Copies are made one after the other: two at once would see each other's connection. */
  #lastCopy: Promise<unknown> = Promise.resolve();
  #copies = 0;

  constructor(folder: string, supervision: Supervision) {
    this.#folder = folder;
    this.#supervision = supervision;
  }

  async clone(): Promise<TestDatabase> {
    this.#cluster ??= this.#start();
    const { server, administrator } = await this.#cluster;
    const name = `test_${(this.#copies += 1)}`;
    const copy = this.#lastCopy.then(() =>
      administrator.query(
        `create database ${name} template solvent strategy file_copy owner solvent_owner`,
      ),
    );
    this.#lastCopy = copy.catch(() => undefined);
    await copy;
    return { ownerUrl: server.url('solvent_owner', name), appUrl: server.url('solvent_app', name) };
  }

  async close(): Promise<void> {
    const cluster = await this.#cluster?.catch(() => undefined);
    await cluster?.administrator.end();
  }

  /** To be removed when PostgreSQL has ended: its user may not be let into the run's own folder. */
  async dataFolder(): Promise<string | undefined> {
    const cluster = await this.#cluster?.catch(() => undefined);
    return cluster?.server.dataFolder;
  }

  async #start(): Promise<Cluster> {
    const server = await startPostgres({
      folder: join(this.#folder, 'postgres'),
      supervision: this.#supervision,
      throwAway: true,
    });
    await createRolesAndDatabase(server);
    await migrate({ url: server.url('solvent_owner', 'solvent') });
    const administrator = new pg.Client({ connectionString: server.url('postgres', 'postgres') });
    administrator.on('error', () => undefined);
    await administrator.connect();
    return { server, administrator };
  }
}
