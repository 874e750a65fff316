// The page's end of the worker.

/** Bytes of base64. */
function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let place = 0; place < text.length; place += 1) bytes[place] = text.charCodeAt(place);
  return bytes;
}

/** A worker that has been given the module: `take(data)` gets what it says, `broken(text)` why it says nothing more. */
function begin(source, module, take, broken) {
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(url);
  URL.revokeObjectURL(url);
  const ready = new Promise((resolve, reject) => {
    const end = (text) => {
      reject(new Error(text));
      broken(text);
    };
    worker.onmessage = ({ data }) => {
      if (data.ready) resolve(data.ready);
      else if (data.broken) end(data.broken);
      else take(data);
    };
    worker.onerror = (event) => end(event.message || 'the worker cannot be started');
  });
  const bytes = bytesOf(module);
  worker.postMessage({ start: bytes }, [bytes.buffer]);
  return { worker, ready };
}

/** Computes: questions are answered by promises, what comes by itself goes to `listeners[name](message)`. */
export class Engine {
  /**
   * `source` is the text of worker.js, `module` the WebAssembly module, deflated, in base64.
   */
  constructor(source, module, listeners) {
    this.listeners = listeners;
    this.waiting = new Map();
    this.number = 0;
    Object.assign(this, begin(source, module, (data) => this.take(data), listeners.broken));
  }

  take(data) {
    if (data.id !== undefined) {
      const { resolve, reject } = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.answer.error) reject(new Error(data.answer.error));
      else resolve(data.answer);
      return;
    }
    for (const name of ['exact', 'timing', 'prediction', 'spectrum', 'failure', 'ensemble', 'selfTest']) {
      if (data[name] !== undefined) this.listeners[name](data[name], data.revision);
    }
  }

  /** The answer to a question (src/playground.rs). */
  async ask(request) {
    await this.ready;
    const id = this.number;
    this.number += 1;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, ask: request });
    });
  }

  /** Tells the worker something: a strip, a budget, an ensemble, the self-test. */
  async tell(message) {
    await this.ready;
    this.worker.postMessage(message);
  }
}

// Milliseconds: a map that takes longer is given up for that of a newer strip; the worker is started again.
const LONG = 1500;

/** Computes maps, one at a time, in a worker that is started with the first: the newest is wanted, others are left out. */
export class MapEngine {
  constructor(source, module, { map, broken }) {
    Object.assign(this, { source, module, map, broken });
    this.worker = null;
    this.began = null;
    this.next = null;
  }

  /** Asks for { strip, kind, revision }; null for nothing more. */
  async want(request) {
    this.next = request;
    if (!request) return;
    if (this.began !== null) {
      clearTimeout(this.patience);
      this.patience = setTimeout(() => this.giveUp(), Math.max(this.began + LONG - performance.now(), 0));
      return;
    }
    this.send();
  }

  async send() {
    const request = this.next;
    this.next = null;
    this.began = performance.now();
    if (!this.worker) {
      Object.assign(this, begin(this.source, this.module, (data) => this.take(data), (text) => this.end(text)));
    }
    const { worker } = this;
    try {
      await this.ready;
    } catch {
      // It has said why.
      return;
    }
    worker.postMessage({ map: request });
  }

  take({ map, revision }) {
    clearTimeout(this.patience);
    this.began = null;
    this.map(map, revision);
    if (this.next) this.send();
  }

  /** The worker can say nothing more; the next map is asked of another. */
  end(text) {
    Object.assign(this, { worker: null, began: null, next: null });
    this.broken(text);
  }

  giveUp() {
    if (this.began === null || !this.next) return;
    this.worker.terminate();
    this.worker = null;
    this.send();
  }
}
