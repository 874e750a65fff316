// The page's end of the worker.

/** Bytes of base64. */
function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let place = 0; place < text.length; place += 1) bytes[place] = text.charCodeAt(place);
  return bytes;
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
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    this.worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.ready = new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data }) => {
        if (data.ready) resolve(data.ready);
        else if (data.broken) {
          reject(new Error(data.broken));
          listeners.broken(data.broken);
        } else this.take(data);
      };
      this.worker.onerror = (event) => {
        const message = event.message || 'the worker cannot be started';
        reject(new Error(message));
        listeners.broken(message);
      };
    });
    const bytes = bytesOf(module);
    this.worker.postMessage({ start: bytes }, [bytes.buffer]);
  }

  take(data) {
    if (data.id !== undefined) {
      const { resolve, reject } = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.answer.error) reject(new Error(data.answer.error));
      else resolve(data.answer);
      return;
    }
    for (const name of ['exact', 'timing', 'prediction', 'map', 'spectrum', 'failure', 'ensemble', 'selfTest']) {
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
