/** One request for media bytes. */
export interface MediaJob {
  url: string;
  /** Monotonic ms by which the bytes are wanted; the nearest goes first. */
  deadline: number;
  signal: AbortSignal;
}

export interface MediaAnswer {
  status: number;
  headers: Headers;
  body: ArrayBuffer;
}

export type Fetch = (url: string, init: { signal: AbortSignal }) => Promise<Response>;

interface Waiting {
  job: MediaJob;
  resolve: (answer: MediaAnswer) => void;
  reject: (reason: unknown) => void;
}

/**
 * A browser opens six connections to an address over HTTP/1.1. All tiles share this queue, which
 * leaves two for the API and the event stream. A job holds its place until its body has arrived.
 */
export class FetchQueue {
  private readonly waiting: Waiting[] = [];
  private inFlight_ = 0;

  constructor(
    private readonly fetch: Fetch,
    private readonly most = 4,
    private readonly patienceMs = 30_000,
  ) {}

  get inFlight(): number {
    return this.inFlight_;
  }

  /** Rejects with the signal's reason when aborted, waiting or in flight. */
  run(job: MediaJob): Promise<MediaAnswer> {
    return new Promise((resolve, reject) => {
      if (job.signal.aborted) {
        reject(job.signal.reason);
        return;
      }
      const entry: Waiting = { job, resolve, reject };
      this.waiting.push(entry);
      job.signal.addEventListener("abort", () => this.drop(entry), { once: true });
      this.pump();
    });
  }

  private drop(entry: Waiting): void {
    const index = this.waiting.indexOf(entry);
    if (index < 0) return;
    this.waiting.splice(index, 1);
    entry.reject(entry.job.signal.reason);
  }

  private pump(): void {
    while (this.inFlight_ < this.most && this.waiting.length > 0) {
      this.waiting.sort((a, b) => a.job.deadline - b.job.deadline);
      const entry = this.waiting.shift();
      if (entry) void this.start(entry);
    }
  }

  private async start(entry: Waiting): Promise<void> {
    this.inFlight_ += 1;
    // Four answers that never come would keep every tile from asking.
    const abort = new AbortController();
    const drop = () => abort.abort(entry.job.signal.reason);
    entry.job.signal.addEventListener("abort", drop, { once: true });
    const timer = setTimeout(() => abort.abort(new DOMException("no answer in time", "TimeoutError")), this.patienceMs);
    try {
      const response = await this.fetch(entry.job.url, { signal: abort.signal });
      const body = await response.arrayBuffer();
      entry.resolve({ status: response.status, headers: response.headers, body });
    } catch (reason) {
      entry.reject(reason);
    } finally {
      clearTimeout(timer);
      entry.job.signal.removeEventListener("abort", drop);
      this.inFlight_ -= 1;
      this.pump();
    }
  }
}
