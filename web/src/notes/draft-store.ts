import type { Draft } from "./draft";

/** Where drafts outlive the page. */
export interface DraftStore {
  all(owner: string): Promise<Draft[]>;
  put(draft: Draft): Promise<void>;
  remove(id: string): Promise<void>;
}

const NAME = "longtake";
const TABLE = "note-drafts";

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's storage failed"));
  });
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "id" }).createIndex("owner", "owner");
  return settled(request);
}

/** On the disk when the promise is kept: a crash of the browser right after it loses nothing. */
class Browser implements DraftStore {
  private database: Promise<IDBDatabase> | undefined;

  private async connect(): Promise<IDBDatabase> {
    const opening = (this.database ??= open());
    try {
      const database = await opening;
      // A browser closes it on its own when it clears what it keeps, or when its disk fails.
      database.onclose = () => this.forget(opening);
      return database;
    } catch (reason) {
      this.forget(opening);
      throw reason;
    }
  }

  private forget(opening: Promise<IDBDatabase>): void {
    if (this.database === opening) this.database = undefined;
  }

  /** A connection that was closed says so only here: then once more, with a new one. */
  private async begin(mode: IDBTransactionMode): Promise<IDBTransaction> {
    const how = { durability: "strict" } as const;
    const database = await this.connect();
    try {
      return database.transaction(TABLE, mode, how);
    } catch {
      this.database = undefined;
      return (await this.connect()).transaction(TABLE, mode, how);
    }
  }

  private async table(mode: IDBTransactionMode): Promise<{ table: IDBObjectStore; done: Promise<void> }> {
    const transaction = await this.begin(mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? new Error("the browser's storage failed"));
    });
    return { table: transaction.objectStore(TABLE), done };
  }

  async all(owner: string): Promise<Draft[]> {
    const { table } = await this.table("readonly");
    return settled(table.index("owner").getAll(owner) as IDBRequest<Draft[]>);
  }

  async put(draft: Draft): Promise<void> {
    const { table, done } = await this.table("readwrite");
    table.put(draft);
    await done;
  }

  async remove(id: string): Promise<void> {
    const { table, done } = await this.table("readwrite");
    table.delete(id);
    await done;
  }
}

/** For as long as the page lives. */
export class MemoryDraftStore implements DraftStore {
  readonly kept = new Map<string, Draft>();
  all(owner: string): Promise<Draft[]> {
    return Promise.resolve([...this.kept.values()].filter((draft) => draft.owner === owner));
  }
  put(draft: Draft): Promise<void> {
    this.kept.set(draft.id, structuredClone(draft));
    return Promise.resolve();
  }
  remove(id: string): Promise<void> {
    this.kept.delete(id);
    return Promise.resolve();
  }
}

export function openDraftStore(): DraftStore {
  return typeof indexedDB === "undefined" ? new MemoryDraftStore() : new Browser();
}
